"""How often did the customer buy?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from cherish.points.fact import Fact, count, days
from cherish.points.measure import Fit, Measure, Moment, Value
from cherish.spec.definition import WINDOW, Card, Source, parameter
from cherish.spec.view import View


class Frequency(Measure):
    """Number of completed orders in the window; cancelled orders don't count, refunded ones do.

    `count=days` counts the days with an order instead: lines of one shopping trip that arrive as several orders are
    one decision to buy. `count=repeat` leaves out the first day, as the buy-till-you-die models do.
    """

    card: ClassVar[Card] = Card(
        family="G",
        formula="orders: |orders|; days: |distinct local days with an order|; repeat: max(0, days - 1)",
        unit="orders",
        range=(0, None),
        direction="higher",
        source=Source("Hughes", 1994, "Strategic Database Marketing"),
        needs=("customer", "time", "orders"),
        example='log.measure("frequency", window="365d")',
    )

    count: str = parameter("orders", "what is counted", choices=("orders", "days", "repeat"))
    window: int | None = parameter(730, "how many days back from the moment", WINDOW)

    @property
    def additive(self) -> bool:
        # A cancellation can empty a day again: only counted orders add up.
        return self.count == "orders"

    def facts(self, view: View) -> Mapping[str, Fact]:
        kind = count if self.count == "orders" else days
        return {"orders": kind("orders", window=self.window)}

    def value(self, facts: Any, moment: Moment, fit: Fit | None = None) -> Value:
        if self.count == "repeat":
            return Value(y=(facts.orders > 1).ifelse(facts.orders - 1, 0))
        return Value(y=facts.orders)

    def convention(self, view: View) -> str:
        return f"frequency/{self.count}/cancelled_out"
