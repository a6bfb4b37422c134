"""Answers of an instrument in the engine: from events to one row per response, with a column for each item."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis

from cherish.instruments.instrument import Instrument
from cherish.points.relations.responses import NEEDED, lacking
from cherish.spec.filters import conjunction
from cherish.spec.names import ANSWERS
from cherish.spec.numbers import number_of
from cherish.spec.view import View

OPTIONAL = ("response_id", "campaign", "weight")
_PARTS = (("response_id", "r"), ("campaign", "c"))


@dataclass(frozen=True)
class Answers:
    """How the answers of one instrument are found in a log, and what makes a response.

    A response is what one customer answered under one `response_id`; without one, under one `campaign`; without that,
    on one local day. Answered twice in one response, the last valid answer counts (of one instant, the event's id
    decides). An answer that is no number or lies outside the item's scale is refused and counted, never taken.
    """

    instrument: Instrument
    events: tuple[str, ...] = ANSWERS

    def responses(self, view: View, by: tuple[str, ...] = ()) -> Any:
        """One row per response (and breakdown): customer_id, response, by_N, day, weight, the items and its flags.

        The items are columns `item_0`, `item_1` ... as answered, before anything is reversed, null where not answered.
        `answered` counts them, `least` and `greatest` are their ends, `microseconds` lie between the first and the
        last; `refused` answers are out of range, `stray` ones are of items that the instrument does not have.

        Raises:
            Unanswerable: the log has no answers to any survey, or scores that are not numbers.
        """
        rows = self.judged(view, by)
        labels = tuple(f"by_{place}" for place in range(1, len(by) + 1))
        order: dict[str, Any] = {
            "group_by": ("customer_id", "response", *labels, "place", "valid"),
            "order_by": (ibis.desc("ts"), ibis.desc("event_id")),
        }
        rows = rows.mutate(again=ibis.row_number().over(ibis.window(**order)))
        taken = rows.valid & (rows.again == 0)
        items = {
            f"item_{place}": rows.score.max(where=taken & (rows.place == place))
            for place in range(len(self.instrument.items))
        }
        grouped = rows.group_by("customer_id", "response", *labels).agg(
            day=rows.day.min(),
            weight=rows.weight.max(where=taken).fill_null(1.0),
            answered=rows.count(where=taken),
            least=rows.score.min(where=taken),
            greatest=rows.score.max(where=taken),
            first=rows.ts.min(where=taken),
            last=rows.ts.max(where=taken),
            refused=rows.count(where=(rows.place >= 0) & ~rows.valid),
            stray=rows.count(where=rows.place < 0),
            **items,
        )
        return grouped.mutate(microseconds=grouped["last"].delta(grouped["first"], unit="microsecond"))

    def judged(self, view: View, by: tuple[str, ...] = ()) -> Any:
        """One row per answer: customer_id, ts, event_id, day, by_N, response, score, weight, place, valid.

        `place` is the item's place in the instrument, -1 where it has no such item.
        """
        there = self._properties(view)
        events = view.events(by, there)
        mine = events.name.isin(self.events) & (events["properties.instrument"] == self.instrument.name)
        rows = events.filter(mine.fill_null(False))
        item = rows["properties.item"].cast("string")
        place = ibis.cases(*((item == each.name, at) for at, each in enumerate(self.instrument.items)), else_=-1)
        columns = {
            "response": response(rows, there),
            "score": number_of(rows["properties.score"]),
            "weight": _weight(rows) if "weight" in there else ibis.literal(1.0),
            "place": place.cast("int64"),
        }
        labels = tuple(f"by_{at}" for at in range(1, len(by) + 1))
        rows = rows.select("customer_id", "ts", "event_id", "day", *labels, **columns)
        return rows.mutate(valid=self._valid(rows).fill_null(False))

    def _valid(self, rows: Any) -> Any:
        ranges = [self.instrument.range(item) for item in self.instrument.items]
        if len(set(ranges)) == 1:
            return (rows.place >= 0) & rows.score.between(*ranges[0])
        return ibis.cases(
            *((rows.place == at, rows.score.between(*ends)) for at, ends in enumerate(ranges)), else_=False
        )

    def _properties(self, view: View) -> tuple[str, ...]:
        missing = lacking(view, self.events)
        if missing is not None:
            raise missing
        return (*NEEDED, *(name for name in OPTIONAL if name in view.facts.properties))


def response(rows: Any, there: tuple[str, ...]) -> Any:
    """What tells one response of a customer from another: see `Answers`."""
    told = [
        ibis.literal(sign) + rows[f"properties.{name}"].cast("string").nullif("")
        for name, sign in _PARTS
        if name in there
    ]
    return ibis.coalesce(*told, ibis.literal("d") + rows.day.cast("string"))


def _weight(rows: Any) -> Any:
    # A weight below nothing is none, and an answer without a weight counts once.
    weight = number_of(rows["properties.weight"])
    return ibis.ifelse(weight >= 0, weight, ibis.null("float64"))


def clean(rows: Any, fastest: float) -> Any:
    """The condition that a response was given neither in one straight line nor faster than can be read."""
    return conjunction([~straight(rows), ~fast(rows, fastest)])


STRAIGHT_ITEMS = 4
"""From how many answers on all of them being the same tells something."""


def straight(rows: Any) -> Any:
    """Whether a response gives one and the same answer to four items or more."""
    return ((rows.answered >= STRAIGHT_ITEMS) & (rows.least == rows.greatest)).fill_null(False)


def timed(rows: Any) -> Any:
    """Whether it is known how long a response took: its answers have moments of their own."""
    return ((rows.answered >= 2) & (rows.microseconds > 0)).fill_null(False)


def fast(rows: Any, seconds: float) -> Any:
    """Whether a response took less than so many seconds an item, where that is known."""
    least = (rows.answered - 1) * round(seconds * 1_000_000)
    return timed(rows) & (rows.microseconds < least).fill_null(False)
