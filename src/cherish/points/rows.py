"""The rows that facts are counted on, in one shape for every relation."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import ibis

from cherish.errors import Unanswerable
from cherish.points.fact import Fact, Relation, Rows
from cherish.spec.calendar import day_from, day_number, number
from cherish.spec.relations import MONEY, Facts
from cherish.spec.untouched import untouched
from cherish.spec.view import View

_FIRST = day_number(date.min)
PAID = "value_paid"
"""The money of a row before it was converted, where it was."""


def at_moment(view: View, relation: Relation, *, exact: bool) -> Any:
    """The rows as known at the view's moment: customer_id, d (day number), n, value, currency, and name of events.

    `exact`: from raw events, with local time `at`, for windows that begin inside a day.
    """
    if relation == "orders":
        orders = view.orders()
        one = ibis.literal(1, type="int64")
        n = one if untouched(view.facts) else ibis.ifelse(orders.completed, 1, 0).cast("int64")
        return _shaped(view, orders.mutate(n=n), exact)
    if not isinstance(relation, str):
        return _placed(view, relation, exact)
    return _shaped(view, _single_events(view) if exact else view.activity(), exact)


def as_learned(view: View, relation: Relation, *, exact: bool) -> Any:
    """The rows with when each was learned: `known` (day number) and, if `exact`, `known_ts` (UTC) beside `at`.

    For moments before the view's own: a refund lowers its order only from the moment it happened.
    """
    if relation == "orders":
        moved = view.movements()
        table = moved.mutate(known=number(view.calendar.day(moved.moved_at)).cast("int64"), known_ts=moved.moved_at)
        return _shaped(view, table, exact)
    if not isinstance(relation, str):
        table = _placed(view, relation, exact)
        return table.mutate(known=number(view.calendar.day(table.ts)).cast("int64"), known_ts=table.ts)
    table = _single_events(view) if exact else view.activity()
    table = _shaped(view, table, exact)
    return table.mutate(known=table.d, **({"known_ts": table.ts} if exact else {}))


def _single_events(view: View) -> Any:
    return view.events().mutate(n=ibis.literal(1, type="int64"))


def _placed(view: View, relation: Rows, exact: bool) -> Any:
    table = relation.rows(view)
    day = view.calendar.day(begin(table))
    return _shaped(view, table.mutate(n=ibis.literal(1, type="int64"), day=day), exact)


def _shaped(view: View, table: Any, exact: bool) -> Any:
    columns: dict[str, Any] = {"d": number(table.day).cast("int64")}
    if exact:
        columns["at"] = view.calendar.local(begin(table))
    table = table.mutate(**columns)
    return converted(table, view.facts) if {"value", "currency"} <= set(table.columns) else table


def begin(table: Any) -> Any:
    """The time that windows look at."""
    return table.begin if "begin" in table.columns else table.ts


def single(view: View, relation: Relation, *, exact: bool) -> bool:
    """Whether every row of `at_moment` and of `as_learned` stands for one event that stays: n = 1."""
    if not isinstance(relation, str):
        return True
    return untouched(view.facts) if relation == "orders" else exact


def on_day(number: int) -> Any:
    """The DATE of a day number, to compare stored days with: the engine then skips what it needn't read.

    The longest windows reach back to before there were dates.
    """
    return ibis.literal(day_from(max(number, _FIRST)), type="date")


def one_currency(view: View, wanted: Iterable[Fact]) -> None:
    """Refuse to sum several currencies in silence; a filter that keeps one of them is enough.

    Raises:
        Unanswerable: a total would mix currencies and no rates are known, or one is asked for that no order is in.
    """
    several = mixed(view, wanted)
    if several is not None:
        raise Unanswerable(several)


def mixed(view: View, wanted: Iterable[Fact]) -> str | None:
    """Why these facts can't be summed: their money is in several currencies without rates; None where they can.

    Raises:
        Unanswerable: a currency is asked for that no order is in.
    """
    facts, wanted = view.facts, tuple(wanted)
    asked = {fact.currency for fact in wanted if fact.relation == "orders" and fact.currency is not None}
    strange = sorted(asked - set(facts.currencies))
    if strange and any(facts.currencies):
        there = ", ".join(sorted(filter(None, facts.currencies)))
        raise Unanswerable(f"currency={strange[0]}: no order is in that currency; the log has {there}")
    kept = any(each.field == "currency" and each.operator == "=" and len(each.values) == 1 for each in view.filters)
    mixing = not kept and any(
        fact.kind == "total" and fact.column in (None, "value") and fact.currency is None for fact in wanted
    )
    used = _used(facts)
    if not mixing or len(used) < 2 or set(used) <= set(_rates(facts)):
        return None
    counts = ", ".join(f"{name} ({facts.currencies[name]:,} orders)" for name in used)
    return (
        f"the money is in several currencies: {counts}. "
        f"Ask for one (currency={used[0]}) or give rates to convert by: cherish define rates"
    )


def unsummed(several: str | None) -> tuple[str, ...]:
    """What a report says that answers without the money which `mixed` finds to be in several currencies."""
    return () if several is None else (f"No sum of money is told: {several}.",)


def in_currency(table: Any, currency: str | None) -> Any:
    """Of rows of `at_moment` those in one currency, in it; all of them without one."""
    if currency is None:
        return table
    kept = table.filter(table.currency == currency)
    return kept.mutate(value=kept[PAID]) if PAID in kept.columns else kept


def converted(table: Any, facts: Facts) -> Any:
    """The rows with their money in the workspace's currency, where there are several and their rates are known.

    What was paid stays beside it in a column of its own: whoever asks for one currency wants it as it is.
    """
    used, rates = _used(facts), _rates(facts)
    if len(used) < 2 or not facts.rates:
        return table
    cases = [
        (table.currency == name, ibis.literal(str(rates[name])).cast("decimal(18, 8)"))
        for name in used
        if name in rates
    ]
    rate = ibis.cases(*cases, else_=ibis.null("decimal(18, 8)"))
    return table.mutate(value=(table.value * rate).round(4).cast(MONEY), **{PAID: table.value})


def _used(facts: Facts) -> list[str]:
    return sorted(name for name, count in facts.currencies.items() if count)


def _rates(facts: Facts) -> dict[str, float]:
    own = {facts.currency: 1.0} if facts.currency and facts.rates else {}
    return {**facts.rates, **own}
