"""Personal moments: every point has a customer and a moment of its own; one join over the widest window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ibis

from cherish.points import bits
from cherish.points.aggregate import InWindow, grouped, narrowed, shared_names, widest
from cherish.points.at import attach, distinct_facts, relations, values
from cherish.points.fact import Fact, Relation
from cherish.points.measure import Asked
from cherish.points.rows import as_learned, begin, one_currency, single
from cherish.spec.calendar import number
from cherish.spec.view import View


def evaluate(view: View, points: Any, asked: Sequence[Asked], *, whole: bool = False, span: int | None = None) -> Any:
    """One row per point, with the columns of each measure as of the point's own moment.

    `points` is a relation with columns `point` (int64, unique), `customer_id` and `moment` (naive UTC, none after the
    view's `as_of`). Nothing at or after a point's moment reaches it, refunds included. `whole`: every moment is the
    start of a local day, so that maintained days serve. `span`: windows of so many days begin at the point's own
    `since` (naive UTC, a further column) to the microsecond, wherever clocks change in between.
    """
    distinct = distinct_facts(view, asked)
    one_currency(view, distinct.facts.values())
    local = view.calendar.local(points.moment)
    own = () if span is None else ("since",)
    placed = points.select(
        "point", "customer_id", "moment", *own, moment_at=local, moment_day=number(local.date()).cast("int64")
    )
    gathered = placed.inner_join(view.customers(), "customer_id")
    inside = _whole if whole else _exact(span)
    for relation in relations(distinct.facts.values()):
        facts = {name: fact for name, fact in distinct.facts.items() if fact.relation == relation}
        gathered = attach(gathered, _around(view, placed, relation, facts, whole, inside), "point", facts)
    return values(view, gathered, ("point", "customer_id", "moment"), asked, distinct, gathered.moment_day)


def _whole(each: Any, window: int) -> Any:
    return each.d >= each.moment_day - window


def _exact(span: int | None) -> InWindow:
    def inside(each: Any, window: int) -> Any:
        if window == span:
            return begin(each) >= each.since
        return each["at"] >= each.moment_at - ibis.interval(days=window)

    return inside


def _around(
    view: View, points: Any, relation: Relation, facts: Mapping[str, Fact], whole: bool, inside: InWindow
) -> Any:
    table = as_learned(view, relation, exact=not whole).rename(row_customer="customer_id")
    names, longest = shared_names(facts), widest(facts)
    if names is not None:
        table = table.filter(table.name.isin(names))
    on = [points.customer_id == table.row_customer]
    on.append(table.known < points.moment_day if whole else table.known_ts < points.moment)
    if longest is not None:
        # A day wider than the window inside a day: the exact condition only ever narrows.
        on.append(table.d >= points.moment_day - (longest + (0 if whole else 1)))
    joined = points.inner_join(table, on)
    plain = all(fact.kind in ("count", "total") for fact in facts.values())
    activity_without_days = relation == "activity" and all(fact.kind != "days" for fact in facts.values())
    several = not (plain or activity_without_days) and isinstance(relation, str)
    as_bits = several and relation == "activity" and bits.can(view) and bits.fit(facts.values())
    rows = narrowed(joined, facts, inside)
    age = rows.moment_day - rows.d if as_bits else None
    per_day, one = several and not as_bits, single(view, relation, exact=not whole)
    return grouped(rows, ("point",), facts, inside, per_day=per_day, age=age, single=one)
