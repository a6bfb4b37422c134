"""The orders of whole periods, each with its period, its money in one currency and its place among its customer's."""

from __future__ import annotations

from typing import Any

import ibis

from cherish.points.fact import total
from cherish.points.rows import converted, one_currency
from cherish.reports._rows import labels
from cherish.reports._spans import Periods
from cherish.spec.view import View


def placed(view: View, by: tuple[str, ...], periods: Periods, currency: str | None) -> Any:
    """customer_id, p (period), n (1 for an order, else 0), net, gross, refunded, place, born (first order's p), by_N.

    `place` counts the customer's orders up to this one; `born` is null for customers who never completed one.

    Raises:
        Unanswerable: the money is in several currencies and no rates are known.
    """
    one_currency(view, [total("orders", currency=currency)])
    orders = view.orders(by=by)
    keep = [orders.day < ibis.literal(periods.end, type="date")]
    orders = orders.filter(*keep, *([] if currency is None else [orders.currency == currency]))
    priced = orders.mutate(net=orders.value)
    for name in ("net", "gross", "refunded") if currency is None else ():
        # Rates turn the column `value` into the workspace's currency: each kind of money takes its turn there.
        priced = converted(priced.mutate(value=priced[name]), view.facts)
        priced = priced.mutate(**{name: priced.value})
    rows = priced.select(
        "customer_id", "order_id", "ts", "net", "gross", "refunded", *labels(by),
        p=periods.index(priced.day), n=priced.completed.cast("int64"),
    )  # fmt: skip
    own = ibis.window(group_by="customer_id")
    so_far = ibis.window(group_by="customer_id", order_by=["ts", "order_id"], preceding=None, following=0)
    first = ibis.ifelse(rows.n == 1, rows.p, ibis.null("int64"))
    return rows.mutate(place=rows.n.sum().over(so_far), born=first.min().over(own))
