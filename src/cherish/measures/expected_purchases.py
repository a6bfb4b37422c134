"""How often will the customer still buy?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from cherish.measures import _leaving
from cherish.measures._purchases import WEEK, OfPurchases
from cherish.points.measure import Fit, Moment, Value
from cherish.spec.definition import WINDOW, Card, Source, parameter
from cherish.spec.view import View


class ExpectedPurchases(OfPurchases):
    """Order days to be expected of the customer within the horizon, by a buy-till-you-die model.

    The number to rank customers by, where one must be taken from such a model: on published data it ranks later buyers
    as well as the sum of RFM scores, and far better than P(alive). Of two customers last seen on the same day the one
    who bought more often can be expected to buy less, because such a silence is less like them.
    """

    card: ClassVar[Card] = Card(
        family="J",
        formula="E[Y(horizon) | x, t_x, T] under the fitted model",
        unit="order days",
        range=(0, None),
        direction="higher",
        source=Source("Schmittlein, Morrison & Colombo", 1987, "Counting Your Customers; Fader, Hardie & Lee 2005"),
        nulls={"no_orders": "no order before the moment, so the model knows nothing of the customer"},
        needs=("customer", "time", "orders"),
        example='log.measure("expected_purchases", parameters_given=".553|10.578|.606|11.669", horizon="90d")',
    )
    columns: ClassVar[tuple[str, ...]] = ("ahead",)

    horizon: int = parameter(273, "how many days ahead", WINDOW, least=1)

    def computed(self, keys: Any, fit: Fit | None) -> Mapping[str, Any]:
        return {"ahead": self.fitted_model(fit).ahead(self.horizon / WEEK, *self.past(keys))}

    def _fitted(self, facts: Any, moment: Moment, run: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
        values, notes = super()._fitted(facts, moment, run)
        return values, (*_leaving.note(self.model, values["model"], ever=False), *notes)

    def value(self, facts: Any, moment: Moment, fit: Fit | None = None) -> Value:
        return Value(y=facts.ahead, nulls={"no_orders": facts.first.isnull()})

    def convention(self, view: View) -> str:
        return f"expected_purchases/{self.model}/{self.horizon}d/order_days/weeks"
