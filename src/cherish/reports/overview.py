"""What is in the log: which events, of how many customers, from when to when, and how much money?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import ibis
import pyarrow as pa

from cherish.points.fact import total
from cherish.points.rows import at_moment, in_currency, mixed, unsummed
from cherish.reports._pictures import lying
from cherish.spec.definition import Card, parameter
from cherish.spec.plan import Plan
from cherish.spec.relations import MONEY
from cherish.spec.report import Report, Run
from cherish.spec.view import View


class Overview(Report):
    """Events and customers by the name of the event, with the first and the last day, and the orders as a whole.

    `counts` says whether an event of this name counts as activity. Customers are those of the population whether or not
    they have done anything; the money of orders is net of refunds.
    """

    card: ClassVar[Card] = Card(
        family="A",
        formula="per name: |events|, |customers|, first and last local day",
        unit="events",
        range=(0, None),
        example='log.report("overview")',
    )

    active: str = parameter("core", "the named set of events that count as activity, or event names joined by |")
    currency: str | None = parameter(None, "keep only money in this currency")

    def plan(self, view: View, run: Run) -> Plan:
        """Events by name; the population and the orders are asked for first."""
        counted = view.active(self.active)
        several = mixed(view, [total("orders", currency=self.currency)])
        totals = self._totals(view, run, summed=several is None)
        rows = view.activity()
        table = rows.group_by("name").agg(
            events=rows.n.sum(),
            customers=rows.customer_id.nunique(),
            first_day=rows.day.min(),
            last_day=rows.day.max(),
        )
        return Plan(
            expression=table.order_by("name"),
            finish=lambda found: _finish(found, counted.events),
            headline=lambda found: _headline(found, totals),
            convention=f"overview/{counted}/local_days/net_of_refunds",
            notes=unsummed(several),
        )

    def chart(self, table: Any) -> Any:
        """A bar for each name of an event."""
        return lying(table["name"].to_pylist(), table["events"].to_pylist(), "events")

    def _totals(self, view: View, run: Run, *, summed: bool) -> Mapping[str, Any]:
        orders = in_currency(at_moment(view, "orders", exact=False), self.currency)
        found = run(
            orders.aggregate(
                orders=orders.n.sum(),
                buyers=orders.customer_id.nunique(where=orders.n > 0),
                value=orders.value.sum().cast(MONEY) if summed else ibis.null(MONEY),
            )
        )
        customers = run(view.customers().aggregate(customers=view.customers().count()))
        return {**found.to_pylist()[0], **customers.to_pylist()[0]}


def _finish(rows: Any, counted: tuple[str, ...]) -> Any:
    counts = pa.array([name in counted for name in rows["name"].to_pylist()], pa.bool_())
    table = rows.append_column("counts", counts)
    return table.sort_by([("events", "descending"), ("name", "ascending")])


def _headline(table: Any, totals: Mapping[str, Any]) -> dict[str, Any]:
    rows = table.to_pylist()
    counted = [row for row in rows if row["counts"]]
    return {
        "customers": totals["customers"],
        "names": len(rows),
        "events": sum(row["events"] for row in rows),
        "counted_events": sum(row["events"] for row in counted),
        "first_day": min((row["first_day"] for row in counted), default=None),
        "last_day": max((row["last_day"] for row in counted), default=None),
        "orders": totals["orders"] or 0,
        "buyers": totals["buyers"],
        "value": totals["value"],
    }
