"""From the k-th active day to the next: how long each gap lasted, or has lasted so far, counted in the engine."""

from __future__ import annotations

from typing import Any

import ibis

from cherish.reports._days import active_rows, until
from cherish.spec.calendar import day_from, number
from cherish.spec.view import View


def whole_days(view: View, active: str) -> Any:
    """customer_id and `d` (day number): each customer's active days, once each, up to the last whole day."""
    rows = active_rows(until(view, day_from(view.day)), view.active(active))
    return rows.select("customer_id", d=number(rows.day).cast("int64")).distinct()


def spells(days: Any, today: int, steps: int, *, by_age: bool) -> Any:
    """k, `gap`, `closed` and `n`: how many customers had this gap after their k-th day; if open, the silence so far.

    With `by_age` also `age`, the days from the first active day to the k-th: all that an own threshold rests on.
    """
    order = ibis.window(group_by="customer_id", order_by="d")
    placed = days.mutate(
        k=ibis.row_number().over(order) + 1,
        following=days.d.lead(1).over(order),
        first=days.d.min().over(ibis.window(group_by="customer_id")),
    )
    placed = placed.filter(placed.k <= steps)
    keys = placed.select(
        k=placed.k.cast("int64"),
        gap=placed.following.fill_null(today) - placed.d,
        closed=placed.following.notnull(),
        **({"age": placed.d - placed.first} if by_age else {}),
    )
    return keys.group_by(*keys.columns).agg(n=keys.count()).order_by(*keys.columns)
