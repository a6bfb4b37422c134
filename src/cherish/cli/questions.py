"""`cherish questions`: seven questions about engagement, answered; and the two settings that the answers rest on."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from cherish.cli._app import Sectioned, new_app
from cherish.cli._flags import flagged
from cherish.cli._options import ASK, DELIVER, SOURCE, deliver, opened, screen, take
from cherish.cli._seven import tell

PANEL, PLACE = "Prove", 1
SETTLE, OWN = "Settle first", "Its parameters"

app = new_app()

SETTINGS: dict[str, Any] = {
    "yes": Annotated[
        bool, typer.Option("--yes", "-y", rich_help_panel=SETTLE, help="Take the proposals, don't ask.")
    ],
    "active": Annotated[
        str | None,
        typer.Option("--active", rich_help_panel=SETTLE, metavar="A|B",
                     help="The events that count as activity, separated by |."),
    ],
    "outcome": Annotated[
        str | None,
        typer.Option("--outcome", rich_help_panel=SETTLE, metavar="NAME",
                     help="revenue, orders, activity, or an event's name."),
    ],
}  # fmt: skip


def _own(name: str, metavar: str, help: str) -> Any:
    return Annotated[str | None, typer.Option(f"--{name}", rich_help_panel=OWN, metavar=metavar, help=help)]


PARAMETERS: dict[str, Any] = {
    "question": _own("question", "1|4", "Only these, by number.  [default: all seven]"),
    "show": _own("show", "answers|figures", "The figures that answers quote, or all.  [default: answers]"),
    "horizon": _own("horizon", "WINDOW", "How many days count as afterwards.  [default: 90d]"),
    "age": _own("age", "TRAIT", "The trait that holds an age.  [default: age, age_band or age_group]"),
    "young": _own("young", "X", "Below this age people are young.  [default: 35]"),
    "definition": _own("definition", "NAME", "The measure compared between ages.  [default: active_days]"),
    "trial": _own("trial", "NAME", "The holdout or experiment that tells what engaging brings."),
    "assignments": _own("assignments", "FILE", "Who was drawn into which arm: customer, arm, time."),
    "margin": _own("margin", "X", "How much of an order's value is left as margin.  [default: 1]"),
    "cost": _own("cost", "X", "What engaging one customer costs over the horizon.  [default: 0]"),
}
"""The parameters of the report, but for `active`, which is settled here. (Loading the report would slow every help.)"""
EVERY = {name: option for name, option in ASK.items() if name not in ("by", "over", "since")}


def run(**given: Any) -> None:
    """Is engagement retention, does it pay, for whom? Seven questions, answered.

    Each answer is a sentence with its figures, and says what is missing for a better one. They rest on two settings:
    what counts as active, and which outcome matters. On a terminal you are asked for both first; in a script settle
    them with --yes, or give them. Every result names them (core@2); other settings later make a new version.

    \b
    cherish questions
    cherish questions --yes
    cherish questions --active "Order Completed|Product Viewed" --outcome revenue
    cherish questions --question 1 --show figures
    """
    log = opened(*(given.get(place) for place in ("workspace", "file", "map", "tz", "on", "table")))
    if given["yes"] or given["active"] is not None or given["outcome"] is not None:
        _settle(log, _events(given["active"]), given["outcome"])
        return
    query = _query(given)
    plain = not any(given.get(name) for name in ("json", "csv", "chart", "against"))
    if plain:
        _settings(log, own=not given.get("file") and not given.get("on"))
    _answer(log, query, given, plain=plain)


take(run, {**SETTINGS, **PARAMETERS, **EVERY, **SOURCE, **DELIVER}, yes=False)
app.command(cls=Sectioned)(run)


# -- the two settings -----------------------------------------------------------------------------------------------


def _settings(log: Any, *, own: bool) -> None:
    """Name what is settled; on a terminal ask for what is not, in a script say how to settle it."""
    from cherish.questions import open_questions

    facts = log.facts
    settled = "core" in facts.active and facts.outcome is not None
    ask = own and not settled and sys.stdin.isatty()
    with log.session():
        asked = open_questions(log.store, check=ask)
    if ask:
        _show(asked)
        _settle(log, *_typed(asked))
        _say("")
        return
    active = asked.stored_active
    names = " | ".join(active.events if active else asked.proposed_active)
    _say(f"What counts as active? {f'{active}: {names}' if active else f'Proposed: {names}'}", "dim")
    _say(f"Which outcome matters? {asked.stored_outcome or f'Proposed: {asked.proposed_outcome}'}", "dim")
    how = "Change them" if settled else "Settle them with cherish questions --yes, or"
    _say(f'{how}: cherish questions --active "A|B" --outcome NAME', "dim")
    _say("")


def _settle(log: Any, events: tuple[str, ...] | None, outcome: str | None) -> None:
    from cherish.questions import settle

    settled = settle(log.store, events, outcome)
    _say(f"Active is {settled.active}: {', '.join(settled.active.events)}", "bold")
    _say(f"The outcome that matters is {settled.outcome}", "bold")
    _say(
        'Next: cherish report actives · cherish report retention · cherish define active NAME "A|B" for further sets',
        "dim",
    )


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


def _typed(asked: Any) -> tuple[tuple[str, ...] | None, str]:
    now = asked.stored_active.events if asked.stored_active else asked.proposed_active
    text = typer.prompt("Active, separated by |", default=" | ".join(now))
    outcome = typer.prompt("Outcome", default=asked.stored_outcome or asked.proposed_outcome)
    return _events(text), outcome.strip()


def _events(text: str | None) -> tuple[str, ...] | None:
    return tuple(part.strip() for part in text.split("|") if part.strip()) if text is not None else None


# -- the seven answers ----------------------------------------------------------------------------------------------


def _query(given: Mapping[str, Any]) -> Any:
    """The question as a value; refused, in the words of the command line, before anything is said."""
    from cherish.errors import CherishError
    from cherish.query import Query

    asked = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
    asked = {
        name: "yes" if value is True else value for name, value in asked.items() if name in {**PARAMETERS, **EVERY}
    }
    try:
        query = Query.from_args("report", "seven_questions", asked)
        query.definition()
    except CherishError as error:
        raise type(error)(flagged(str(error), (*PARAMETERS, *EVERY))) from error
    return query


def _answer(log: Any, query: Any, given: Mapping[str, Any], *, plain: bool) -> None:
    answer = log.ask(query)
    if not plain:
        deliver(answer, given)
        return
    tell(answer.shared() if given.get("share") else answer)


def _say(text: str, style: str = "") -> None:
    from cherish.show.terminal import write

    write(screen(), text, style)
