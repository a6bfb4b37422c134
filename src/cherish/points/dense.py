"""A trend of days counted in a window, from bits: how many customers have how many active days at each moment.

Each customer's days become a few numbers, one bit a day; at each moment the window is cut out of them and its bits are
counted. Nothing is sorted and nothing is grouped by day, so that a moment costs a few instructions per customer: for
some months of days that is a third of what change points cost (`stepwise`), for years of few customers' rows it isn't.

Windows reach into two numbers when the bits stand side by side. So the numbers overlap: each holds the days of the
windows of SPAN moments in a row, and no moment needs two.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis

from cherish.points import bits
from cherish.points.aggregate import condition
from cherish.points.at import probed
from cherish.points.fact import Fact
from cherish.points.measure import Asked, Columns, Moment
from cherish.points.moments import days, named_day, or_zero, population, rows, running
from cherish.spec.view import View

MOST_NUMBERS = 8
DEAREST = 30
"""A change point costs about as much as so many moments of a customer, and a row can make two of them."""


def fits(view: View, asked: Asked, facts: Mapping[str, Fact], first: int, last: int) -> bool:
    """Whether the value hangs on one number of days only, and the moments are few enough."""
    if [each.kind for each in facts.values()] != ["days"] or not (bits.can(view) and bits.fit(facts.values())):
        return False
    fact = next(iter(facts.values()))
    probe = probed(view, asked)
    alone = not (probe.value.nulls or probe.columns.personal or probe.moment.used or asked.measure.linear)
    moments, customers = last - first + 1, view.facts.rows.get("customers", 0)
    few = -(-moments // _span(fact)) <= MOST_NUMBERS
    return alone and few and moments * customers <= DEAREST * view.facts.rows.get("activity", 0)


def counted(view: View, asked: Asked, facts: Mapping[str, Fact], first: int, last: int) -> Any:
    """The measure at the end of each day, from the days of each customer as bits (columns as `trend.evaluate`)."""
    name = next(iter(facts))
    levels = _levels(view, facts, first, last)
    counts = levels.group_by("m", "level").agg(n=levels.alike.sum())
    some = _value(asked, name, counts.level)
    sums = counts.group_by("m").agg(
        n=counts.n.sum(), **{part: (or_zero(each) * counts.n).sum() for part, each in some.items()}
    )
    people = running(days(view, first, last), population(view, first), ["born"])
    both = people.left_join(sums, "m")
    # Whoever has no active day in the window is no row, but has a value.
    idle, none = both.born - or_zero(both.n), _value(asked, name, ibis.literal(0, type="int64"))
    totals = {part: or_zero(both[part]) + idle * or_zero(none[part]) for part in some}
    return both.select(day=named_day(both.m), **totals, customers=both.born).order_by("day")


def _levels(view: View, facts: Mapping[str, Fact], first: int, last: int) -> Any:
    """Per moment `m` and kind of customer: how many days lie in the window (at least one), and how many are `alike`."""
    fact = next(iter(facts.values()))
    window, span = fact.window or 0, _span(fact)
    table, _ = rows(view, facts, first, last)
    place = table.d - (first + 1 - window)
    where = condition(table, fact, facts)
    words = {}
    for number in range(-(-(last - first + 1) // span)):
        start = number * span
        inside = (place >= start) & (place < start + bits.WIDTH)
        kept = inside if where is None else inside & where
        words[f"word_{number}"] = bits.gathered(place - start, kept).fill_null(0)
    people = table.group_by("customer_id").agg(**words)
    alike = people.group_by(*words).agg(alike=people.count())
    both = alike.cross_join(days(view, first, last))
    k = both.m - (first + 1)
    cases = [
        (k < (number + 1) * span, both[word] >> (k - number * span).cast("int64")) for number, word in enumerate(words)
    ]
    word = ibis.cases(*cases, else_=ibis.literal(0, type="int64"))
    counts = both.select("m", "alike", level=bits.count(word & ((1 << window) - 1)))
    return counts.filter(counts.level > 0)


def _span(fact: Fact) -> int:
    """How many moments in a row one number holds the windows of."""
    return bits.WIDTH - (fact.window or 0) + 1


def _value(asked: Asked, name: str, level: Any) -> dict[str, Any]:
    """What a customer with so many days adds to the population's sums."""
    value = asked.measure.value(Columns({name: level}, None), Moment(ibis.literal(0, type="int64")), asked.fit)
    return {"y": value.y, "x": value.weight}
