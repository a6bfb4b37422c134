"""`cherish backup`: the whole workspace copied, while it is served."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cherish.cli._app import Sectioned, new_app
from cherish.cli._options import JsonOption, WorkspaceOption, out_json, screen

if TYPE_CHECKING:
    from cherish.db import State
    from cherish.serve.backups import Made
    from cherish.workspace import Workspace

PANEL, PLACE = "Trust", 3
SECONDS = 24 * 3600.0
"""How long the server may take over it."""

app = new_app()


@app.command(cls=Sectioned)
def run(
    to: Annotated[
        Path | None,
        typer.Option(
            "--to",
            metavar="FOLDER|FILE.tar",
            help="A folder that keeps backups, or one file.  [default: backups in the workspace]",
        ),
    ] = None,
    keep: Annotated[
        int | None,
        typer.Option("--keep", metavar="N", help="Once it is there, remove all but the last N of the folder."),
    ] = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = None,
) -> None:
    """Copy a workspace as it is at one moment: log, keys and accounts, waiting events, settings, rejected rows.

    Beside a running server it is the server that copies, and goes on taking events: every event that was acknowledged
    before the backup began is in it.

    \b
    cherish backup --to cherish-backups --keep 7
    cherish backup --to cherish.tar
    """
    from cherish.workspace import locate

    place = locate(workspace)
    made = taken(place, (to or place.folder / "backups").expanduser().absolute(), keep)
    if json:
        out_json(made)
    else:
        _say(made)


def taken(place: Workspace, to: Path, keep: int | None) -> Made:
    """A backup, by the server where there is one, else by this process."""
    from cherish.serve.backups import Made, back_up
    from cherish.store.line import dial

    line = dial(place.folder)
    if line is None:
        return back_up(place, place.store(), to, keep=keep, state=_in_postgres(place))
    with line:
        found: Made = line.ask("backup", {"to": str(to), "keep": keep}, kind=Made, seconds=SECONDS)
        return found


def _in_postgres(place: Workspace) -> State | None:
    if not (place.folder / "database.toml").exists():
        return None
    return place.state()


def _say(made: Made) -> None:
    from cherish.show.terminal import write

    console, manifest = screen(), made.manifest
    write(console, f"{made.place}: {made.bytes / 1e6:,.1f} MB in {made.seconds:.1f} s", "bold")
    if manifest.log is not None:
        write(console, f"  {', '.join(f'{count:,} {name}' for name, count in manifest.log.rows.items())}", hang=4)
    if waits := sum(manifest.waiting.values()):
        write(console, f"  {waits:,} events that were not loaded yet", hang=4)
    if made.gone:
        write(console, f"  removed: {', '.join(made.gone)}", hang=4)
    write(console, f"Next: cherish restore {made.place} --workspace FOLDER", "dim")
