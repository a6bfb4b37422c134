"""How many orders from how many customers, how large, how often again, and what does a customer bring over time?"""

from __future__ import annotations

from typing import Any, ClassVar

import pyarrow as pa

from cherish.errors import QuestionError, Unanswerable
from cherish.reports._groups import Groups
from cherish.reports._rows import breakdowns
from cherish.reports._spans import CHOICES, Periods
from cherish.reports.revenue import _cohorts, _periods
from cherish.reports.revenue._orders import placed
from cherish.spec.definition import FLAG, NAMES, WHOLE, Card, parameter
from cherish.spec.names import ORDER_COMPLETED, ORDER_UPDATED
from cherish.spec.periods import UNITS
from cherish.spec.plan import Plan
from cherish.spec.report import Report, Run
from cherish.spec.view import View


class Revenue(Report):
    """Orders and their money by period, from new and from returning customers; or what a cohort has brought so far.

    Money is net of the refunds known at the moment and lies in the period of the order. A refund whose order is not in
    the log counts in its own period; cancelled orders are no orders and their money is refunded in full.

    show=periods: orders, customers (with at least one order), value, average_order (value / orders),
    orders_per_customer, new_customers (whose first order of all lies in the period), returning_value (money of those
    whose first order lies in an earlier one) and new_value (all other money), repeat_customers (with at least two
    orders by the end of the period) and repeat_share of customers, became_repeat (customers whose second order of all
    lies in the period), repeat_value (money of second and later orders) and repeat_value_share of value, gross and
    refunded money and refund_rate (refunded / gross). In the first periods of a log everybody is new.

    show=cohorts: customers by the period of their first order, and what they brought up to the k-th period after it
    (bucket; 0 is the first period itself): value, and rate = value per customer. Only periods that are over for the
    whole cohort are shown; the average pools the cohorts that have got so far.
    """

    card: ClassVar[Card] = Card(
        family="E",
        formula="average order = net value / orders; repeat share = |{customers with >= 2 orders}| / |{customers}|; "
        "refund rate = refunded / gross; cohort value = net value up to bucket k / customers of the cohort",
        unit="money",
        needs=("customer", "time", "orders"),
        nulls={
            "no_orders": "there were no orders, so there is nothing to divide by",
            "no_money": "there was no money above zero to take a share of",
            "immature": "the period is not over yet for this cohort",
        },
        apart=("last_bucket",),
        rests={
            "average_order": "customers",
            "orders_per_customer": "customers",
            "value": "customers",
            "new_value": "new_customers",
            "repeat_share": "repeat_customers",
            "repeat_value": "repeat_customers",
            "repeat_value_share": "repeat_customers",
        },
        example='log.report("revenue", unit="month")',
    )

    buckets: int = parameter(12, "show=cohorts: how many periods after the first", WHOLE, least=0)
    by: tuple[str, ...] = parameter((), "one or two traits, properties or event columns to break down by", NAMES)
    currency: str | None = parameter(None, "keep only money in this currency")
    partial: bool = parameter(False, "show=periods: show the last period though it isn't over", FLAG)
    show: str = parameter("periods", "what the rows are", choices=("periods", "cohorts"))
    top: int = parameter(10, "how many groups to show; all others become one", WHOLE, least=1)
    unit: str = parameter(
        "month", "length of a period; 28d: blocks of 28 days up to the last whole day", choices=CHOICES
    )

    def check(self) -> None:
        if self.show == "cohorts" and self.by:
            raise QuestionError("show=cohorts is not broken down; ask for one group with a filter such as country=FR")
        if self.show == "cohorts" and self.partial:
            raise QuestionError("show=cohorts knows no partial periods: a cohort is followed over whole ones")
        if self.show == "cohorts" and self.unit not in UNITS:
            raise QuestionError(f"show=cohorts needs a unit of the calendar: {', '.join(UNITS)}")

    def plan(self, view: View, run: Run) -> Plan:
        """One pass over the orders, each with its place among its customer's."""
        if not {ORDER_COMPLETED, ORDER_UPDATED} & set(view.facts.names):
            there = ", ".join(sorted(view.facts.names))
            raise Unanswerable(f"revenue needs orders, and the log has no {ORDER_COMPLETED}; there are {there}")
        periods, by = Periods.of(view, self.unit, self.partial), breakdowns(view, self.by)
        orders = placed(view, by, periods, self.currency)
        if self.show == "cohorts":
            return Plan(
                expression=_cohorts.expression(orders),
                finish=lambda rows: _cohorts.table(rows, periods, self.buckets),
                headline=_cohorts.headline,
                convention=f"{self._convention(view)}/pooled/mature_only",
                notes=("A customer's value is what was paid, net of refunds; no cost is taken off.",),
            )
        groups = Groups.of(by, orders, self.top, run)
        return Plan(
            expression=_periods.expression(groups.on(orders), groups),
            finish=lambda rows: _periods.table(rows, periods, groups),
            headline=lambda table: _periods.headline(table) if groups.exclusive else {},
            convention=self._convention(view) + groups.convention(),
            notes=(*self._notes(view, periods), *groups.notes()),
        )

    def chart(self, table: pa.Table) -> Any:
        """Money by period, from new and from returning customers; of cohorts a line each."""
        from cherish.reports.revenue._picture import cohorts, periods  # Altair is heavy, and only a chart needs it.

        return cohorts(table) if self.show == "cohorts" else periods(table, self.unit)

    def _convention(self, view: View) -> str:
        currency = self.currency or view.facts.currency or "|".join(sorted(view.facts.currencies)) or "no_currency"
        last = "with_partial" if self.partial else "whole_periods"
        return f"revenue/{self.show}/net_of_refunds/at_order_date/{currency}/{self.unit}/{last}"

    def _notes(self, view: View, periods: Periods) -> tuple[str, ...]:
        notes = ["Nothing is known from before the data, so at first nearly everybody is new."]
        begin = view.calendar.day_of(view.facts.first or view.as_of)
        if periods.starts and periods.starts[0] < begin:
            notes.append(f"The data begin on {begin}, inside the first period.")
        if periods.open:
            notes.append(f"The last period isn't over before {periods.end}.")
        return tuple(notes)
