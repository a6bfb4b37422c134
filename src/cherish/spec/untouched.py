"""Orders of a log in which each was placed by one event and never touched again: its events are its orders.

What `derive` makes of such a log is the same, but it would first have to look for updates, refunds and cancellations:
by order id, of which there can be as many as events.
"""

from __future__ import annotations

from typing import Any

import ibis

from cherish.spec.names import ORDER_COMPLETED, ORDER_EVENTS
from cherish.spec.relations import MONEY, Facts


def untouched(facts: Facts) -> bool:
    """Whether the log is known to be of this kind: there are as many orders as completions, and no other order events.

    A completion without an order id, or a second one of the same order, makes the completions more than the orders.
    """
    others = any(name in facts.names for name in ORDER_EVENTS if name != ORDER_COMPLETED)
    return not others and facts.names.get(ORDER_COMPLETED) == facts.rows.get("orders")


def orders(events: Any) -> Any:
    """The columns of `derive.orders`, from events with their local `day`."""
    placed = events.filter(events.name == ORDER_COMPLETED)
    money = placed.value.fill_null(ibis.literal(0).cast(MONEY)).cast(MONEY)
    return placed.select(
        order_id=placed.order_id,
        customer_id=placed.customer_id,
        ts=placed.ts,
        changed_at=placed.ts,
        day=placed.day,
        value=money,
        gross=money,
        refunded=ibis.literal(0).cast(MONEY),
        currency=placed.currency,
        completed=ibis.literal(True),
    )


def movements(events: Any) -> Any:
    """The columns of `derive.order_movements`, from events with their local `day`."""
    placed = orders(events)
    return placed.select(
        "order_id", "customer_id", "currency", "ts", "value", "day",
        moved_at=placed.ts, n=ibis.literal(1, type="int64"),
    )  # fmt: skip
