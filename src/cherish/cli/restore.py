"""`cherish restore BACKUP`: a workspace made out of a backup."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cherish.cli._app import Sectioned, new_app
from cherish.cli._options import JsonOption, WorkspaceOption, out_json, screen

PANEL, PLACE = "Trust", 4

app = new_app()


@app.command(cls=Sectioned)
def run(
    backup: Annotated[
        Path, typer.Argument(metavar="BACKUP", help="The folder or the .tar file that `cherish backup` made.")
    ],
    erased_from: Annotated[
        Path | None,
        typer.Option(
            "--erased-from",
            metavar="FOLDER",
            help="The workspace that it was a backup of: whom that has erased since is erased here, too.",
        ),
    ] = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = None,
) -> None:
    """Put a backup back, into a folder where nothing is yet.

    First every checksum is verified; at the end the log is held against what the backup says of it, and its days,
    orders and customers against its events. Events that wait in it are loaded by the next `cherish serve`.

    \b
    cherish restore cherish.tar --workspace restored
    """
    from cherish.serve.backups import restore
    from cherish.show.terminal import write
    from cherish.workspace import locate

    found = restore(
        backup.expanduser(), locate(workspace), None if erased_from is None else locate(erased_from.expanduser())
    )
    if json:
        out_json({"workspace": str(found.folder), "made_at": found.manifest.made_at, "rows": found.rows,
                  "waiting": found.waiting, "erased": found.erased})  # fmt: skip
        return
    console = screen()
    write(console, f"{found.folder}: as it was at {found.manifest.made_at:%Y-%m-%d %H:%M:%S} UTC", "bold")
    if found.rows:
        write(console, f"  {', '.join(f'{count:,} {name}' for name, count in found.rows.items())}", hang=4)
        write(console, "  every checksum is right; activity, orders and customers equal a rebuild", hang=4)
    if found.erased:
        write(console, f"  {found.erased:,} customers erased anew", hang=4)
    if waits := sum(found.waiting.values()):
        write(console, f"  {waits:,} events wait to be loaded by the next cherish serve", hang=4)
