"""`cherish questions`: what counts as active, and which outcome matters; asked once, stored with a version."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from cherish.cli._app import Sectioned, new_app
from cherish.cli._options import WorkspaceOption, opened, screen

PANEL, PLACE = "Bring data in", 3

app = new_app()


@app.command(cls=Sectioned)
def run(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Take the proposals, don't ask.")] = False,
    active: Annotated[
        str | None, typer.Option("--active", metavar="A|B", help="The events that count as activity, separated by |.")
    ] = None,
    outcome: Annotated[
        str | None, typer.Option("--outcome", metavar="NAME", help="revenue, orders, activity, or an event's name.")
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """The two questions: what counts as active, and which outcome matters.

    Every result that rests on the answers names them (core@2). Other answers later make a new version; nothing old
    is lost. On a terminal you are asked; in a script give --yes, or the answers.

    \b
    cherish questions
    cherish questions --yes
    cherish questions --active "Order Completed|Product Viewed" --outcome revenue
    """
    from cherish.questions import open_questions, settle

    log = opened(workspace)
    with log.session():
        asked = open_questions(log.store)
    _show(asked)
    events = tuple(part.strip() for part in active.split("|") if part.strip()) if active else None
    if not yes and active is None and outcome is None:
        if not sys.stdin.isatty():
            _say("Nobody is here to answer; take the proposals with --yes, or give --active and --outcome.", "dim")
            return
        events, outcome = _answers(asked)
    settled = settle(log.store, events, outcome)
    _say(f"Active is {settled.active}: {', '.join(settled.active.events)}", "bold")
    _say(f"The outcome that matters is {settled.outcome}", "bold")
    _say(
        'Next: cherish report actives · cherish report retention · cherish define active NAME "A|B" for further sets',
        "dim",
    )


def _say(text: str, style: str = "") -> None:
    from cherish.show.terminal import write

    write(screen(), text, style)


def _show(asked: Any) -> None:
    from cherish.show.layout import Column, columns_of
    from cherish.show.terminal import table

    _say("1. What counts as active? What the customer does; what the company does never counts.", "bold")
    if asked.check is not None:
        table(columns_of(asked.check.table), screen())
    else:
        rows = [(each.name, f"{each.events:,}", "customer" if each.own else "company") for each in asked.candidates]
        titles = (("event", False), ("events", True), ("whose doing", False))
        columns = zip(*rows, strict=True)
        table(
            tuple(Column(name, tuple(cells), number) for (name, number), cells in zip(titles, columns, strict=True)),
            screen(),
        )
    _say("")
    stored = (
        f"; until now {asked.stored_active}: {' | '.join(asked.stored_active.events)}" if asked.stored_active else ""
    )
    _say(f"Proposed: {' | '.join(asked.proposed_active)}{stored}")
    _say("")
    _say("2. Which outcome matters? The one that engagement should lead to.", "bold")
    before = f"; until now {asked.stored_outcome}" if asked.stored_outcome else ""
    _say(f"There are {', '.join(asked.outcomes)}. Proposed: {asked.proposed_outcome}{before}")
    _say("")


def _answers(asked: Any) -> tuple[tuple[str, ...], str]:
    now = asked.stored_active.events if asked.stored_active else asked.proposed_active
    text = typer.prompt("Active, separated by |", default=" | ".join(now))
    outcome = typer.prompt("Outcome", default=asked.stored_outcome or asked.proposed_outcome)
    return tuple(part.strip() for part in text.split("|") if part.strip()), outcome.strip()
