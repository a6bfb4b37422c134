"""`cherish customer show|why|merge|split|undo`: everything that is known of one customer, and who is who."""

from __future__ import annotations

from datetime import date
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
