"""Money by the order that it belongs to, and whether that was the customer's first order day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis

from cherish.spec.calendar import number
from cherish.spec.view import View


@dataclass(frozen=True)
class OrderDays:
    """What each event about an order changed, at the time it was learned; windows look at the order's own day."""

    def rows(self, view: View) -> Any:
        """customer_id, ts (when learned), event_id, begin (when ordered), value, currency, order_day, first.

        `first`: the money is of an order of the day on which the customer first ordered, as known at the row's time.
        """
        moved = view.movements()
        moved = moved.mutate(order_day=number(moved.day).cast("int64"), event_id=moved.order_id)
        placed = ibis.ifelse(moved.n > 0, moved.order_day, ibis.null("int64"))
        # Of one instant what was placed comes first, so that it is known to what the same instant takes back.
        order = (moved.moved_at, ibis.desc(moved.n), moved.order_day, moved.order_id)
        known = ibis.cumulative_window(group_by=moved.customer_id, order_by=order)
        rows = moved.mutate(first_day=placed.min().over(known))
        return rows.select(
            "customer_id", "event_id", "value", "currency", "order_day", ts=rows.moved_at, begin=rows.ts,
            first=(rows.order_day == rows.first_day).fill_null(False),
        )  # fmt: skip
