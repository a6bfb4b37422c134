"""What a customer bought: money per currency, never summed over several, and the last orders."""

# ruff: noqa: S608  # statements are put together from our own texts and numbers
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from cherish.customers.rows import aware, rows

LAST = 10
"""So many orders are listed."""


@dataclass(frozen=True)
class Money:
    """All orders in one currency (None: none was named). `net` is `gross` and `refunded` together, which is negative.

    `orders` counts those completed and not cancelled, `first` and `last` are when they were placed.
    """

    currency: str | None
    orders: int
    gross: Decimal
    refunded: Decimal
    net: Decimal
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True)
class Order:
    """One order as it stands now. Not `completed`: cancelled, or a refund of an order that the log does not have."""

    order_id: str
    at: datetime | None
    changed_at: datetime | None
    gross: Decimal
    refunded: Decimal
    net: Decimal
    currency: str | None
    completed: bool


@dataclass(frozen=True)
class Orders:
    """The money of a customer per currency, the most orders first, and the last orders, the newest first."""

    money: tuple[Money, ...]
    last: tuple[Order, ...]


SUMS = """CAST(count(*) FILTER (completed) AS BIGINT) AS orders, coalesce(sum(gross), 0) AS gross,
    coalesce(sum(refunded), 0) AS refunded, coalesce(sum(value), 0) AS net,
    min(ts) FILTER (completed) AS first, max(ts) FILTER (completed) AS last"""


def orders_of(store: Any, number: int) -> Orders:
    """Orders and money of a customer."""
    sums = f"SELECT currency, {SUMS} FROM orders WHERE customer_id = {number} GROUP BY currency"
    last = (
        "SELECT order_id, ts AS at, changed_at, gross, refunded, value AS net, currency, completed FROM orders "
        f"WHERE customer_id = {number} ORDER BY ts DESC, order_id DESC LIMIT {LAST}"
    )
    return Orders(
        money=by_orders(money_of(each) for each in rows(store, sums)),
        last=tuple(
            Order(**{**each, "at": aware(each["at"]), "changed_at": aware(each["changed_at"])})
            for each in rows(store, last)
        ),
    )


def money_of(row: dict[str, Any]) -> Money:
    """A row of SUMS with its currency."""
    return Money(**{**row, "first": aware(row["first"]), "last": aware(row["last"])})


def by_orders(found: Any) -> tuple[Money, ...]:
    """The currency with the most orders first."""
    return tuple(sorted(found, key=lambda each: (-each.orders, each.currency or "")))
