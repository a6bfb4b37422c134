"""Answers to surveys: one row per answer to an item, for facts that look at what customers said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis

from cherish.errors import QuestionError, Unanswerable
from cherish.spec.filters import conjunction
from cherish.spec.names import ANSWERS
from cherish.spec.numbers import number_of
from cherish.spec.view import View


@dataclass(frozen=True)
class Responses:
    """The answers to an instrument (`item`: to one of its items, to several, or None: to all).

    `low` and `high` are the ends of the answer scale: what lies outside is no answer (a blank coded 11). `reverse` are
    the items that are turned round within it; `shown` are the ends of the scale that scores are given on.
    """

    instrument: str
    item: str | tuple[str, ...] | None = None
    low: float | None = None
    high: float | None = None
    reverse: tuple[str, ...] = ()
    shown: tuple[float, float] | None = None
    events: tuple[str, ...] = ANSWERS

    def __post_init__(self) -> None:
        if (self.reverse or self.shown) and (self.low is None or self.high is None):
            raise QuestionError("answers can be turned round or rescaled only where both ends of their scale are known")

    @property
    def items(self) -> tuple[str, ...]:
        """The items as names; empty where all are meant."""
        return (self.item,) if isinstance(self.item, str) else self.item or ()

    def rows(self, view: View) -> Any:
        """customer_id, ts, event_id, item, score (float64, null where not valid) and valid.

        Answers that are not valid stay as rows, so that they can be counted.

        Raises:
            Unanswerable: the log has no answers to any survey, or they lack what makes an answer.
        """
        missing = lacking(view, self.events)
        if missing is not None:
            raise missing
        events = view.events(properties=NEEDED)
        mine = [events.name.isin(self.events), events["properties.instrument"] == self.instrument]
        item = events["properties.item"].cast("string")
        if self.items:
            mine.append(item.isin(self.items))
        kept = events.filter(conjunction(mine).fill_null(False))
        item, score = kept["properties.item"].cast("string"), number_of(kept["properties.score"])
        rows = kept.select("customer_id", "ts", "event_id", item=item, given=score)
        rows = rows.mutate(valid=self._valid(rows.given))
        score = ibis.ifelse(rows.valid, self._shown(rows), ibis.null("float64"))
        return rows.select("customer_id", "ts", "event_id", "item", "valid", score=score)

    def _valid(self, score: Any) -> Any:
        within = score.notnull()
        within = within if self.low is None else within & (score >= self.low)
        return (within if self.high is None else within & (score <= self.high)).fill_null(False)

    def _shown(self, rows: Any) -> Any:
        score, low, high = rows.given, self.low, self.high
        if low is None or high is None:
            return score
        if self.reverse:
            score = ibis.ifelse(rows.item.isin(self.reverse), (low + high) - score, score)
        if self.shown is None:
            return score
        return (score - low) * ((self.shown[1] - self.shown[0]) / (high - low)) + self.shown[0]


NEEDED = ("instrument", "item", "score")
"""The properties that make an event an answer."""


def lacking(view: View, events: tuple[str, ...]) -> Unanswerable | None:
    """Why a log has no answers: no event of these names, or a property that is missing; None where it may have some."""
    facts = view.facts
    if not set(events) & set(facts.names):
        return Unanswerable(
            f"events: no answers to surveys; looked for {', '.join(events)}, and the log has "
            f"{', '.join(sorted(facts.names))}. Bring some in: cherish import FILE --survey LAYOUT"
        )
    missing = [name for name in NEEDED if name not in facts.properties]
    if not missing:
        return None
    there = ", ".join(sorted(facts.properties)) or "none"
    return Unanswerable(
        f"answers carry no property {missing[0]!r}; each needs {', '.join(NEEDED)}, and the log has {there}"
    )
