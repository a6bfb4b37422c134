"""Growth of revenue: what came from whom, compared with the same customer's money in the period before."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from cherish.points.fact import total
from cherish.points.rows import converted, one_currency
from cherish.reports._groups import Groups, codes
from cherish.reports._rows import labels
from cherish.reports._spans import Periods
from cherish.spec.view import View

SUMS = ("end", "new", "resurrected", "expansion", "contraction", "kept")
ZERO = Decimal(0)


def rows(view: View, by: tuple[str, ...], end: date, currency: str | None, gross: bool) -> Any:
    """The orders before a day: customer_id, `day`, `money`, by_N, in one currency.

    Raises:
        Unanswerable: the money is in several currencies and no rates are known.
    """
    one_currency(view, [total("orders", currency=currency)])
    orders = view.orders(by=by)
    keep = [orders.day < ibis.literal(end, type="date")]
    orders = orders.filter(*keep, *([] if currency is None else [orders.currency == currency]))
    priced = orders.mutate(value=orders.gross) if gross else orders
    priced = converted(priced, view.facts) if currency is None else priced
    return priced.select("customer_id", "day", *labels(by), money=priced.value)


def expression(view: View, table: Any, groups: Groups, periods: Periods, born: Any | None) -> Any:
    """Per group and period `p` the sums of money, of customers whose money in it isn't nothing.

    `kept` is what those who stayed had paid in the period before; `table` has customer_id, `day`, money, by_N.
    """
    keys = ("customer_id", *groups.labels)
    each = table.group_by(*keys, p=periods.index(table.day)).agg(money=table.money.sum())
    each = each.filter(each.money != 0)
    order = ibis.window(group_by=keys, order_by=each.p)
    each = each.mutate(q=each.p.lag(1).over(order), was=each.money.lag(1).over(order))
    stayed = (each.q == each.p - 1).fill_null(False)
    each = each.mutate(stayed=stayed, new=each.q.isnull(), change=each.money - each.was)
    if born is not None:
        each = each.inner_join(born, "customer_id")
        each = each.mutate(new=(each.born == each.p) & ~each.stayed)
    sums = {
        "end": each.money.sum(),
        "new": each.money.sum(where=each.new),
        "resurrected": each.money.sum(where=~each.new & ~each.stayed),
        "expansion": each.change.sum(where=each.stayed & (each.change > 0)),
        "contraction": -each.change.sum(where=each.stayed & (each.change < 0)),
        "kept": each.was.sum(where=each.stayed),
    }
    found = each.group_by(*groups.labels, "p").agg(customers=each.count(), **sums)
    nothing = {name: found[name].fill_null(ibis.literal(0).cast(found[name].type())) for name in SUMS}
    return found.mutate(**nothing)


def amounts(found: pa.Table, groups: Groups, count: int) -> tuple[list[tuple[str, ...]], int, dict[str, Any]]:
    """The groups, the first period with money, and per group (rows) and period (columns) each exact sum."""
    keys, group = codes(found, groups.labels)
    p = found["p"].to_numpy().astype(np.int64)
    first = int(p.min()) if len(p) else count
    sums = {name: np.full((len(keys), count - first), ZERO, dtype=object) for name in SUMS}
    for name, table in sums.items():
        table[group, p - first] = found[name].to_pylist()
    customers = np.zeros((len(keys), count - first), dtype=np.int64)
    customers[group, p - first] = found["customers"].to_numpy()
    start = np.full_like(sums["end"], ZERO)
    start[:, 1:] = sums["end"][:, :-1]
    figures = {"customers": customers, "start": start}
    figures.update({name: sums[name] for name in SUMS[1:5]})
    return keys, first, {**figures, "churned": start - sums["kept"], "end": sums["end"]}


def ratios(figures: dict[str, Any]) -> dict[str, tuple[Any, Any, str]]:
    """Per ratio: numerator, denominator, and why it is missing where the denominator is 0."""
    start, lost = figures["start"], figures["contraction"] + figures["churned"]
    gained = figures["new"] + figures["resurrected"] + figures["expansion"]
    return {
        "nrr": (start + figures["expansion"] - lost, start, "no_start"),
        "grr": (start - lost, start, "no_start"),
        "quick_ratio": (gained, lost, "no_loss"),
    }
