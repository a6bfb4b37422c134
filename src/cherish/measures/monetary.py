"""How much did the customer spend?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from cherish.points.fact import Fact, count, total
from cherish.points.measure import Fit, Measure, Moment, Value
from cherish.spec.definition import WINDOW, Card, Source, parameter
from cherish.spec.view import View


class Monetary(Measure):
    """Money the customer spent in the window, net of refunds; per order with `per=order`.

    A refund lowers the order it belongs to, at the order's own date; one whose order is not in the log stands at its
    own date. Several currencies are never summed: ask for one, or give rates.
    """

    card: ClassVar[Card] = Card(
        family="G",
        formula="customer: sum of net order values; order: sum of net order values / number of orders",
        unit="money",
        direction="higher",
        source=Source("Hughes", 1994, "Strategic Database Marketing"),
        nulls={"no_orders": "no order in the window, so there is no average"},
        needs=("customer", "time", "orders"),
        example='log.measure("monetary", per="order")',
    )

    currency: str | None = parameter(None, "keep only money in this currency")
    per: str = parameter("customer", "the total of each customer, or the average order", choices=("customer", "order"))
    window: int | None = parameter(730, "how many days back from the moment", WINDOW)

    @property
    def additive(self) -> bool:
        return self.per == "customer"

    def facts(self, view: View) -> Mapping[str, Fact]:
        spent = {"spent": total("orders", window=self.window, currency=self.currency)}
        if self.per == "order":
            spent["orders"] = count("orders", window=self.window, currency=self.currency)
        return spent

    def value(self, facts: Any, moment: Moment, fit: Fit | None = None) -> Value:
        if self.per == "customer":
            return Value(y=facts.spent)
        return Value(y=facts.spent, x=facts.orders, nulls={"no_orders": facts.orders == 0})

    def convention(self, view: View) -> str:
        currency = self.currency or view.facts.currency or "/".join(sorted(view.facts.currencies)) or "no currency"
        return f"monetary/net_of_refunds/{currency}"
