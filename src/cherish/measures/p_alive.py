"""How likely is it that the customer is still one? (Not a score to rank by.)"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from cherish.measures._purchases import OfPurchases
from cherish.points.measure import Fit, Moment, Value
from cherish.spec.definition import Card, Source
from cherish.spec.view import View

WARNING = (
    "P(alive) can rank customers backwards: BG/NBD gives 1 to everybody who never came back. On the CDNOW customers "
    "its area under the curve for buying again is .320, worse than a coin, and that of the better-behaved models "
    "(.722, .700) still loses to plain recency (.759). Rank by expected_purchases."
)


class PAlive(OfPurchases):
    """The model's probability that the customer has not dropped out, given how often and when they bought.

    It answers whether a silence is unusual for this customer under the model, and nothing else. Don't rank by it: under
    BG/NBD whoever never came back is alive for certain, and on published data the order of customers comes out
    backwards. `expected_purchases` of the same model ranks well.
    """

    card: ClassVar[Card] = Card(
        family="J",
        formula="P(alive | x, t_x, T) under the fitted model",
        unit="share",
        range=(0, 1),
        source=Source("Schmittlein, Morrison & Colombo", 1987, "Counting Your Customers; Fader, Hardie & Lee 2005"),
        nulls={"no_orders": "no order before the moment, so the model knows nothing of the customer"},
        needs=("customer", "time", "orders"),
        example='log.measure("p_alive", parameters_given=".243|4.414|.793|2.426", model="bg_nbd")',
    )
    columns: ClassVar[tuple[str, ...]] = ("alive",)

    def computed(self, keys: Any, fit: Fit | None) -> Mapping[str, Any]:
        return {"alive": self.fitted_model(fit).alive(*self.past(keys))}

    def value(self, facts: Any, moment: Moment, fit: Fit | None = None) -> Value:
        return Value(y=facts.alive, nulls={"no_orders": facts.first.isnull()})

    def notes(self, view: View) -> tuple[str, ...]:
        return (WARNING,)

    def convention(self, view: View) -> str:
        return f"p_alive/{self.model}/order_days/weeks/never_rank_by_it"
