"""Involved, interacting, intimate, influential: where does the customer stand among all?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from operator import add
from typing import Any, ClassVar

import ibis

from cherish.measures._answers import answers, told
from cherish.points.fact import Fact, count, total
from cherish.points.measure import Fit, Measure, Moment, Value, frozen
from cherish.points.percentiles import learn, of_counts, percentile
from cherish.points.relations.sessions import Sessions
from cherish.spec.definition import NAMES, WINDOW, Card, Source, parameter
from cherish.spec.names import CONTRIBUTES, CREATES, REFERRALS, SEARCHES, SHARES
from cherish.spec.roles import role
from cherish.spec.view import View

PARTS = ("involvement", "interaction", "intimacy", "influence")


class FourIs(Measure):
    """The four I's of engagement, each as a percentile among all customers, and their mean.

    involvement  presence: the mean of the percentiles of sessions and of the time in them
    interaction  actions: how many
    intimacy     sentiment: the mean answer to a question about attachment
    influence    advocacy: referrals and shares

    A percentile is the share of the population below, and half of those alike; who did nothing has 0. The cuts are
    frozen with the result. The value is the mean of the parts that are known, with their number in `parts`; nothing is
    weighted. A part that the log can't tell (no referrals, no answers) is null for everybody, and said.
    """

    card: ClassVar[Card] = Card(
        family="L",
        formula="mean of percentile(involvement), percentile(interaction), percentile(intimacy), percentile(influence)",
        unit="percentile",
        range=(0, 100),
        direction="higher",
        source=Source("Haven", 2007, "Marketing's New Key Metric: Engagement"),
        needs=("customer", "time", "event"),
        example='log.measure("four_is", interactions="Order Completed")',
    )

    active: str = parameter("core", "the named set of events that make sessions, or event names joined by |")
    attachment: str = parameter("affection", "the instrument (or instrument.item) that asks about attachment")
    influences: tuple[str, ...] = parameter((*REFERRALS, *SHARES), "events by which customers tell others", NAMES)
    interactions: tuple[str, ...] = parameter(
        ("Order Completed", "Product Added", "Product Reviewed", *SEARCHES, *CREATES, *CONTRIBUTES),
        "events that are actions and more than looking", NAMES,
    )  # fmt: skip
    window: int | None = parameter(90, "how many days back from the moment", WINDOW)

    def facts(self, view: View) -> Mapping[str, Fact]:
        sessions = Sessions(active=self.active)
        found = {
            "sessions": count(sessions, where="opens", window=self.window),
            "microseconds": total(sessions, "microseconds", window=self.window),
        }
        for fact, parameter_name in (("interactions", "interactions"), ("influences", "influences")):
            names = role(view, self, parameter_name, needed=False)
            if names:
                found[fact] = count("activity", names=names, window=self.window)
        rows = answers(view, self.attachment)
        if told(view, rows):
            found["answers"] = count(rows, where="valid", window=self.window)
            found["score"] = total(rows, "score", where="valid", window=self.window)
        return found

    def fit(self, facts: Any, moment: Moment, run: Callable[[Any], Any]) -> Fit | None:
        given = self._given(facts)
        steps = learn(facts.population.select(**given), given, run)
        missing = [part for part in PARTS if not any(steps.get(key) for key in _KEYS[part])]
        said = (f"the log can't tell {', '.join(missing)}: the mean is of the other parts",) if missing else ()
        return frozen({"steps": steps}, said)

    def value(self, facts: Any, moment: Moment, fit: Fit | None = None) -> Value:
        steps = {} if fit is None else fit.values["steps"]
        given = self._given(facts)
        rank = {"score": percentile}
        ranks = {key: rank.get(key, of_counts)(column, steps.get(key, ())) for key, column in given.items()}
        parts = {part: _mean([ranks[key] for key in _KEYS[part] if key in ranks]) for part in PARTS}
        known = reduce(add, (each.notnull().cast("int64") for each in parts.values()))
        return Value(y=_mean(list(parts.values())), parts={**parts, "parts": known})

    def _given(self, facts: Any) -> dict[str, Any]:
        found = {"sessions": facts.sessions, "minutes": facts.microseconds}
        found |= {key: getattr(facts, key) for key in ("interactions", "influences") if hasattr(facts, key)}
        if hasattr(facts, "answers"):
            found["score"] = facts.score / facts.answers.nullif(0)
        return found

    def convention(self, view: View) -> str:
        return f"four_is/{Sessions(active=self.active)}/{self.attachment}/percentiles_with_ties_in_the_middle"


_KEYS = {
    "involvement": ("sessions", "minutes"), "interaction": ("interactions",), "intimacy": ("score",),
    "influence": ("influences",),
}  # fmt: skip


def _mean(columns: list[Any]) -> Any:
    """The mean of those that are known; null where none is."""
    if not columns:
        return ibis.null("float64")
    known = reduce(add, (each.notnull().cast("int64") for each in columns))
    return reduce(add, (each.fill_null(0.0) for each in columns)) / known.nullif(0)
