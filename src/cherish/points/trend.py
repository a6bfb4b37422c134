"""Many moments: a measure of the whole population at the end of each of many days, without a row per customer and day.

Four plans, chosen by what the measure promises:
additive   daily totals and running windows over them (a sum of customers is the customer of the sums)
dense      each customer's days as bits, counted at every moment: for a value that hangs on one number of days
stepwise   change points per customer: a state changes when a row enters its window and when it leaves; between two
           changes y and x are constant, or grow by a constant per day (`linear`)
expanded   a personal moment per customer and day, for everything else
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import ibis

from cherish.errors import QuestionError
from cherish.points import dense, personal
from cherish.points.additive import additive
from cherish.points.at import own_facts, probed
from cherish.points.fact import Fact
from cherish.points.measure import Asked
from cherish.points.moments import days, named_day, or_zero
from cherish.points.rows import one_currency
from cherish.points.stepwise import steps
from cherish.spec.calendar import day_from
from cherish.spec.view import View


def evaluate(view: View, asked: Asked, first: int, last: int) -> Any:
    """The measure at the end of each local day from `first` to `last` (day numbers, inclusive).

    Columns: day (DATE), y and x (sums over the customers that have a value), customers (population at that moment).
    """
    if last < first:
        raise QuestionError("the trend's first day lies after its last")
    facts = own_facts(view, asked)
    one_currency(view, facts.values())
    if asked.measure.columns or not all(fact.daily for fact in facts.values()):
        return _expanded(view, asked, first, last)
    if asked.measure.additive and len({fact.relation for fact in facts.values()}) == 1:
        return additive(view, asked, facts, first, last)
    if dense.fits(view, asked, facts, first, last):
        return dense.counted(view, asked, facts, first, last)
    if _is_stepwise(view, asked, facts):
        return steps(view, asked, facts, first, last)
    return _expanded(view, asked, first, last)


def _is_stepwise(view: View, asked: Asked, facts: Mapping[str, Fact]) -> bool:
    slides = any(fact.kind == "first" for fact in facts.values())
    taken_back = any(fact.kind in ("first", "last", "days") and fact.relation == "orders" for fact in facts.values())
    if slides or (taken_back and view.facts.rows.get("orders_changed", 1) > 0):
        return False
    return asked.measure.linear or not probed(view, asked).moment.used


def _expanded(view: View, asked: Asked, first: int, last: int) -> Any:
    start = {
        number: view.calendar.starts(day_from(number)).replace(tzinfo=None) for number in range(first + 1, last + 2)
    }
    moments = _moments(days(view, first, last), start)
    people = view.customers()
    pairs = people.inner_join(moments, [people.first_day < moments.m])
    width = last - first + 2
    points = pairs.select(
        point=pairs.customer_id * width + (pairs.m - first),
        customer_id=pairs.customer_id,
        moment=pairs.moment,
        m=pairs.m,
    )
    found = personal.evaluate(view, points, [replace(asked, name="v")], whole=True)
    m = (found.point % width) + first
    known = found.v_why.isnull()
    sums = {"y": found.v_y.sum(where=known), "x": found.v_x.sum(where=known), "customers": found.count()}
    totals = days(view, first, last).left_join(found.group_by(m=m).agg(**sums), "m")
    return totals.select(day=named_day(totals.m), **{name: or_zero(totals[name]) for name in sums}).order_by("day")


def _moments(days: Any, start: Mapping[int, Any]) -> Any:
    cases = [(days.m == number, ibis.literal(moment, type="timestamp(6)")) for number, moment in start.items()]
    return days.select("m", moment=ibis.cases(*cases, else_=ibis.null("timestamp(6)")))
