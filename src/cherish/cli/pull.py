"""`cherish pull URL --query SQL`: rows of a database, each time from where the last time ended."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any

import typer

from cherish.cli._app import Sectioned, new_app
from cherish.cli._options import WorkspaceOption, screen
from cherish.cli._reading import (
    CurrencyOption,
    DatesOption,
    DecimalOption,
    EventOption,
    KindOption,
    MapOption,
    ZoneOption,
    wishes,
)

PANEL, PLACE = "Bring data in", 2
PASSWORD = "CHERISH_PULL_PASSWORD"  # noqa: S105 - the name of a variable

app = new_app()


@app.command(cls=Sectioned)
def run(
    address: Annotated[
        str, typer.Argument(metavar="ADDRESS", help="postgres://USER@HOST/NAME, sqlite:///FILE, duckdb:///FILE ...")
    ],
    query: Annotated[
        str, typer.Option("--query", metavar="SQL", help="One SELECT, or @FILE that holds one.", show_default=False)
    ],
    cursor: Annotated[
        str | None,
        typer.Option(
            "--cursor", metavar="COLUMN", help="Next time only rows from its last value on; it must only grow."
        ),
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Read all rows again; known ones add nothing.")] = False,
    password_file: Annotated[
        Path | None,
        typer.Option("--password-file", metavar="FILE", help=f"Where the password stands.  [default: ${PASSWORD}]"),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="The import's name, to undo it by.  [the table's]")
    ] = None,
    source: Annotated[
        str | None,
        typer.Option("--source", metavar="ID", help="Where the rows come from, beside every event.  [host and name]"),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and do nothing.")] = False,
    mapping: MapOption = None,
    kind: KindOption = None,
    event: EventOption = None,
    tz: ZoneOption = None,
    currency: CurrencyOption = None,
    dates: DatesOption = None,
    decimal: DecimalOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Bring rows of a database in, as `cherish import` does with files: columns are guessed and can be corrected.

    With --cursor it is kept how far it came, together with the rows: run it again, and only what is new is read. A
    password belongs into $CHERISH_PULL_PASSWORD or a file: on the command line everybody on the machine sees it.
    """
    from cherish.collect.queried import with_password, without_secrets

    _refuse_password(address)
    said = wishes(mapping, kind=kind, event=event, zone=tz, currency=currency, dates=dates, decimal=decimal)
    said |= {"cursor": cursor, "full": full, "name": name, "source": source, "dry_run": dry_run}
    # A server that does it has another folder around it: the file is named by its whole path.
    whole = without_secrets(address) if address.startswith(("duckdb://", "sqlite://")) else address
    found = _pulled(workspace, with_password(whole, _password(password_file)), _sql(query), said)
    _say(found, cursor, dry_run)


def _refuse_password(address: str) -> None:
    from cherish.collect.queried import has_password
    from cherish.errors import QuestionError
    from cherish.store.connect import public

    if has_password(address):
        raise QuestionError(
            f"{public(address)}: leave the password out, for the shell's history keeps it and everybody on this "
            f"machine sees it; put it into ${PASSWORD} or a file (--password-file)"
        )


def _password(file: Path | None) -> str | None:
    from cherish.errors import FileError

    if file is None:
        return os.environ.get(PASSWORD)
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"--password-file {file}: it can't be read ({type(error).__name__})") from None


def _sql(query: str) -> str:
    from cherish.errors import FileError

    if not query.startswith("@"):
        return query
    try:
        return Path(query[1:]).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"--query {query}: the file can't be read ({type(error).__name__})") from None


def _pulled(workspace: Path | None, address: str, query: str, said: dict[str, Any]) -> dict[str, Any]:
    """By the server where one holds the log, else here."""
    from cherish.cli._progress import Bar
    from cherish.store.line import dial
    from cherish.workspace import locate

    place = locate(workspace)
    line = dial(place.folder)
    with Bar(screen(stderr=True)) as bar:
        if line is not None:
            with line:
                given = said | {"address": address, "query": query}
                found: dict[str, Any] = line.ask("pull", given, told=lambda now: bar.tell(SimpleNamespace(**now)))
                return found
        from cherish import library
        from cherish.collect.pull import pull

        store = library.open(workspace).store
        return pull(store, address, query, rejects_dir=place.rejects, progress=bar.tell, **said).told()


def _say(found: dict[str, Any], cursor: str | None, dry_run: bool) -> None:
    from cherish.show.terminal import write

    console = screen()
    for read_as in found["read_as"]:
        write(console, f"read as {read_as}", "dim", hang=4)
    if not found["lines"]:
        write(console, "the query gave no rows" + (f" from {found['since']} on" if found["since"] else ""))
    for place, line in enumerate(found["lines"]):
        write(console, line if place == 0 else f"  {line}", "" if place else "bold", hang=4)
    if dry_run:
        write(console, "Nothing was written. Without --dry-run it is imported.", "dim")
    elif cursor and found["until"]:
        write(console, f"Next time: rows from {cursor} {found['until']} on", "dim")
