"""Periods as bits: who came in which period, in one grouping by customer, for engines that can gather bits.

A period is a bit of a whole number, so that a customer's whole course is a few numbers and equal courses are counted
together. Grouping the rows by customer and period first, and joining the start to them, takes three times as long.
"""

from __future__ import annotations

from typing import Any

import ibis

from cherish.points import bits
from cherish.reports._cohorts_ask import Ask
from cherish.reports._period_numbers import index_of
from cherish.spec.calendar import day_from
from cherish.spec.periods import period_index
from cherish.spec.view import View

_WIDTH = bits.WIDTH
_WORDS = 6


def fits(view: View, ask: Ask) -> bool:
    """Whether the question is of the kind, and the log short enough; before the first event there is no period."""
    base, last = _span(view, ask)
    short = 0 <= last - base < _WIDTH * _WORDS
    return ask.from_first_ever and ask.choices.criterion == "on" and bits.can(view) and short


def courses(view: View, ask: Ask, rows: Any) -> Any:
    """customer_id, cohort, start and the words of bits word_0, word_1 ...; the first period is bit 0."""
    base, last = _span(view, ask)
    place = period_index(rows.day, ask.unit).cast("int64") - base
    table = rows.select("customer_id", place=place)
    words = {f"word_{number}": _word(table.place, number) for number in range((last - base) // _WIDTH + 1)}
    found = table.group_by("customer_id").agg(first=table.place.min(), **words)
    cohort = found["first"] + base
    return found.select("customer_id", *words, cohort=cohort, start=cohort)


def _word(place: Any, number: int) -> Any:
    # The highest bit shifted down instead of the lowest up: the literal then has 64 bits on every engine.
    low = number * _WIDTH
    bit = ibis.literal(1 << _WIDTH, type="int64") >> (low + _WIDTH - place)
    return bit.bit_or(where=(place >= low) & (place < low + _WIDTH)).fill_null(0)


def counted(view: View, ask: Ask, courses: Any) -> Any:
    """Members by cohort (and group) and bucket in which they came."""
    base, _ = _span(view, ask)
    words = [name for name in courses.columns if name.startswith("word_")]
    alike = courses.group_by(*ask.keys, *words).agg(members=courses.count())
    buckets = ibis.range(0, ask.last + 1).unnest().name("bucket").as_table()
    both = alike.cross_join(buckets.select(bucket=buckets.bucket.cast("int64")))
    place = both.cohort + both.bucket - base
    cases = [
        (place < (number + 1) * _WIDTH, both[name] >> (place - number * _WIDTH)) for number, name in enumerate(words)
    ]
    course = ibis.cases(*cases, else_=ibis.literal(0, type="int64"))
    came = both.filter((course & 1) == 1)
    return came.group_by(*ask.keys, "bucket").agg(amount=came.members.sum().cast("int64"))


def _span(view: View, ask: Ask) -> tuple[int, int]:
    first = view.calendar.day_of(view.facts.first or view.as_of)
    return index_of(first, ask.unit), index_of(day_from(view.day), ask.unit)
