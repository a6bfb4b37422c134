"""`cherish export events`: data go out as easily as they came in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cherish.cli._app import Sectioned, new_app
from cherish.cli._files import target
from cherish.cli._options import WorkspaceOption, note

PANEL, PLACE = "Ask", 7

app = new_app(no_args_is_help=True)


@app.callback()
def run() -> None:
    """Events out of the workspace, as they are held.

    \b
    cherish export events --to events.jsonl
    """


@app.command(cls=Sectioned)
def events(
    to: Annotated[
        str, typer.Option("--to", metavar="FILE|-", help="Where to; - is the output. A name with .gz is packed.")
    ],
    form: Annotated[
        str | None,
        typer.Option("--format", metavar="jsonl|csv|parquet", help="How it is written.  [default: by the file's name]"),
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="DATE", help="The first day, or moment, by when it happened.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="DATE", help="The last day, included; or a moment, which is not.")
    ] = None,
    names: Annotated[
        str | None, typer.Option("--names", metavar='"A|B"', help="Only events of these names, separated by |.")
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Every event: ids, kind, name, corrected time, properties, traits, money; a row each, in no order.

    Nothing is left out and nothing hidden, so treat the file as the people's data that it is. What comes out as JSON
    lines goes into another workspace by cherish import.

    \b
    cherish export events --to events.jsonl
    cherish export events --to refunds.csv --names "Order Refunded|Order Cancelled" --since 2024-01-01
    cherish export events --to events.parquet
    """
    from cherish.store.duckdb.exporting import Wanted, pieces
    from cherish.workspace import locate

    wanted = Wanted(since, until, tuple(part.strip() for part in (names or "").split("|") if part.strip()))
    found, size = pieces(locate(workspace).store(), wanted, _form(to, form)), 0
    with target(to) as file:
        for piece in found:
            file.write(piece)
            size += len(piece)
    if to != "-":
        note(f"{to}: {size / 1e6:,.1f} MB")


def _form(to: str, form: str | None) -> str:
    from cherish.errors import QuestionError
    from cherish.store.duckdb.exporting import FORMS

    named = Path(to.removesuffix(".gz")).suffix.removeprefix(".")
    found = form or ("jsonl" if to == "-" or named in ("json", "ndjson") else named)
    if found not in FORMS:
        raise QuestionError(f"--to {to}: in which format? Say --format {'|'.join(FORMS)}")
    if to.endswith(".gz") and found == "parquet":
        raise QuestionError(f"--to {to}: Parquet is packed by itself; leave .gz out")
    return found
