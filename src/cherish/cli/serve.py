"""`cherish serve`: the server that takes events in and shows customers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cherish.cli._app import Sectioned, new_app
from cherish.cli._options import WorkspaceOption, note, out

if TYPE_CHECKING:
    from cherish.serve.opening import Welcome
    from cherish.workspace import Workspace

PANEL, PLACE = "Bring data in", 3

app = new_app()

DatabaseOption = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        help="Keep keys, accounts and the journal in Postgres: postgres://USER:PASSWORD@HOST/NAME (who lists processes "
        "sees it here; the setting database does the same).  [default: files in the workspace]",
    ),
]


@app.command(cls=Sectioned)
def run(
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, metavar="N", help="The port to listen at.")] = 8000,
    public_url: Annotated[
        str | None,
        typer.Option(
            "--public-url",
            metavar="URL",
            help="How browsers reach this server, where a proxy stands before it.  [default: as they ask for it]",
        ),
    ] = None,
    login: Annotated[
        bool, typer.Option("--login", help="Also print a new login link for the owner; it works once.")
    ] = False,
    database: DatabaseOption = None,
    move: Annotated[
        bool, typer.Option("--move", help="With --database: bring keys, accounts and waiting events there.")
    ] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Take events in over HTTP, from the clients of Segment, RudderStack and Jitsu, and load them at once.

    The first start makes the workspace, a write key and a login for its owner, and prints them once.
    """
    need_extra()
    from cherish.serve import logs
    from cherish.serve.client_settings import origin
    from cherish.serve.opening import opened, owner_login, welcome
    from cherish.serve.running import check_address
    from cherish.serve.running import run as serve
    from cherish.workspace import locate

    place = on_database(locate(workspace), database)
    public_url = origin(public_url) if public_url else None
    address = public_url or local_address(host, port)
    logs.begin()
    with opened(place, public_url, move=move) as parts:
        # Before the key and the login are made: they are shown once, and only by a server that begins.
        check_address(host, port)
        new = welcome(parts)
        link = owner_login(parts) if login and new is None else None

        def begun() -> None:
            if new is not None:
                out(_welcome(new, address, str(place.folder)))
            if link is not None:
                out(f"owner       {address}/login/{link}\n")
            label = f" ({place.settings.label})" if place.settings.label else ""
            note(f"cherish serve: {address}, workspace {place.folder}{label}; end it with Ctrl-C")

        serve(parts, host, port, begun)


def on_database(place: Workspace, database: str | None) -> Workspace:
    """The workspace with this database, where one is given."""
    from dataclasses import replace

    return place if database is None else replace(place, settings=replace(place.settings, database=database))


def local_address(host: str, port: int) -> str:
    """Where a server listens, as a URL."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def need_extra() -> None:
    """Refuse where the server's libraries are not installed.

    Raises:
        Unsupported: one of them is missing.
    """
    from importlib.util import find_spec

    from cherish.errors import Unsupported

    try:
        there = all(map(find_spec, ("granian", "litestar", "sqlalchemy", "alembic")))
    except ModuleNotFoundError:
        there = False
    if not there:
        raise Unsupported("`cherish serve` needs the extra `server`: pip install 'cherish[server]'")


def _welcome(new: Welcome, address: str, folder: str) -> str:
    return f"""\
A new workspace in {folder}. What follows is shown this once.

  write key   {new.key}
  owner       {address}/login/{new.login}
              (works once, within 24 hours)

In a page:
  <script async src="{address}/c.js" data-key="{new.key}"></script>

In Python (pip install segment-analytics-python):
  import segment.analytics as analytics
  analytics.write_key, analytics.host = "{new.key}", "{address}"
  analytics.track("user-1", "Order Completed", {{"order_id": "1", "revenue": 12.50, "currency": "EUR"}})

"""
