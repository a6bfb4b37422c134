"""`cherish webhook add|secret|list|remove`: addresses that other services send their signed events to."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cherish.cli._app import Sectioned, new_app
from cherish.cli._options import JsonOption, WorkspaceOption, note, out_json, screen

if TYPE_CHECKING:
    from cherish.db.webhooks import Webhooks

PANEL, PLACE = "Bring data in", 6

SecretFile = Annotated[
    Path | None,
    typer.Option("--secret-file", metavar="FILE", help="Read the secret from a file, or from - (standard input)."),
]
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="As `cherish webhook list` shows it.")]

app = new_app(no_args_is_help=True)


@app.callback()
def run() -> None:
    """Take signed events of Stripe, Shopify and whoever speaks Standard Webhooks.

    \b
    cherish webhook add stripe
    """


@app.command(cls=Sectioned)
def add(
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="stripe, shopify or standard.")],
    url: Annotated[
        str, typer.Option("--url", metavar="ADDRESS", help="How the world reaches your server, to print the address.")
    ] = "https://YOUR-SERVER",
    customer: Annotated[
        str | None,
        typer.Option("--customer", metavar="PATH", help="Where your own id of the customer stands: metadata.user_id"),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="The source's name.  [default: the service's]")
    ] = None,
    secret_file: SecretFile = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Make an address, to be given to the service, and set the secret that the service gives for it.

    The secret is asked for, or read from --secret-file; it is kept as it is in the workspace's state, for signatures
    can't be checked with less, and never shown again.
    """
    from cherish.collect.webhooks import kind_of

    kind = kind_of(service)
    with _webhooks(workspace) as webhooks:
        given = _given(secret_file)
        made = webhooks.add(kind.name, kind.secret(given) if given else None, customer, name)
        _say(f"{kind.title} sends to  {url.rstrip('/')}/v1/webhooks/{kind.name}/{made.id}", "bold")
        _say(f"its events are known by the source {made.source}")
        if kind.handled:
            _say(f"what is kept: {', '.join(kind.handled)}", "dim")
        if given is None and sys.stdin.isatty():
            given = typer.prompt(
                "The secret that it shows for this address (empty: later)", "", True, show_default=False
            )
            if given:
                webhooks.set_secret(made.id, kind.secret(given.strip()))
        _say("" if given else f"It takes nothing until it has its secret: cherish webhook secret {made.id}")
    if given:
        note("The secret is set. It lies as it is in the workspace's state: keep that, and its backups, to yourself.")


@app.command(cls=Sectioned)
def secret(endpoint: IdArgument, secret_file: SecretFile = None, workspace: WorkspaceOption = None) -> None:
    """Set the secret of an address, or another one in its place."""
    from cherish.collect.webhooks import kind_of
    from cherish.errors import QuestionError

    with _webhooks(workspace) as webhooks:
        found = webhooks.find(endpoint)
        if found is None:
            raise QuestionError(f"{endpoint}: no webhook has this id; see cherish webhook list")
        given = _given(secret_file)
        if given is None and sys.stdin.isatty():
            given = typer.prompt("The secret", hide_input=True).strip()
        if not given:
            raise QuestionError("no secret was given: --secret-file FILE, or - for standard input")
        webhooks.set_secret(endpoint, kind_of(found.kind).secret(given))
    note("The secret is set.")


@app.command("list", cls=Sectioned)
def listed(json: JsonOption = None, workspace: WorkspaceOption = None) -> None:
    """The addresses, without their secrets."""
    from cherish.show.layout import Column
    from cherish.show.terminal import table

    with _webhooks(workspace) as webhooks:
        found = webhooks.all()
    rows = [
        {"id": each.id, "service": each.kind, "source": each.source, "secret": "set" if each.secret else "missing",
         "customer": each.customer or ""}
        for each in found
    ]  # fmt: skip
    if json:
        out_json(rows)
    elif not rows:
        _say("There are none yet. Make one with: cherish webhook add stripe")
    else:
        table(tuple(Column(title, tuple(row[title] for row in rows), False) for title in rows[0]), screen())


@app.command(cls=Sectioned)
def remove(endpoint: IdArgument, workspace: WorkspaceOption = None) -> None:
    """Take nothing more at an address, and forget its secret; what came by it stays."""
    from cherish.errors import QuestionError

    with _webhooks(workspace) as webhooks:
        if not webhooks.remove(endpoint):
            raise QuestionError(f"{endpoint}: no webhook has this id; see cherish webhook list")
    _say(f"{endpoint}: removed")


@contextmanager
def _webhooks(workspace: Path | None) -> Iterator[Webhooks]:
    """The endpoints themselves: their database lets several processes in, also beside a server."""
    from cherish.cli.serve import need_extra
    from cherish.workspace import locate

    need_extra()
    from cherish.db.webhooks import Webhooks

    state = locate(workspace).state()
    try:
        yield Webhooks(state)
    finally:
        state.close()


def _given(file: Path | None) -> str | None:
    from cherish.errors import FileError

    if file is None:
        return None
    if str(file) == "-":
        return sys.stdin.readline().strip()
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"--secret-file {file}: it can't be read ({type(error).__name__})") from None


def _say(text: str, style: str = "") -> None:
    from cherish.show.terminal import write

    if text:
        write(screen(), text, style)
