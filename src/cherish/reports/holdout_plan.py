"""What would a holdout show, by when, and what does it cost?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, ClassVar

import ibis
import pyarrow as pa

from cherish.errors import QuestionError, Unanswerable
from cherish.points import at
from cherish.points.measure import Asked
from cherish.reports import _planning as planning
from cherish.reports._arms import Metric, metric
from cherish.reports._arms.metrics import DAY, Counted
from cherish.reports._planning import SHARES, Aim, Line, Traffic
from cherish.spec.calendar import day_from
from cherish.spec.definition import REAL, WINDOW, Card, Source, parameter
from cherish.spec.plan import Plan
from cherish.spec.report import Report, Run
from cherish.spec.view import View

SCHEMA = pa.schema([
    ("share", pa.float64()), ("held_out", pa.int64()), ("mailed", pa.int64()), ("visible", pa.float64()),
    ("visible_why", pa.string()), ("visible_share", pa.float64()), ("visible_on", pa.date32()),
    ("needed", pa.int64()), ("effect_on", pa.date32()), ("effect_on_why", pa.string()), ("price", pa.float64()),
    ("price_why", pa.string()),
])  # fmt: skip


class HoldoutPlan(Report):
    """For holding out 5, 10, 20 and 50 % of the customers: the smallest effect that is seen, when, at which price.

    It rests on your own figures: how many customers there are, how many come a day, and what the metric and the money
    of a customer were in the last `horizon` days (of those who were known before them). `visible` is the smallest
    effect per customer that shows with the power asked for on `visible_on`, once everybody known now has had a whole
    horizon; `visible_share` is it as a share of the mean. `needed` customers show an effect of `effect`, and
    `effect_on` is the day on which so many have had theirs at this traffic.

    `price` is the margin that the held out would have brought in one horizon if mail did just as much as would be
    visible: what the proof costs if there is something to prove, and nothing if there is not. It needs `margin`.

    Below about 20,000 customers one control for all campaigns together shows more than one for each of them.
    """

    card: ClassVar[Card] = Card(
        family="Y",
        formula="visible = (z(1-alpha/2) + z(power)) sqrt(variance (1/mailed + 1/held out)); price = held out * money "
        "per customer * visible share * margin",
        unit="customers",
        range=(0, None),
        source=Source("Lewis & Rao", 2015, "The unfavorable economics of measuring the returns to advertising"),
        nulls={
            planning.NOTHING: "no customer differs from another, or nothing happened in the horizon",
            planning.NOBODY: "the share of so few customers is nobody",
            planning.TOO_FAR: "more than ten years ahead",
            planning.NO_TRAFFIC: "more customers are needed than there are, and nobody new comes",
            planning.NO_MARGIN: "say what you earn of the money: margin=.3",
            planning.NO_MONEY: "customers brought no money in the horizon, or in several currencies",
        },
        apart=("needed",),
        rests={"visible": "held_out", "visible_share": "held_out", "price": "held_out"},
        example='log.report("holdout_plan", margin=0.3)',
    )

    alpha: float = parameter(0.05, "the error rate of the test, two-sided", REAL)
    effect: float = parameter(0.1, "the effect that you would want to see, as a share of the mean", REAL)
    hold: float | None = parameter(None, "one more share to look at, such as .15", REAL)
    horizon: int = parameter(90, "for how many days each customer is looked at", WINDOW, least=1)
    margin: float | None = parameter(None, "what you earn of the money, for the price: .3", REAL)
    metric: str = parameter("any_order", "any_order, orders, revenue, retained, a measure, or an event")
    power: float = parameter(0.8, "the chance to see the effect if it is there", REAL)
    traffic: int = parameter(90, "over how many days newcomers are counted", WINDOW, least=1)

    def check(self) -> None:
        if self.horizon is None or self.traffic is None:
            raise QuestionError("horizon and traffic are lengths of time, such as 90d")
        for name in ("alpha", "power", "hold", "margin"):
            value = getattr(self, name)
            if value is not None and not 0 < value < 1 and not (name == "margin" and value == 1):
                raise QuestionError(f"{name}={value:g}: give a share between 0 and 1, such as .1")
        if not self.effect > 0:
            raise QuestionError(f"effect={self.effect:g}: give the effect that you would want to see, such as .1")

    def plan(self, view: View, run: Run) -> Plan:
        """One row of sums over the population; the rest is arithmetic."""
        wanted = metric(view, run, self.metric, self.horizon * DAY)
        if wanted.measure is None:
            raise QuestionError(
                f"metric={self.metric!r}: a plan looks at the log; there is no table with such a column"
            )
        money = self._money(view)
        asked = [wanted.asked("m"), *([Asked("money", money)] if money else [])]
        people = at.evaluate(view, asked).inner_join(view.customers().select("customer_id", "first_day"), "customer_id")
        aim = Aim(self.effect, self.alpha, self.power, self.margin)
        shares = (*SHARES, *([self.hold] if self.hold else []))
        figures: dict[str, Any] = {}

        def finish(rows: Any) -> Any:
            found = self._traffic(view, wanted, rows.to_pylist()[0], money is not None)
            told = planning.lines(found, aim, shares)
            figures.update(self._figures(found, aim, told))
            return pa.Table.from_pylist([asdict(each) for each in told], schema=SCHEMA)

        return Plan(
            expression=self._sums(view, people, wanted),
            finish=finish,
            headline=lambda table: dict(figures),
            convention=f"holdout_plan/{self.metric}/{self.horizon}d/power_{self.power:g}_alpha_{self.alpha:g}",
            notes=self._notes(view, money is not None),
        )

    def _money(self, view: View) -> Counted | None:
        """The money of a customer in the horizon, for the price; None where it is in several currencies."""
        several = sum(1 for count in view.facts.currencies.values() if count) > 1
        one = any(each.field == "currency" for each in view.filters)
        return Counted.of(how="revenue", window=self.horizon) if one or not several else None

    def _sums(self, view: View, people: Any, wanted: Metric) -> Any:
        """Everybody, newcomers, and of those with a whole horizon behind them the sums of the metric and its square."""
        whole = people.first_day < view.day - self.horizon
        value = people.m_y.cast("float64")
        if wanted.ratio:
            value = value / people.m_x.cast("float64").nullif(0)
        known = whole & value.notnull()
        spent = people.money_y.cast("float64").sum(where=whole) if "money_y" in people.columns else ibis.literal(0.0)
        return people.agg(
            customers=people.count(),
            fresh=people.count(where=people.first_day >= view.day - self.traffic),
            first_day=people.first_day.min(),
            base=people.count(where=known),
            total=value.sum(where=known),
            squares=(value * value).sum(where=known),
            spent=spent,
            spenders=people.count(where=whole),
        )

    def _traffic(self, view: View, wanted: Metric, row: Mapping[str, Any], has_money: bool) -> Traffic:
        base = int(row["base"] or 0)
        mean = float(row["total"] or 0.0) / base if base else 0.0
        spread = float(row["squares"] or 0.0) - base * mean * mean
        # What rounding leaves of a spread that is none.
        spread = spread if spread > 1e-9 * float(row["squares"] or 0.0) else 0.0
        days = min(self.traffic, view.day - int(row["first_day"])) if row["first_day"] is not None else 0
        spenders = int(row["spenders"] or 0)
        return Traffic(
            customers=int(row["customers"] or 0), newcomers=int(row["fresh"] or 0) / days if days > 0 else 0.0,
            base=base, mean=mean, variance=spread / (base - 1) if base > 1 else 0.0,
            money=float(row["spent"] or 0.0) / spenders if has_money and spenders else None, horizon=self.horizon,
            today=day_from(view.day),
        )  # fmt: skip

    def _figures(self, found: Traffic, aim: Aim, told: list[Line]) -> dict[str, Any]:
        if not found.customers:
            raise Unanswerable("nobody was known before this moment, so there is nobody to draw; bring customers in")
        best = planning.recommended(told, aim)
        return {
            "says": planning.says(found, aim, told, self.metric),
            "customers": found.customers,
            "newcomers_per_day": found.newcomers,
            "looked_at": found.base,
            "mean": found.mean if found.base else None,
            "money_per_customer": found.money,
            "recommended_share": best.share,
            "visible_share": best.visible_share,
            "visible_on": best.visible_on,
            "effect_on": best.effect_on,
        }

    def _notes(self, view: View, has_money: bool) -> tuple[str, ...]:
        said = [
            f"How much customers order and differ is that of the last {self.horizon} days, of who was known before."
        ]
        if not has_money:
            said.append("Money is in several currencies, so there is no price: where=currency=EUR keeps one.")
        return tuple(said)

    def chart(self, table: pa.Table) -> Any:
        """The smallest visible effect by share, and its price beside it where there is one."""
        from cherish.reports._pictures import lying

        rows = [row for row in table.to_pylist() if row["visible_share"] is not None]
        names = [f"{row['share'] * 100:.4g}% held out" for row in rows]
        return lying(names, [row["visible_share"] for row in rows], "smallest visible effect", ".0%")
