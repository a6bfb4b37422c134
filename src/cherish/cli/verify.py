"""`cherish verify FILE`: does every figure of a report come out again?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cherish.cli._app import Sectioned, new_app
from cherish.cli._options import (
    FileOption,
    JsonOption,
    MapFileOption,
    WorkspaceOption,
    ZoneFileOption,
    opened,
    out,
    screen,
)

PANEL, PLACE = "Trust", 1
MANY = 20

app = new_app()


@app.command(cls=Sectioned)
def run(
    report: Annotated[
        Path, typer.Argument(metavar="REPORT", help="A result written by --json, or a report page (.html).")
    ],
    file: FileOption = None,
    mapping: MapFileOption = None,
    tz: ZoneFileOption = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = None,
) -> None:
    """Re-derive every figure of a report, and say which differ and why.

    Counts and money must be equal exactly, other numbers to 1e-12. Says how many figures were reproduced and, of each
    other one, whether the rows, the definition or the code changed, or the figure itself was altered. Exit code 1 when
    one differs.

    \b
    cherish report retention --json > retention.json
    cherish verify retention.json
    """
    from cherish import documents
    from cherish.verify import reproduce
    from cherish.workspace import around

    document = documents.read(report)
    beside = around(report) if workspace is None and not file else None
    log = opened(beside.folder if beside else workspace, file, mapping, tz)
    verdict = reproduce(log.store, document.figures, document.shown)
    if json:
        out(_json(verdict))
    else:
        _say(verdict)
    if verdict.differences:
        raise typer.Exit(1)


def _json(verdict: Any) -> str:
    import msgspec

    differ = [_plain(each) for each in verdict.differences]
    about = {"figures": verdict.total, "reproduced": verdict.reproduced, "differ": differ}
    return msgspec.json.encode(about).decode() + "\n"


def _plain(difference: Any) -> dict[str, Any]:
    from cherish.show.values import plain

    figure = difference.figure
    return {
        "id": figure.id, "name": figure.name, "selector": str(figure.selector),
        "value": figure.value, "text": figure.text,
        "now": plain(difference.now), "cause": difference.cause, "detail": difference.detail,
    }  # fmt: skip


def _say(verdict: Any) -> None:
    from cherish.show.terminal import write

    console = screen()
    write(console, str(verdict), "bold green" if not verdict.differences else "bold red")
    for each in verdict.differences[:MANY]:
        write(console, f"  {each}")
    if len(verdict.differences) > MANY:
        write(console, f"  and {len(verdict.differences) - MANY:,} more; all of them with --json")
