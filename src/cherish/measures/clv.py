"""What will the customer still be worth?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import ibis

from cherish.errors import QuestionError
from cherish.measures import _leaving
from cherish.measures._purchases import WEEK, OfPurchases, numbers
from cherish.points.fact import Fact, least, total
from cherish.points.measure import Fit, Moment, Value
from cherish.points.relations.order_days import OrderDays
from cherish.proof.clv import gamma_gamma
from cherish.proof.clv.cells import Spends
from cherish.proof.clv.discount import RATE
from cherish.spec.definition import NAMES, REAL, WINDOW, Card, Source, parameter
from cherish.spec.view import View


class Clv(OfPurchases):
    """Customer lifetime value: margin times expected spend per order day times discounted order days still to come.

    Order days come from the buy-till-you-die model, spend from the gamma-gamma model of *repeat* days: what the first
    day brought is not in the mean, and little is learned from few days, so that their mean is drawn to everybody's.
    Refunds lower the order they belong to. Without a horizon purchases are discounted continuously for ever. What a
    customer cost to win, and what they bring through others, is not in it.
    """

    card: ClassVar[Card] = Card(
        family="J",
        formula="margin * E[M | m, x] * sum over weeks of d E[Y] exp(-delta week)",
        unit="money",
        range=(None, None),
        direction="higher",
        source=Source("Fader, Hardie & Lee", 2005, "RFM and CLV: Using Iso-Value Curves for Customer Base Analysis"),
        nulls={
            "no_orders": "no order before the moment, so the models know nothing of the customer",
            "no_mean": "the spend model has no mean for customers without repeat orders (q is 1 or less)",
        },
        needs=("customer", "time", "orders"),
        example='log.measure("clv", parameters_given=".553|10.578|.606|11.669", spend_given="6.25|3.74|15.44")',
    )
    columns: ClassVar[tuple[str, ...]] = ("worth",)

    currency: str | None = parameter(None, "keep only money in this currency")
    delta: float = parameter(RATE, "the continuous discount per week (.0027 is 15 % a year)", REAL)
    horizon: int | None = parameter(None, "how many days ahead; all: for ever", WINDOW)
    margin: float = parameter(1.0, "the share of money that is left of a sale", REAL)
    spend_given: tuple[str, ...] = parameter(
        (), "the spend model's parameters p|q|gamma, fitted elsewhere: 6.25|3.74|15.44 (fitted here)", NAMES
    )

    def check(self) -> None:
        super().check()
        if self.spend_given:
            numbers("spend_given", self.spend_given, 3)
        if not 0 < self.margin <= 1:
            raise QuestionError(f"margin={self.margin:g}: the share of money that is left, above 0 and at most 1")
        if not self.delta > 0:
            raise QuestionError(f"delta={self.delta:g}: the discount per week must be above 0, as .0027")

    def facts(self, view: View) -> Mapping[str, Fact]:
        spent = OrderDays()
        return {
            **super().facts(view),
            "spent": total(spent, "value", currency=self.currency),
            "spent_first": total(spent, "value", currency=self.currency, where="first"),
            "first_known": least(spent, "order_day", where="first"),
        }

    def computed(self, keys: Any, fit: Fit | None) -> Mapping[str, Any]:
        ahead = None if self.horizon is None else self.horizon / WEEK
        return {"worth": self.fitted_model(fit).worth(self.delta, *self.past(keys), horizon=ahead)}

    def value(self, facts: Any, moment: Moment, fit: Fit | None = None) -> Value:
        if fit is None:
            raise QuestionError("clv needs its models' parameters: fit it on a population first")
        p, q, gamma = (float(each) for each in fit.values["spend"])
        x, mean = self._repeats(facts)
        below = p * x + (q - 1.0)
        spend = p * (gamma + x * mean.fill_null(0.0)) / below.nullif(0.0)
        nulls = {"no_orders": facts.first.isnull(), "no_mean": below <= 0}
        parts = {"spend_per_day": spend, "discounted_days": facts.worth}
        return Value(y=self.margin * spend * facts.worth, nulls=nulls, parts=parts)

    def _repeats(self, facts: Any) -> tuple[Any, Any]:
        """How many repeat days a mean of spend rests on, and that mean; none where it isn't above zero.

        Where the first order was cancelled the money of the first day that stayed can't be told apart; then, too,
        nothing is learned of the customer's own spend.
        """
        x = (facts.days - 1).cast("float64")
        mean = (facts.spent.cast("float64") - facts.spent_first.cast("float64")) / x.nullif(0.0)
        told = (mean > 0) & (facts.first_known == facts.first)
        return ibis.ifelse(told.fill_null(False), x, 0.0), mean

    def _fitted(self, facts: Any, moment: Moment, run: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
        values, notes = super()._fitted(facts, moment, run)
        notes = (*_leaving.note(self.model, values["model"], ever=self.horizon is None), *notes)
        if self.spend_given:
            return {**values, "spend": list(numbers("spend_given", self.spend_given, 3))}, notes
        x, mean = self._repeats(facts)
        people = facts.population.select(x=x, mean=mean, back=facts.days > 1)
        counts = people.filter(people.back).group_by("x", "mean").agg(n=lambda rows: rows.count())
        table = run(counts.order_by("x", "mean"))
        learned = [table[name].to_numpy().astype("float64") for name in ("x", "mean", "n")]
        # Means that are not above zero stay in, so that the model counts and names what it leaves out.
        made = gamma_gamma.fit(Spends.of(learned[0].clip(1), learned[1], learned[2]))
        told = f"gamma-gamma of {made.fitting.customers:,} repeaters: " if made.fitting else ""
        told += f"p = {made.p:.4g}, q = {made.q:.4g}, gamma = {made.gamma:.4g}"
        own = made.fitting.notes if made.fitting else ()
        return {**values, "spend": [made.p, made.q, made.gamma]}, (*notes, told, *own)

    def convention(self, view: View) -> str:
        currency = self.currency or view.facts.currency or "/".join(sorted(view.facts.currencies)) or "no currency"
        ahead = "for_ever" if self.horizon is None else f"{self.horizon}d"
        return f"clv/{self.model}/gamma_gamma/{ahead}/delta_{self.delta:g}/margin_{self.margin:g}/{currency}"
