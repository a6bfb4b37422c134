"""`cherish expire`: let events go that are older than the windows of `cherish.toml`."""

from __future__ import annotations

from typing import Annotated

import typer

from cherish.cli._app import Sectioned, new_app
from cherish.cli._options import JsonOption, WorkspaceOption, existing, out_json, screen

PANEL, PLACE = "Trust", 6

app = new_app()


@app.command(cls=Sectioned)
def run(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    now: Annotated[
        bool, typer.Option("--now", help="Also write the log's file anew at once; else a server does so at night.")
    ] = False,
    workspace: WorkspaceOption = None,
    json: JsonOption = None,
) -> None:
    """Let events go that are older than the table `retention` of cherish.toml allows; a server does so each night.

    With the last event of an anonymous visitor goes what was known of them. `--now` also takes the bytes of customers
    who were erased out of the file.

    \b
    cherish expire --dry-run
    cherish expire --now
    """
    from cherish.clock import system_clock
    from cherish.customers.retention import beginnings
    from cherish.errors import QuestionError
    from cherish.store.line import dial
    from cherish.workspace import locate

    place = locate(workspace)
    windows = place.settings.retention
    if not windows and not now:
        raise QuestionError(
            'nothing says how long events are kept: write [retention] and "Page Viewed" = "13 months" in cherish.toml'
        )
    until = beginnings(windows, system_clock())
    line = dial(place.folder)
    if line is not None:
        with line:
            given = {"windows": windows, "dry_run": dry_run, "now": now}
            gone: dict[str, int] = line.ask("expire", given, kind=dict[str, int])
    else:
        store = existing(workspace).store
        gone = store.expired(until) if dry_run or not until else store.expire(until)
        if now and not dry_run:
            store.rewrite()
    if json:
        out_json(gone)
    else:
        _say(gone, dry_run, bool(windows), now and not dry_run)


def _say(gone: dict[str, int], dry_run: bool, windows: bool, rewritten: bool) -> None:
    from cherish.show.terminal import write

    for name, count in gone.items():
        write(screen(), f"{name}: {count:,} {'would go' if dry_run else 'gone'}")
    if windows and not gone:
        write(screen(), "no event is older than its window")
    if rewritten:
        write(screen(), "the log was written anew: nothing of what went is left in its file")
