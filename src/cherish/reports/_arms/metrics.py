"""What an experiment is judged by: a measure, an event, money, orders, coming back, or a column of the user's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from cherish.errors import QuestionError
from cherish.points import at
from cherish.points.fact import Fact, count, total
from cherish.points.measure import Asked, Fit, Measure, Moment, Value
from cherish.spec.definition import NAMES, WHOLE, parameter
from cherish.spec.names import COMPLAINTS
from cherish.spec.periods import render_duration
from cherish.spec.registry import find
from cherish.spec.registry import names as registered
from cherish.spec.report import Run
from cherish.spec.texts import arguments, call, listing, split
from cherish.spec.view import View

DAY = 86_400
OWN = ("revenue", "orders", "any_order", "retained")
"""Words that are metrics by themselves."""
COLUMN, ANY = "column:", "any:"
_HARMS = ("Unsubscribed", "$consent_withdrawn", "Order Refunded", "Order Cancelled", "Payment Failed", *COMPLAINTS)


METRICS = listing("names of metrics, separated by |")


class Counted(Measure):
    """What happened within the horizon: events of some names (`count`, or `any` of them), money, orders, or whether the
    customer was still active in its last third (`retained`)."""

    how: str = parameter("count", "what is counted", choices=("count", "any", *OWN))
    events: tuple[str, ...] = parameter((), "of which events", NAMES)
    window: int = parameter(28, "how many days", WHOLE)

    def facts(self, view: View) -> Mapping[str, Fact]:
        if self.how == "revenue":
            return {"found": total("orders", window=self.window)}
        if self.how in ("orders", "any_order"):
            return {"found": count("orders", window=self.window)}
        if self.how == "retained":
            return {"found": count("activity", window=-(-self.window // 3), names=view.names("core"))}
        return {"found": count("activity", window=self.window, names=self.events)}

    def value(self, facts: Any, moment: Moment, fit: Fit | None = None) -> Value:
        if self.how in ("any", "any_order", "retained"):
            return Value(y=(facts.found > 0).cast("int64"))
        return Value(y=facts.found)

    def convention(self, view: View) -> str:
        return f"{self.how}/{'+'.join(self.events)}" if self.events else self.how


@dataclass(frozen=True)
class Metric:
    """One metric: a measure asked at each customer's own moments, or a column of the assignment file.

    `ratio` says whether it is sum(y) / sum(x) of the customers; `before` names the column that stands for the time
    before (CUPED), `money` whether large values are cut for a second look, `lower` whether less is better.
    """

    name: str
    measure: Measure | None = None
    fit: Fit | None = None
    column: str | None = None
    before: str | None = None
    ratio: bool = False
    money: bool = False
    lower: bool = False
    title: str = ""

    def asked(self, key: str) -> Asked:
        """The measure as the point engine takes it, its columns called by this key."""
        if self.measure is None:
            raise TypeError(f"{self.name} is a column, and no measure")
        return Asked(key, self.measure, self.fit)


def metric(
    view: View, run: Run, text: str, horizon: int, *, columns: tuple[str, ...] = (), first: Any = None,
    roles: Mapping[str, str] | None = None,
) -> Metric:  # fmt: skip
    """The metric that a text stands for, over a horizon of so many seconds.

    `columns` are those of the assignment file, `first` (naive UTC) the first assignment: what a measure learns from the
    population it learns of the time before.

    Raises:
        QuestionError: neither a measure, nor one of OWN, nor an event of the log, nor a column of the file.
    """
    if text.startswith(COLUMN):
        return _of_column(text, columns, roles or {})
    days = -(-horizon // DAY)
    if text in OWN:
        if text == "retained" and horizon < 3 * DAY:
            raise QuestionError("metric 'retained' looks at the last third of the horizon: give it three days or more")
        made = Counted.of(how=text, window=days)
        return Metric(text, made, money=text == "revenue")
    found = call(text)
    if found is not None and found[0] in registered("measure"):
        return _of_measure(view, run, text, found, horizon, first)
    return _of_events(view, text, days)


def _of_column(text: str, columns: tuple[str, ...], roles: Mapping[str, str]) -> Metric:
    name, sign, before = text.removeprefix(COLUMN).partition("~")
    name, before = name.strip(), before.strip()
    if sign and not before:
        raise QuestionError(
            f"metric {text!r}: after ~ stands the column of the time before, as in column:spend~history"
        )
    for each in (name, before) if before else (name,):
        if each not in columns:
            told = ", ".join(columns) or "none"
            plays = next((role for role, column in roles.items() if column == each), None)
            why = f"{each!r} is the {plays}" if plays else f"there is no column of numbers called {each!r}"
            raise QuestionError(f"metric {text!r}: {why}; numbers of the assignment table are {told}")
    return Metric(text, column=name, before=before or None, title=name)


def _of_measure(view: View, run: Run, text: str, found: tuple[str, str], horizon: int, first: Any) -> Metric:
    from dataclasses import replace
    from datetime import UTC

    if horizon % DAY:
        raise QuestionError(f"metric {text!r}: a measure's window is whole days; horizon={render_duration(horizon)}")
    name, inside = found
    kind = cast(type[Measure], find("measure", name))
    own = {each.name for each in kind.parameters()}
    given = arguments(inside, f"metric {text!r}")
    if "window" in given:
        raise QuestionError(f"metric {text!r}: an experiment's window is its horizon; leave window out")
    measure = kind.of(**given, **({"window": f"{horizon // DAY}d"} if "window" in own else {}))
    early = view if first is None else replace(view, as_of=min(first.replace(tzinfo=UTC), view.as_of))
    fit = at.fitted(early, Asked("m", measure), run)
    ratio = not isinstance(at.probed(view, Asked("m", measure, fit)).value.x, int)
    card = kind.card
    return Metric(text, measure, fit, ratio=ratio, money=card.unit == "money", lower=card.direction == "lower")


def _of_events(view: View, text: str, days: int) -> Metric:
    how = "any" if text.startswith(ANY) else "count"
    wanted = tuple(split(text.removeprefix(ANY), "+"))
    missing = [name for name in wanted if name not in view.facts.names]
    if missing or not wanted:
        there = ", ".join(sorted(view.facts.names))
        raise QuestionError(
            f"metric {text!r}: no measure, no event and none of {', '.join(OWN)} is called {(missing or [text])[0]!r} "
            f"(cherish catalogue lists the measures; column:NAME is a column of the table); events are {there}"
        )
    made = Counted.of(how=how, events=wanted, window=days)
    return Metric(text, made, lower=all(name in _HARMS for name in wanted))
