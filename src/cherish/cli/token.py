"""`cherish token add|list|revoke`: who may ask the server over HTTP, for what, and for how long."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cherish.cli._app import Sectioned, new_app
from cherish.cli._options import JsonOption, WorkspaceOption, out, out_json, screen

if TYPE_CHECKING:
    from cherish.db.tokens import Token, Tokens

PANEL, PLACE = "Trust", 3

app = new_app(no_args_is_help=True)


@app.callback()
def run() -> None:
    """Tokens for the server's HTTP interface; `Authorization: Bearer TOKEN`.

    \b
    cherish token add dashboard --scope view
    cherish token list
    """


@app.command(cls=Sectioned)
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for, to know it again in the list.")],
    scope: Annotated[
        str,
        typer.Option(
            "--scope",
            metavar="view|read|operate|own",
            help="view: answers without what rests on few customers; read: also single customers and exports; "
            "operate: also change definitions and who is who; own: everything.",
        ),
    ] = "read",
    days: Annotated[
        int | None, typer.Option("--days", min=1, max=36500, metavar="N", help="For so long.  [default: until revoked]")
    ] = None,
    json: JsonOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Make a token and print it, this once: only its hash is kept."""
    from datetime import timedelta
    from typing import Any

    wanted: Any = scope
    with _kept(workspace) as tokens:
        secret = tokens.new_token(wanted, name=name, lasts=timedelta(days=days) if days else None)
    if json:
        out_json({"token": secret, "scope": scope, "name": name})
    else:
        out(secret + "\n")


@app.command("list", cls=Sectioned)
def list_(workspace: WorkspaceOption = None, json: JsonOption = None) -> None:
    """The tokens in force, the newest first; nobody can see their secrets again."""
    with _kept(workspace) as tokens:
        found = tokens.listed()
    if json:
        out_json(found)
    else:
        _show(found)


@app.command(cls=Sectioned)
def revoke(
    number: Annotated[str, typer.Argument(metavar="ID", help="As `cherish token list` shows it.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Refuse a token from now on."""
    from cherish.errors import QuestionError

    with _kept(workspace) as tokens:
        if not tokens.revoke(number):
            raise QuestionError("no token in force has this id; see: cherish token list")
    _say("revoked")


@contextmanager
def _kept(workspace: Path | None) -> Iterator[Tokens]:
    """The tokens themselves: their database lets several processes in, also beside a server."""
    from cherish.cli.serve import need_extra
    from cherish.workspace import locate

    need_extra()
    from cherish.db.tokens import Tokens

    state = locate(workspace).state()
    try:
        yield Tokens(state)
    finally:
        state.close()


def _show(found: tuple[Token, ...]) -> None:
    from cherish.show.layout import Column
    from cherish.show.terminal import table

    if not found:
        _say("There are none. Make one with: cherish token add NAME")
        return
    lines = [
        (
            each.id,
            each.name or "–",
            each.scope,
            f"{each.made_at:%Y-%m-%d %H:%M}",
            f"{each.expires_at:%Y-%m-%d %H:%M}" if each.expires_at else "revoked",
        )
        for each in found
    ]
    titles = ("id", "name", "may", "since (UTC)", "until (UTC)")
    cells = zip(*lines, strict=True)
    table(tuple(Column(title, tuple(each), False) for title, each in zip(titles, cells, strict=True)), screen())


def _say(text: str) -> None:
    from cherish.show.terminal import write

    write(screen(), text)
