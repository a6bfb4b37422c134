"""`cherish customer show KEY`: everything that is known of one customer."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from cherish.cli._app import Sectioned, new_app
from cherish.cli._options import (
    EVERY,
    FileOption,
    JsonOption,
    MapFileOption,
    WorkspaceOption,
    ZoneFileOption,
    opened,
    out,
    screen,
)

PANEL, PLACE = "Ask", 5
TIMELINE = "Which events"

app = new_app(no_args_is_help=True)


@app.callback()
def customer() -> None:
    """One customer: all that is known, by any key.

    \b
    cherish customer show anna
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
            help="The moment of sessions and measures.  [default: end of the data]",
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
