"""`cherish collect`: one more process that takes events in, beside `cherish serve`."""

from __future__ import annotations

from typing import Annotated

import typer

from cherish.cli._app import Sectioned, new_app
from cherish.cli._options import WorkspaceOption, note
from cherish.cli.serve import DatabaseOption, local_address, need_extra, on_database

PANEL, PLACE = "Bring data in", 4

app = new_app()


@app.command(cls=Sectioned)
def run(
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="NAME", help="What it is called.  [default: collector-1, or the next free one]"),
    ] = None,
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, metavar="N", help="The port to listen at.")] = 8001,
    public_url: Annotated[
        str | None,
        typer.Option(
            "--public-url",
            metavar="URL",
            help="How browsers reach it, where a proxy stands before it.  [default: as they ask for it]",
        ),
    ] = None,
    database: DatabaseOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Take events in beside a server that was started on the same workspace; that one loads them.

    It takes the same write keys on the same paths, keeps events before it answers, and never opens the log.
    """
    need_extra()
    from cherish.serve import logs
    from cherish.serve.client_settings import origin
    from cherish.serve.opening import collecting
    from cherish.serve.running import check_address
    from cherish.serve.running import run as serve
    from cherish.workspace import locate

    place = on_database(locate(workspace), database)
    public_url = origin(public_url) if public_url else None
    address = public_url or local_address(host, port)
    logs.begin()
    with collecting(place, name, public_url) as parts:
        check_address(host, port)
        kept = parts.state.where if parts.state.on_postgres else f"workspace {place.folder}"
        serve(
            parts,
            host,
            port,
            lambda: note(f"cherish collect {parts.journal.name}: {address}, {kept}; end it with Ctrl-C"),
        )
