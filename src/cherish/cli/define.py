"""`cherish define active NAME "A|B"` and `cherish define outcome NAME`: named, versioned choices."""

from __future__ import annotations

from typing import Annotated

import typer

from cherish.cli._app import Sectioned, new_app
from cherish.cli._options import WorkspaceOption, opened, screen

PANEL, PLACE = "Bring data in", 4

app = new_app(no_args_is_help=True)


@app.callback()
def run() -> None:
    """A named set of events that count as active, or the outcome that matters.

    \b
    cherish define active core "Order Completed|Product Viewed"
    cherish define active readers "Article Read"
    cherish define outcome revenue
    """


@app.command(cls=Sectioned)
def active(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The set's name; core is what reports use by themselves.")
    ],
    events: Annotated[str, typer.Argument(metavar='"A|B"', help="Event names, separated by |.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Store a named active set as a new version; an unchanged one keeps its version."""
    from cherish.questions import define_active
    from cherish.show.terminal import write

    wanted = tuple(part.strip() for part in events.split("|") if part.strip())
    stored = define_active(opened(workspace).store, name, wanted)
    write(screen(), f"{stored}: {', '.join(stored.events)}", "bold")
    write(screen(), f"Use it: cherish report actives --active {stored.name}", "dim")


@app.command(cls=Sectioned)
def outcome(
    name: Annotated[str, typer.Argument(metavar="NAME", help="revenue, orders, activity, or an event's name.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Store which outcome matters."""
    from cherish.questions import define_outcome
    from cherish.show.terminal import write

    write(screen(), f"the outcome that matters is {define_outcome(opened(workspace).store, name)}", "bold")
