"""A trend on daily totals: for measures whose value of a sum of customers is the sum of their values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cherish.points.aggregate import widest
from cherish.points.fact import Fact
from cherish.points.measure import Asked, Columns, Moment
from cherish.points.moments import days, named_day, once_a_day, or_zero, population, rows, running
from cherish.spec.view import View


def additive(view: View, asked: Asked, facts: Mapping[str, Fact], first: int, last: int) -> Any:
    """The measure at the end of each day, from the facts of all customers together (columns as `trend.evaluate`)."""
    daily = _daily_totals(view, facts, first, last)
    moments = days(view, first, last)
    inside = [daily.known < moments.m]
    longest = widest(facts)
    if longest is not None:
        inside.append(daily.d >= moments.m - longest)
    joined = moments.left_join(daily, inside)
    sums = {name: _in_window(joined, name, fact) for name, fact in facts.items()}
    states = joined.group_by("m").agg(**sums)
    value = asked.measure.value(Columns({name: states[name] for name in facts}, states), Moment(states.m), asked.fit)
    people = running(moments, population(view, first), ["born"])
    both = states.select("m", y=value.y, x=states.m if isinstance(value.x, int) else value.x).inner_join(people, "m")
    x = both.born * value.x if isinstance(value.x, int) else both.x
    return both.select(day=named_day(both.m), y=both.y, x=x, customers=both.born).order_by("day")


def _daily_totals(view: View, facts: Mapping[str, Fact], first: int, last: int) -> Any:
    """The facts' additive parts of all customers together, per day and day of learning."""
    table, totals = rows(view, facts, first, last)
    counts_days = [name for name, fact in facts.items() if fact.kind == "days"]
    if not counts_days:
        return table.group_by("d", "known").agg(**totals)
    # A day counts once per customer, however many of its rows there are.
    daily = once_a_day(table, facts, totals)
    daily = daily.mutate(**{name: (daily[name] > 0).cast("int64") for name in counts_days})
    return daily.group_by("d", "known").agg(**{name: daily[name].sum() for name in facts})


def _in_window(joined: Any, name: str, fact: Fact) -> Any:
    column = joined[name]
    where = None if fact.window is None else joined.d >= joined.m - fact.window
    return or_zero(column.sum(where=where))
