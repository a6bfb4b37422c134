"""Many moments: a measure of the whole population at the end of each of many days, without a row per customer and day.

Three plans, chosen by what the measure promises:
additive   daily totals and running windows over them (a sum of customers is the customer of the sums)
stepwise   change points per customer: a state changes when a row enters its window and when it leaves; between two
           changes y and x are constant, or grow by a constant per day (`linear`)
expanded   a personal moment per customer and day, for everything else
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import reduce
from operator import or_
from typing import Any

import ibis

from cherish.errors import QuestionError
from cherish.points import personal
from cherish.points.aggregate import condition, daily_total, shared_names, widest
from cherish.points.at import Asked, Columns
from cherish.points.fact import Fact
from cherish.points.measure import Moment, Value
from cherish.points.rows import as_learned, one_currency
from cherish.spec.calendar import EPOCH, day_from
from cherish.spec.filters import conjunction
from cherish.spec.view import View


def evaluate(view: View, asked: Asked, first: int, last: int) -> Any:
    """The measure at the end of each local day from `first` to `last` (day numbers, inclusive).

    Columns: day (DATE), y and x (sums over the customers that have a value), customers (population at that moment).
    """
    if last < first:
        raise QuestionError("the trend's first day lies after its last")
    facts = asked.measure.facts(view)
    one_currency(view.facts, facts.values())
    if asked.measure.additive and len({fact.relation for fact in facts.values()}) == 1:
        return _additive(view, asked, facts, first, last)
    if _stepwise(view, asked, facts):
        return _steps(view, asked, facts, first, last)
    return _expanded(view, asked, first, last)


def _days(view: View, first: int, last: int) -> Any:
    """One row per moment: `day` and `m`, the day number of the moment (the start of the day after)."""
    numbers = ibis.range(first + 1, last + 2).unnest().name("m").as_table()
    return numbers.select(m=numbers.m.cast("int64"))


def _named_day(m: Any) -> Any:
    # Engines return a timestamp from date arithmetic; the second cast only tells Ibis so that the first is made.
    moved = ibis.literal(EPOCH, type="date") + (m - 1).as_interval("D")
    return moved.cast("timestamp(6)").cast("date")


def _rows(view: View, facts: Mapping[str, Fact], first: int, last: int) -> tuple[Any, dict[str, Any]]:
    """Rows of the facts' relation per customer, own day and day of learning, one additive column per fact."""
    relation = next(iter(facts.values())).relation
    table = as_learned(view, relation, exact=False)
    keep = [table.known <= last]
    names, longest = shared_names(facts), widest(facts)
    if names is not None:
        keep.append(table.name.isin(names))
    if longest is not None:
        keep.append(table.d > first - longest)
    table = table.filter(conjunction(keep))
    return table, {name: daily_total(table, fact, facts) for name, fact in facts.items()}


def _population(view: View, first: int) -> Any:
    """How many customers the population gains at each moment: `m` (not before the first moment), `born`."""
    people = view.customers()
    m = ibis.greatest(people.first_day + 1, first + 1)
    return people.group_by(m=m).agg(born=people.count())


# -- additive -----------------------------------------------------------------------------------------------------


def _additive(view: View, asked: Asked, facts: Mapping[str, Fact], first: int, last: int) -> Any:
    table, totals = _rows(view, facts, first, last)
    keys = ["customer_id"] if any(fact.kind == "days" for fact in facts.values()) else []
    daily = table.group_by(*keys, "d", "known").agg(**totals)
    if keys:
        # A day counts once per customer, however many of its rows there are.
        once = {name: (daily[name] > 0).cast("int64") if fact.kind == "days" else daily[name] for name, fact in facts.items()}
        daily = daily.mutate(**once)
        daily = daily.group_by("d", "known").agg(**{name: daily[name].sum() for name in facts})
    days = _days(view, first, last)
    inside = [daily.known < days.m]
    longest = widest(facts)
    if longest is not None:
        inside.append(daily.d >= days.m - longest)
    joined = days.left_join(daily, inside)
    sums = {name: _in_window(joined, name, fact) for name, fact in facts.items()}
    states = joined.group_by("m").agg(**sums)
    value = asked.measure.value(Columns({name: states[name] for name in facts}, states), Moment(states.m), asked.fit)
    population = _running(days, _population(view, first), ["born"])
    both = states.select("m", y=value.y, x=states.m if isinstance(value.x, int) else value.x).inner_join(population, "m")
    x = both.born * value.x if isinstance(value.x, int) else both.x
    return both.select(day=_named_day(both.m), y=both.y, x=x, customers=both.born).order_by("day")


def _in_window(joined: Any, name: str, fact: Fact) -> Any:
    column = joined[name]
    where = None if fact.window is None else joined.d >= joined.m - fact.window
    return column.sum(where=where).fill_null(ibis.literal(0).cast(column.type()))


def _running(days: Any, changes: Any, columns: list[str]) -> Any:
    """Running totals of changes at each moment; changes between moments are none, days without change carry on."""
    joined = days.left_join(changes, "m")
    filled = {name: joined[name].fill_null(ibis.literal(0).cast(joined[name].type())) for name in columns}
    table = joined.select(joined.m, **filled)
    window = ibis.window(order_by=table.m, preceding=None, following=0)
    return table.select("m", **{name: table[name].sum().over(window) for name in columns})


# -- stepwise -----------------------------------------------------------------------------------------------------


def _stepwise(view: View, asked: Asked, facts: Mapping[str, Fact]) -> bool:
    slides = any(fact.kind == "first" and fact.window is not None for fact in facts.values())
    taken_back = any(fact.kind in ("first", "last", "days") and fact.relation == "orders" for fact in facts.values())
    if slides or (taken_back and view.facts.rows.get("orders_changed", 1) > 0):
        return False
    probe = Moment(ibis.literal(0, type="int64"))
    people = view.customers()
    blank = Columns({name: ibis.literal(0, type="int64") for name in facts}, people)
    asked.measure.value(blank, probe, asked.fit)
    return asked.measure.linear or not probe.used


def _steps(view: View, asked: Asked, facts: Mapping[str, Fact], first: int, last: int) -> Any:
    states = _states(view, facts, first, last)
    columns = Columns({name: states[name] for name in facts}, states)
    amounts = _amounts(asked, columns)
    here = states.select("customer_id", "m", **amounts)
    order = ibis.window(group_by="customer_id", order_by=here.m)
    steps = here.select("m", **{name: here[name] - here[name].lag(1).over(order).fill_null(_zero(here[name])) for name in amounts})
    changes = steps.group_by("m").agg(**{name: steps[name].sum() for name in amounts})
    days = _days(view, first, last)
    totals = _running(days, changes, list(amounts))
    population = _running(days, _population(view, first), ["born"])
    both = totals.inner_join(population, "m")
    y = both.y + both.y_slope * both.m if "y_slope" in amounts else both.y
    return both.select(day=_named_day(both.m), y=y, x=both.x, customers=both.born).order_by("day")


def _zero(column: Any) -> Any:
    return ibis.literal(0).cast(column.type())


def _amounts(asked: Asked, columns: Columns) -> dict[str, Any]:
    """What each customer's state adds to the population's sums, as numbers that are constant until the next change."""

    def at(day: int) -> Value:
        return asked.measure.value(columns, Moment(ibis.literal(day, type="int64")), asked.fit)

    start, following = at(0), at(1)
    unknown = reduce(or_, start.nulls.values()) if start.nulls else None

    def counted(amount: Any) -> Any:
        filled = amount.fill_null(_zero(amount))
        return filled if unknown is None else ibis.ifelse(unknown.fill_null(False), _zero(amount), filled)

    y = start.y.cast("int64") if start.y.type().is_boolean() else start.y
    x = ibis.literal(start.x, type="int64") if isinstance(start.x, int) else start.x
    found = {"y": counted(y), "x": counted(x)}
    if asked.measure.linear:
        found["y_slope"] = counted(following.y - start.y)
    return found


def _states(view: View, facts: Mapping[str, Fact], first: int, last: int) -> Any:
    """The facts of each customer from each moment at which one of them changes until the next."""
    changes = _changes(view, facts, first, last)
    keys = {name: changes[name].sum() if fact.additive else _edge(changes, name, fact) for name, fact in facts.items()}
    merged = changes.group_by("customer_id", "m").agg(**keys) if keys else changes
    order = ibis.window(group_by="customer_id", order_by=merged.m, preceding=None, following=0)
    state = {name: _carried(merged, name, fact, order) for name, fact in facts.items()}
    running = merged.select("customer_id", "m", **state)
    expired = {
        name: ibis.ifelse(running[name] >= running.m - fact.window, running[name], ibis.null("int64"))
        for name, fact in facts.items()
        if fact.kind == "last" and fact.window is not None
    }
    running = running.mutate(**expired) if expired else running
    return running.inner_join(view.customers(), "customer_id")


def _edge(table: Any, name: str, fact: Fact) -> Any:
    return table[name].max() if fact.kind == "last" else table[name].min()


def _carried(merged: Any, name: str, fact: Fact, order: Any) -> Any:
    column = merged[name]
    if fact.additive:
        return column.sum().over(order)
    return column.max().over(order) if fact.kind == "last" else column.min().over(order)


def _changes(view: View, facts: Mapping[str, Fact], first: int, last: int) -> Any:
    """Every change of a fact: at the moment after a row was learned, and at the one after it left the window."""
    parts = [_births(view, facts, first, last)]
    for relation in sorted({fact.relation for fact in facts.values()}):
        own = {name: fact for name, fact in facts.items() if fact.relation == relation}
        table, totals = _rows(view, own, first, last)
        daily = table.group_by("customer_id", "d", "known").agg(**totals)
        parts.append(_entering(daily, facts, own, first))
        for window in sorted({fact.window for fact in own.values() if fact.window is not None}):
            parts.append(_leaving(daily, facts, own, window, first, last))
    table = parts[0]
    for part in parts[1:]:
        table = table.union(part)
    return table


def _births(view: View, facts: Mapping[str, Fact], first: int, last: int) -> Any:
    # Every customer is a state of its own from its first moment on, rows or none.
    people = view.customers()
    people = people.filter(people.first_day <= last)
    m = ibis.greatest(people.first_day + 1, first + 1)
    return people.select("customer_id", m=m, **{name: _nothing(fact) for name, fact in facts.items()})


def _nothing(fact: Fact) -> Any:
    if fact.kind == "total":
        return ibis.literal(0).cast("decimal(38, 4)")
    return ibis.literal(0, type="int64") if fact.additive else ibis.null("int64")


def _entering(daily: Any, facts: Mapping[str, Fact], own: Mapping[str, Fact], first: int) -> Any:
    m = ibis.greatest(daily.known + 1, first + 1)
    columns = {name: _amount(daily, name, fact) if name in own else _nothing(fact) for name, fact in facts.items()}
    return daily.select("customer_id", m=m, **columns)


def _amount(daily: Any, name: str, fact: Fact) -> Any:
    column = daily[name]
    if fact.kind == "total":
        return column.fill_null(ibis.literal(0).cast(column.type())).cast("decimal(38, 4)")
    if fact.kind == "count":
        return column.fill_null(0)
    present = column.fill_null(0) > 0
    return present.cast("int64") if fact.kind == "days" else ibis.ifelse(present, daily.d, ibis.null("int64"))


def _leaving(daily: Any, facts: Mapping[str, Fact], own: Mapping[str, Fact], window: int, first: int, last: int) -> Any:
    # A row is inside its window at the moments d+1 ... d+window; learned after that, it never counts.
    gone = daily.filter(daily.d + window < last + 1)
    m = ibis.greatest(gone.d + window + 1, gone.known + 1, first + 1)
    columns = {
        name: -_amount(gone, name, fact) if name in own and fact.window == window and fact.additive else _nothing(fact)
        for name, fact in facts.items()
    }
    return gone.select("customer_id", m=m, **columns)


# -- expanded -----------------------------------------------------------------------------------------------------


def _expanded(view: View, asked: Asked, first: int, last: int) -> Any:
    days = _days(view, first, last)
    start = {number: view.calendar.starts(day_from(number)).replace(tzinfo=None) for number in range(first + 1, last + 2)}
    moments = _moments(days, start)
    people = view.customers()
    pairs = people.inner_join(moments, [people.first_day < moments.m])
    width = last - first + 2
    points = pairs.select(
        point=pairs.customer_id * width + (pairs.m - first), customer_id=pairs.customer_id, moment=pairs.moment, m=pairs.m
    )
    found = personal.evaluate(view, points, [replace(asked, name="v")], whole=True)
    m = (found.point % width) + first
    known = found.v_why.isnull()
    totals = found.group_by(m=m).agg(
        y=found.v_y.sum(where=known), x=found.v_x.sum(where=known), customers=found.count()
    )
    return totals.select(day=_named_day(totals.m), y=totals.y, x=totals.x, customers=totals.customers).order_by("day")


def _moments(days: Any, start: Mapping[int, Any]) -> Any:
    cases = [(days.m == number, ibis.literal(moment, type="timestamp(6)")) for number, moment in start.items()]
    return days.select("m", moment=ibis.cases(*cases, else_=ibis.null("timestamp(6)")))
