"""`cherish import FILE...`: events, orders and customer traits from files into the workspace."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from cherish.cli._app import Sectioned, new_app
from cherish.cli._options import WorkspaceOption, screen
from cherish.cli._reading import (
    CurrencyOption,
    DatesOption,
    DecimalOption,
    EncodingOption,
    EventOption,
    KindOption,
    MapOption,
    ZoneOption,
    wishes,
)

PANEL, PLACE = "Bring data in", 1

app = new_app()


@app.command(cls=Sectioned)
def run(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE", help="CSV, TSV, JSON lines or Parquet, also gzipped; folders and globs."),
    ],
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="The import's name, to undo it by.  [the file's name]")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and do nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask, take the guess.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse the files if a single row can't be taken.")] = False,
    reject_share: Annotated[
        str | None,
        typer.Option(
            "--reject-share", metavar="SHARE", help="Refuse them if more rows than this can't be taken.  [5%]"
        ),
    ] = None,
    survey: Annotated[
        Path | None,
        typer.Option(
            "--survey",
            metavar="LAYOUT",
            help="A file that says which column holds which answer, where a row is a respondent.",
        ),
    ] = None,
    tool: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="TOOL",
            help="The tool that wrote the files: mixpanel, amplitude, shopify ...  [known by their columns]",
        ),
    ] = None,
    mapping: MapOption = None,
    kind: KindOption = None,
    event: EventOption = None,
    tz: ZoneOption = None,
    currency: CurrencyOption = None,
    dates: DatesOption = None,
    decimal: DecimalOption = None,
    encoding: EncodingOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Bring files in: columns are guessed, shown and can be corrected.

    Rows that can't be taken land in the workspace's rejects folder with line and reason. Importing the same rows
    again adds nothing, and an import can be undone: cherish imports undo NAME.

    \b
    cherish import orders.csv
    cherish import visits.jsonl --tz America/New_York --dry-run
    cherish import lines.csv --map customer=CustomerID --map order=InvoiceNo --currency GBP
    cherish import wave3.csv --survey wave3.toml
    cherish import export.json --from amplitude
    """
    given = wishes(
        mapping, kind=kind, event=event, zone=tz, currency=currency, dates=dates, decimal=decimal, encoding=encoding,
        tool=tool,
    )  # fmt: skip
    share = _share(reject_share)
    log = _opened(workspace)
    paths = [str(each) for each in files]
    _preview(paths, given) if survey is None else _preview_survey(paths, survey, log, encoding)
    if not (dry_run or yes) and _somebody() and not typer.confirm("Import these rows?", default=True):
        raise typer.Exit(1)
    asked = {"name": name, "strict": strict, "dry_run": dry_run, "reject_share": share, "survey": survey}
    summary = _import(log, paths, given | asked)
    _say(summary, log, dry_run)


def _share(text: str | None) -> float | None:
    from cherish.errors import QuestionError

    if text is None:
        return None
    number = text.strip().removesuffix("%")
    try:
        share = float(number) / (100 if text.strip().endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise QuestionError(f"--reject-share {text!r}: write a share such as 20% or 0.2")
    return share


def _opened(workspace: Path | None) -> Any:
    from cherish import library

    return library.open(workspace)


def _somebody() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _preview(paths: list[str], given: dict[str, Any]) -> None:
    from cherish.show.terminal import write
    from cherish.story.preview import preview

    asked = {key: value for key, value in given.items() if key in ("mapping", "kind", "event", "encoding", "tool")}
    found = preview([Path(path) for path in paths], **asked)
    if all(each.problem for each in found):
        # The refusal that follows says why.
        return
    for line in (line for each in found for line in each.lines()):
        write(screen(stderr=True), line, "dim")


def _preview_survey(paths: list[str], survey: Path, log: Any, encoding: str | None) -> None:
    from cherish.collect.surveys import previews
    from cherish.show.terminal import write

    for line in previews(paths, survey, log.store, encoding):
        write(screen(stderr=True), line, "dim")


def _import(log: Any, paths: list[str], given: dict[str, Any]) -> Any:
    from cherish.cli._progress import Bar

    with Bar(screen(stderr=True)) as bar:
        return log.import_files(
            *paths, **{name: value for name, value in given.items() if value is not None}, progress=bar.tell
        )


def _say(summary: Any, log: Any, dry_run: bool) -> None:
    from cherish.show.terminal import write

    console = screen()
    for place, line in enumerate(summary.lines()):
        write(console, line if place == 0 else f"  {line}", "" if place else "bold", hang=4)
    if dry_run:
        write(console, "Nothing was written. Without --dry-run it is imported.", "dim")
        return
    undo = f"cherish imports undo {summary.name}"
    first = "cherish questions" if log.facts.outcome is None else "cherish report actives"
    write(console, f"Next: {first} · cherish report overview · to take it back: {undo}", "dim")
