"""A trend on change points: a customer's state changes when a row enters its window and when it leaves.

Between two changes y and x of a customer are constant, or grow by a constant per day (`linear`), so the population's
sums need one row per change and no row per customer and day.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import Any

import ibis

from cherish.points.at import relations
from cherish.points.fact import Fact
from cherish.points.measure import Asked, Columns, Moment, Value
from cherish.points.moments import days, named_day, once_a_day, or_zero, population, rows, running, zero
from cherish.spec.view import View

BORN = Fact("activity", "count")
"""That the customer is there at all, carried along like a fact where the value depends on who it is."""


def steps(view: View, asked: Asked, facts: Mapping[str, Fact], first: int, last: int) -> Any:
    """The measure at the end of each day, from each customer's changes (columns as `trend.evaluate`)."""
    personal = _personal(view, asked, facts)
    states = _states(view, facts, first, last, personal)
    after = _amounts(asked, Columns({name: states[name] for name in facts}, states))
    before = _amounts(asked, Columns({name: states[f"{name}_before"] for name in facts}, states))
    alive = states["born_before"] > 0 if personal else ibis.literal(True)
    steps = states.select(
        "m", **{name: after[name] - ibis.ifelse(alive, before[name], zero(before[name])) for name in after}
    )
    changes = steps.group_by("m").agg(**{name: steps[name].sum() for name in after})
    moments = days(view, first, last)
    totals = running(moments, changes, list(after))
    people = running(moments, population(view, first), ["born"])
    both = totals.inner_join(people, "m")
    idle = {} if personal else _amounts(asked, Columns({name: _nothing(fact) for name, fact in facts.items()}, None))
    sums = {name: both[name] + both.born * idle[name] if idle else both[name] for name in after}
    y = sums["y"] + sums["y_slope"] * both.m if "y_slope" in sums else sums["y"]
    return both.select(day=named_day(both.m), y=y, x=sums["x"], customers=both.born).order_by("day")


def _personal(view: View, asked: Asked, facts: Mapping[str, Fact]) -> bool:
    """Whether the value of a customer without any row depends on who it is; otherwise those need no rows at all."""
    columns = Columns({name: _nothing(fact) for name, fact in facts.items()}, view.customers())
    asked.measure.value(columns, Moment(ibis.literal(0, type="int64")), asked.fit)
    return columns.personal


def _amounts(asked: Asked, columns: Columns) -> dict[str, Any]:
    """What each customer's state adds to the population's sums, as numbers that are constant until the next change."""

    def at(day: int) -> Value:
        return asked.measure.value(columns, Moment(ibis.literal(day, type="int64")), asked.fit)

    start, following = at(0), at(1)
    unknown = reduce(or_, start.nulls.values()) if start.nulls else None

    def counted(amount: Any) -> Any:
        filled = or_zero(amount)
        return filled if unknown is None else ibis.ifelse(unknown.fill_null(False), zero(amount), filled)

    found = {"y": counted(start.y), "x": counted(start.weight)}
    if asked.measure.linear:
        found["y_slope"] = counted(following.y - start.y)
    return found


def _states(view: View, facts: Mapping[str, Fact], first: int, last: int, personal: bool) -> Any:
    """The facts of each customer from each moment at which one of them changes, and just before it (`_before`)."""
    changes = _changes(view, facts, first, last, personal)
    kept = {**facts, "born": BORN} if personal else dict(facts)
    merged = changes
    if personal or not all(fact.additive for fact in facts.values()):
        merged = changes.group_by("customer_id", "m").agg(
            **{name: changes[name].sum() if fact.additive else changes[name].max() for name, fact in kept.items()}
        )
    # Otherwise several changes at one moment stay rows of their own: from one to the next the differences telescope.
    order = ibis.window(group_by="customer_id", order_by=merged.m, preceding=None, following=0)
    earlier = ibis.window(group_by="customer_id", order_by=merged.m, preceding=(None, 1))
    columns: dict[str, Any] = {}
    for name, fact in kept.items():
        change = merged[name]
        if fact.additive:
            columns[name] = change.sum().over(order)
            columns[f"{name}_step"] = change
        else:
            columns[name] = change.max().over(order)
            columns[f"{name}_before"] = change.max().over(earlier)
    states = merged.select("customer_id", "m", **columns)
    states = states.mutate(
        **{f"{name}_before": states[name] - states[f"{name}_step"] for name, fact in kept.items() if fact.additive}
    )
    states = states.mutate(**_expired(states, facts))
    return states.inner_join(view.customers(), "customer_id") if personal else states


def _expired(states: Any, facts: Mapping[str, Fact]) -> dict[str, Any]:
    # A last day that has left its window is none; just before a moment means at the moment before it.
    found: dict[str, Any] = {}
    for name, fact in facts.items():
        if fact.kind == "last" and fact.window is not None:
            none = ibis.null("int64")
            found[name] = ibis.ifelse(states[name] >= states.m - fact.window, states[name], none)
            before = states[f"{name}_before"]
            found[f"{name}_before"] = ibis.ifelse(before >= states.m - 1 - fact.window, before, none)
    return found


def _changes(view: View, facts: Mapping[str, Fact], first: int, last: int, personal: bool) -> Any:
    """Every change of a fact: at the moment after a row was learned, and at the one after it left the window."""
    parts = [_births(view, facts, first, last)] if personal else []
    born = {"born": ibis.literal(0, type="int64")} if personal else {}
    for relation in relations(facts.values()):
        own = {name: fact for name, fact in facts.items() if fact.relation == relation}
        table, totals = rows(view, own, first, last)
        daily = once_a_day(table, own, totals)
        parts.append(_entering(daily, facts, own, first).mutate(**born))
        windows = sorted({fact.window for fact in own.values() if fact.window is not None})
        parts += [_leaving(daily, facts, own, window, first, last).mutate(**born) for window in windows]
    table = parts[0]
    for part in parts[1:]:
        table = table.union(part)
    return table


def _births(view: View, facts: Mapping[str, Fact], first: int, last: int) -> Any:
    people = view.customers()
    people = people.filter(people.first_day <= last)
    m = ibis.greatest(people.first_day + 1, first + 1)
    one = ibis.literal(1, type="int64")
    return people.select("customer_id", m=m, **{name: _nothing(fact) for name, fact in facts.items()}, born=one)


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
        return or_zero(column).cast("decimal(38, 4)")
    if fact.kind == "count":
        return or_zero(column)
    present = or_zero(column) > 0
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
