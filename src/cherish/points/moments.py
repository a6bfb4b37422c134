"""What every plan over many moments shares: the days asked, the population on each, rows with their daily parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis

from cherish.points.aggregate import condition, daily_total, shared_names, widest
from cherish.points.fact import Fact
from cherish.points.rows import as_learned, on_day
from cherish.spec.calendar import EPOCH
from cherish.spec.filters import conjunction
from cherish.spec.view import View


def days(view: View, first: int, last: int) -> Any:
    """One row per moment: `day` and `m`, the day number of the moment (the start of the day after)."""
    numbers = ibis.range(first + 1, last + 2).unnest().name("m").as_table()
    return numbers.select(m=numbers.m.cast("int64"))


def named_day(m: Any) -> Any:
    """The day (DATE) that ends at the moment with day number `m`."""
    # Engines return a timestamp from date arithmetic; the second cast only tells Ibis so that the first is made.
    moved = ibis.literal(EPOCH, type="date") + (m - 1).as_interval("D")
    return moved.cast("timestamp(6)").cast("date")


def rows(view: View, facts: Mapping[str, Fact], first: int, last: int) -> tuple[Any, dict[str, Any]]:
    """Rows of the facts' relation per customer, own day and day of learning, one additive column per fact."""
    relation = next(iter(facts.values())).relation
    table = as_learned(view, relation, exact=False)
    # What the customer did is learned on its day.
    on_its_day = relation == "activity"
    keep = [table.day <= on_day(last) if on_its_day else table.known <= last]
    names, longest = shared_names(facts), widest(facts)
    if names is not None:
        keep.append(table.name.isin(names))
    if longest is not None:
        keep.append(table.day > on_day(first - longest))
    table = table.filter(conjunction(keep))
    return table, {name: daily_total(table, fact, facts) for name, fact in facts.items()}


def once_a_day(table: Any, facts: Mapping[str, Fact], totals: Mapping[str, Any]) -> Any:
    """The rows brought together per customer and day (and day of learning), one additive column per fact."""
    # What the customer did is learned on its day: a second key would cost a third more.
    learned = [] if all(fact.relation == "activity" for fact in facts.values()) else ["known"]
    names = list(facts)
    if len(names) == 1 and facts[names[0]].kind == "days" and condition(table, facts[names[0]], facts) is None:
        # Only whether the day occurs matters, not how often.
        daily = table.select("customer_id", "d", *learned).distinct()
        daily = daily.mutate(**{names[0]: ibis.literal(1, type="int64")})
    else:
        daily = table.group_by("customer_id", "d", *learned).agg(**totals)
    return daily if learned else daily.mutate(known=daily.d)


def population(view: View, first: int) -> Any:
    """How many customers the population gains at each moment: `m` (not before the first moment), `born`."""
    people = view.customers()
    m = ibis.greatest(people.first_day + 1, first + 1)
    return people.group_by(m=m).agg(born=people.count())


def running(days: Any, changes: Any, columns: list[str]) -> Any:
    """Running totals of changes at each moment; changes between moments are none, days without change carry on."""
    joined = days.left_join(changes, "m")
    filled = {name: or_zero(joined[name]) for name in columns}
    table = joined.select(joined.m, **filled)
    window = ibis.window(order_by=table.m, preceding=None, following=0)
    return table.select("m", **{name: table[name].sum().over(window) for name in columns})


def zero(column: Any) -> Any:
    """0 of the column's own type."""
    return ibis.literal(0).cast(column.type())


def or_zero(column: Any) -> Any:
    """The column with 0 where it is null."""
    return column.fill_null(zero(column))
