"""The two questions that are asked once: what counts as active, and which outcome matters.

The answers are stored and versioned; every result that rests on them names them. Until somebody answers, what a
customer does of their own accord counts as active (version 0), and revenue matters where there are orders.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cherish.errors import CherishError, QuestionError, Unanswerable
from cherish.spec.names import is_company_act
from cherish.spec.registry import names as definitions
from cherish.spec.view import default_active

if TYPE_CHECKING:
    from cherish.result import Result
    from cherish.spec.relations import ActiveSet, Facts

CORE = "core"
OUTCOMES = ("revenue", "orders", "activity")
CHECK = "core_actions"


@dataclass(frozen=True)
class Candidate:
    """An event that might count as active: how many there are, and whether it is the customer's own doing."""

    name: str
    events: int
    own: bool


@dataclass(frozen=True)
class Questions:
    """Both questions: what might be answered, what is proposed, and what was answered before (None: nothing yet)."""

    candidates: tuple[Candidate, ...]
    proposed_active: tuple[str, ...]
    stored_active: ActiveSet | None
    outcomes: tuple[str, ...]
    proposed_outcome: str
    stored_outcome: str | None
    check: Result | None
    """How many are active only by each event, and how well it ranks who stays; advice, never an automatic choice."""


@dataclass(frozen=True)
class Settled:
    """The answers as they are stored now."""

    active: ActiveSet
    outcome: str


def open_questions(log: Any, *, check: bool = True) -> Questions:
    """Both questions for this log, with the core-action check of each candidate.

    Raises:
        Unanswerable: there are no events yet.
    """
    facts: Facts = log.facts
    if not facts.names:
        raise Unanswerable("there are no events yet; bring some in with: cherish import FILE")
    ranked = sorted(facts.names.items(), key=lambda each: (-each[1], each[0]))
    return Questions(
        candidates=tuple(Candidate(name, count, not is_company_act(name)) for name, count in ranked),
        proposed_active=default_active(facts),
        stored_active=facts.active.get(CORE),
        outcomes=outcomes(facts),
        proposed_outcome=default_outcome(facts),
        stored_outcome=facts.outcome,
        check=_check(log) if check else None,
    )


def outcomes(facts: Facts) -> tuple[str, ...]:
    """Everything that can be an outcome here: revenue and orders where there are orders, activity, any event."""
    general = OUTCOMES if facts.rows.get("orders") else ("activity",)
    return (*general, *sorted(facts.names, key=lambda name: (-facts.names[name], name)))


def default_outcome(facts: Facts) -> str:
    """Revenue where there are orders, activity elsewhere."""
    return "revenue" if facts.rows.get("orders") else "activity"


def settle(store: Any, active: Sequence[str] | None = None, outcome: str | None = None) -> Settled:
    """Store the answers; what is not given stays as it was answered, or takes the proposal.

    Raises:
        QuestionError: an event or outcome that the log does not have.
    """
    facts: Facts = store.facts
    before = facts.active.get(CORE)
    events = tuple(active) if active is not None else before.events if before else default_active(facts)
    chosen = outcome or facts.outcome or default_outcome(facts)
    _known(events, facts.names, "event")
    _known((chosen,), outcomes(facts), "outcome")
    stored: ActiveSet = store.define_active(CORE, events)
    store.define_outcome(chosen)
    return Settled(stored, chosen)


def define_active(store: Any, name: str, events: Sequence[str]) -> ActiveSet:
    """Store a named active set as a new version.

    Raises:
        QuestionError: an event that the log does not have, or a name that can't be written in a parameter.
    """
    facts: Facts = store.facts
    if not name or any(sign in name for sign in "|@,()="):
        raise QuestionError(f"{name!r}: a set's name can't hold any of | @ , ( ) =")
    if name in facts.names and tuple(events) != (name,):
        raise QuestionError(f"{name!r} is an event's name; call the set something else")
    _known(events, facts.names, "event")
    stored: ActiveSet = store.define_active(name, tuple(events))
    return stored


def define_outcome(store: Any, name: str) -> str:
    """Store which outcome matters.

    Raises:
        QuestionError: neither an event of the log nor revenue, orders or activity.
    """
    _known((name,), outcomes(store.facts), "outcome")
    store.define_outcome(name)
    return name


def _known(wanted: Sequence[str], there: Sequence[str] | Mapping[str, int], what: str) -> None:
    missing = [name for name in wanted if name not in there]
    if missing or not wanted:
        said = f"no {what} is called {missing[0]!r}" if missing else f"name at least one {what}"
        raise QuestionError(f"{said}; there are {', '.join(there)}")


def _check(log: Any) -> Result | None:
    from cherish.answer import answer
    from cherish.query import Query

    if CHECK not in definitions("report"):
        return None
    try:
        return answer(log, Query.from_args("report", CHECK))
    except CherishError:
        return None
