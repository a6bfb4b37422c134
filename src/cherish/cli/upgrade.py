"""`cherish upgrade`: a workspace of an older Cherish, brought up to date."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cherish.cli._app import Sectioned, new_app
from cherish.cli._options import WorkspaceOption, screen

PANEL, PLACE = "Trust", 5

app = new_app()


@app.command(cls=Sectioned)
def run(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="FOLDER", help="Where the backup goes.  [default: backups in the workspace]"),
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Bring a workspace up to date after a new version was installed; first a backup is taken.

    Any other command does the same where it meets an older log, and keeps a copy of the file beside it. This one says
    before what it will do, and backs up everything. End the server first.

    \b
    cherish upgrade --dry-run
    cherish upgrade
    """
    from cherish.serve.backups.upgrading import pending, upgrade
    from cherish.show.terminal import write
    from cherish.workspace import locate

    place, console = locate(workspace), screen()
    steps = pending(place)
    for step in steps:
        write(console, f"{step.file:14} step {step.number}: {step.title}", hang=15)
    if not steps:
        write(console, f"{place.folder}: nothing to be done, it is up to date", "bold")
    elif dry_run:
        write(console, "Nothing was changed. Without --dry-run a backup is taken, and then these steps.", "dim")
    else:
        found = upgrade(place, steps, (to or place.folder / "backups").expanduser().absolute())
        write(console, f"{place.folder}: up to date", "bold")
        if found.rows:
            write(console, f"  {', '.join(f'{count:,} {name}' for name, count in found.rows.items())}", hang=4)
            write(console, "  activity, orders and customers equal a rebuild", hang=4)
        write(console, f"As it was before: {found.backup.place}", "dim")
