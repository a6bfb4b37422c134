"""`cherish customer show|why|merge|split|undo|export|erase`: all that is known of one customer, and who is who."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cherish.cli._app import Sectioned, new_app
from cherish.cli._options import (
    EVERY,
    FileOption,
    JsonOption,
    MapFileOption,
    WorkspaceOption,
    ZoneFileOption,
    existing,
    opened,
    out,
    out_json,
    screen,
)

if TYPE_CHECKING:
    from cherish.customers.erase import Erasure
    from cherish.store.keys import Edge, Key

PANEL, PLACE = "Ask", 5
TIMELINE = "Which events"

KEY_HELP = "A user id, an anonymous id or a trusted identifier; KIND:KEY where both have it."
KeyArgument = Annotated[str, typer.Argument(metavar="KEY", help=KEY_HELP)]
ByOption = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who decides it.  [default: you]")]

app = new_app(no_args_is_help=True)


@app.callback()
def customer() -> None:
    """One customer: all that is known, by any key, and which keys are the same person.

    \b
    cherish customer show anna
    cherish customer why anna
    cherish customer merge anna ben
    cherish customer split ben
    cherish customer undo
    cherish customer export anna --to anna.json
    cherish customer erase anna
    """


@app.command(cls=Sectioned)
def show(
    key: Annotated[str, typer.Argument(metavar="KEY", help="A user id, an anonymous id; KIND:KEY where both have it.")],
    measures: Annotated[
        str,
        typer.Option(
            "--measures",
            metavar="own|all|none|NAMES",
            rich_help_panel=EVERY,
            help="Those that need nobody else, all (looks at everybody once), none, or names joined by |.",
        ),
    ] = "own",
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            metavar="DATE",
            rich_help_panel=EVERY,
            help="The moment of sessions and measures.  [default: now of a live workspace, else the end of the data]",
        ),
    ] = None,
    parts: Annotated[
        str | None,
        typer.Option(
            "--parts",
            metavar="NAMES",
            rich_help_panel=EVERY,
            help="Only these, joined by |: traits, identifiers, timeline, sessions, orders, groups, measures.",
        ),
    ] = None,
    event: Annotated[
        list[str] | None,
        typer.Option("--event", metavar="NAME", rich_help_panel=TIMELINE, help="Events of this name; repeatable."),
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option("--type", metavar="TYPE", rich_help_panel=TIMELINE, help="Events of this type; repeatable."),
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="DATE", rich_help_panel=TIMELINE, help="From this day on.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="DATE", rich_help_panel=TIMELINE, help="Up to this day.")
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", rich_help_panel=TIMELINE, help="How many events at a time.")
    ] = 20,
    after: Annotated[
        str | None,
        typer.Option("--after", metavar="CURSOR", rich_help_panel=TIMELINE, help="Go on behind the page before."),
    ] = None,
    file: FileOption = None,
    mapping: MapFileOption = None,
    tz: ZoneFileOption = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = None,
) -> None:
    """Who it is, what is known and since when, orders and money, measures, sessions, and the timeline.

    \b
    cherish customer show anna
    cherish customer show anna --measures all
    cherish customer show anna --parts timeline --event "Order Completed" --limit 5
    """
    from cherish.customers import PARTS, Wanted, view

    log = opened(workspace, file, mapping, tz)
    wanted = Wanted(tuple(event or ()), tuple(kind or ()), _day("--since", since), _day("--until", until), limit, after)
    chosen = PARTS if parts is None else tuple(each.strip() for each in parts.split("|") if each.strip())
    found = view(log.store, key, parts=chosen, measures=measures, wanted=wanted, as_of=as_of)
    if json:
        out(found.to_json() + "\n")
    else:
        found.show(screen())


def _day(name: str, text: str | None) -> date | None:
    from cherish.errors import QuestionError

    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise QuestionError(f"{name} {text!r}: write a date such as 2024-01-31") from None


@app.command(cls=Sectioned)
def why(key: KeyArgument, workspace: WorkspaceOption = None, json: JsonOption = None) -> None:
    """Why the keys of a customer are one: what says so, since when, and which of it binds.

    \b
    cherish customer why anna
    """
    found = opened(workspace).store.why(key)
    if json:
        out_json(found)
    else:
        _show_edges(found)


@app.command(cls=Sectioned)
def merge(
    one: KeyArgument,
    other: Annotated[str, typer.Argument(metavar="KEY", help="A key of the other customer.")],
    by: ByOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Make two customers one; it can be undone.

    \b
    cherish customer merge anna ben
    """
    edge = existing(workspace).store.merge(one, other, by or _me())
    _say("that is one key already; nothing to do" if edge is None else f"one customer now; take it back: {_undo(edge)}")


@app.command(cls=Sectioned)
def split(key: KeyArgument, by: ByOption = None, workspace: WorkspaceOption = None) -> None:
    """Let a key stand by itself, whatever events say or will say; a user's own devices stay with the user.

    \b
    cherish customer split ben
    """
    edge = existing(workspace).store.split(key, by or _me())
    _say(f"it stands by itself now; take it back: {_undo(edge)}")


@app.command(cls=Sectioned)
def undo(
    edge: Annotated[
        int | None, typer.Argument(metavar="NUMBER", help="As `why` shows it.  [default: the last that stands]")
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Take a merge or a split back.

    \b
    cherish customer undo
    """
    _say(f"{existing(workspace).store.undo_edge(edge)}: taken back")


@app.command(cls=Sectioned)
def export(
    key: KeyArgument,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FILE", help="A file that you alone can read.  [default: print it]")
    ] = None,
    measures: Annotated[
        str, typer.Option("--measures", metavar="own|all|none|NAMES", help="Which measures' present values.")
    ] = "own",
    workspace: WorkspaceOption = None,
) -> None:
    """All that is known of a customer as JSON: what a person may ask for, and what `erase` would remove.

    \b
    cherish customer export anna --to anna.json
    """
    import json

    from cherish.cli._options import note
    from cherish.customers.erase import here
    from cherish.customers.export import export as exported
    from cherish.store.line import dial
    from cherish.workspace import locate

    place = locate(workspace)
    line = dial(place.folder)
    if line is not None:
        with line:
            found = line.ask("export_customer", {"key": key, "measures": measures})
    else:
        existing(workspace)
        with here(place) as local:
            found = exported(local, key, measures)
    text = json.dumps(found, indent=2, ensure_ascii=False) + "\n"
    if to is None:
        out(text)
    else:
        _write(to, text)
        note(f"written: {to}")


@app.command(cls=Sectioned)
def erase(
    key: KeyArgument,
    now: Annotated[
        bool,
        typer.Option("--now", help="Also write the log's file anew at once; else a server does so at night."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    workspace: WorkspaceOption = None,
    json: JsonOption = None,
) -> None:
    """Remove everything of a customer, and refuse what they did until now when it comes again. It can't be undone.

    \b
    cherish customer erase anna
    cherish customer erase anna --now --yes
    """
    from cherish.customers.erase import Erasure, here
    from cherish.customers.erase import erase as erased
    from cherish.errors import QuestionError
    from cherish.store.line import dial
    from cherish.workspace import locate

    place = locate(workspace)
    if not yes:
        if not sys.stdin.isatty():
            raise QuestionError("erasing can't be undone and nobody is there to be asked: add --yes")
        typer.confirm(f"Erase everything of this customer in {place.folder}? It can't be undone.", abort=True)
    line = dial(place.folder)
    if line is not None:
        with line:
            found: Erasure = line.ask("erase_customer", {"key": key, "now": now}, kind=Erasure)
    else:
        existing(workspace)
        with here(place) as local:
            found = erased(local, key, now=now)
    if json:
        out_json(found)
    else:
        _tell(found)


def _write(file: Path, text: str) -> None:
    """Write to a file that only its owner may read, from its first byte on."""
    import os

    from cherish.errors import FileError

    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as made:
            made.write(text)
        fresh.replace(file)
    except OSError as error:
        raise FileError(f"{file} can't be written: {error.strerror}") from None


def _tell(found: Erasure) -> None:
    _say(f"erased, with {found.keys:,} {'key' if found.keys == 1 else 'keys'}")
    told = [f"{count:,} {name}" for name, count in found.rows.items() if count and name != "keys"]
    told += [f"{found.refused:,} refused events"] if found.refused else []
    told += [f"{found.rejected:,} rejected rows"] if found.rejected else []
    if told:
        _say(f"removed: {', '.join(told)}")
    if found.files:
        _say(f"removed files: {', '.join(found.files)}")
    if not found.rewritten:
        _say("the log's file keeps the bytes until it is written anew: a server does so at night, --now at once")
    if not found.scrubbed:
        _say("somebody read the state's files meanwhile: they forget what was deleted at night")
    if found.backups:
        _say(f"{found.backups:,} backups from before hold what they held: take a new one, and remove those")


def _show_edges(found: tuple[Edge, ...]) -> None:
    from cherish.show.layout import Column
    from cherish.show.terminal import table

    if not found:
        _say("one key only: nothing joins it with another")
        return
    lines = [
        (
            str(edge.number),
            edge.reason.replace("_", " "),
            _named(edge.a),
            "" if edge.b is None else _named(edge.b),
            f"{edge.at:%Y-%m-%d %H:%M}",
            edge.said_by,
            "taken back" if edge.undone_at else "yes" if edge.binds or edge.b is None else "no",
        )
        for edge in found
    ]
    titles = ("number", "reason", "key", "and", "at (UTC)", "said by", "counts")
    cells = zip(*lines, strict=True)
    table(tuple(Column(title, tuple(each), False) for title, each in zip(titles, cells, strict=True)), screen())


def _named(key: Key) -> str:
    return f"{key.kind}:{key.key}"


def _say(text: str) -> None:
    from cherish.show.terminal import write

    write(screen(), text)


def _undo(edge: int) -> str:
    return f"cherish customer undo {edge}"


def _me() -> str:
    from getpass import getuser

    return getuser()
