"""How much of the money comes from how few customers?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import ibis
import pyarrow as pa

from cherish.points.fact import total
from cherish.points.rows import at_moment, in_currency, one_currency
from cherish.spec.definition import WHOLE, WINDOW, Card, Source, parameter
from cherish.spec.plan import Plan
from cherish.spec.relations import MONEY
from cherish.spec.report import Report, Run
from cherish.spec.view import View


class Concentration(Report):
    """Buyers in equal groups from those who spent most to those who spent least, and each group's share of the money.

    Only customers with a completed order in the window take part; money is net of refunds. The Gini index is 0 when all
    spend alike and nears 1 when one spends everything; it has no meaning where refunds leave somebody below zero.
    """

    card: ClassVar[Card] = Card(
        family="G",
        formula="share(k) = money of group k / money of all; Gini = 2 sum i x_(i) / (n sum x) - (n + 1) / n",
        unit="money",
        range=(None, None),
        source=Source("Gini", 1912, "Variabilita e mutabilita"),
        needs=("customer", "time", "orders"),
        example='log.report("concentration", window="365d", parts="10")',
    )

    currency: str | None = parameter(None, "keep only money in this currency")
    parts: int = parameter(10, "how many groups of equal size", WHOLE, least=2)
    window: int | None = parameter(365, "how many days back from the moment", WINDOW)

    def plan(self, view: View, run: Run) -> Plan:
        """The money by group; what is said of all buyers together is asked for first."""
        one_currency(view, [total("orders", window=self.window, currency=self.currency)])
        money = self.currency or view.facts.currency or "own_currency"
        ranked = self._ranked(view)
        totals = run(_totals(ranked)).to_pylist()[0]
        part = ((ranked.place - 1) * self.parts) // ranked.buyers.nullif(0) + 1
        grouped = ranked.mutate(part=part.cast("int64"))
        table = grouped.group_by("part").agg(
            customers=grouped.count(),
            orders=grouped.orders.sum(),
            value=grouped.value.sum().cast(MONEY),
            least=grouped.value.min(),
            most=grouped.value.max(),
        )
        return Plan(
            expression=table.order_by("part"),
            finish=_finish,
            headline=lambda found: _headline(found, totals),
            convention=f"concentration/buyers_of_the_window/net_of_refunds/{money}",
        )

    def chart(self, table: Any) -> Any:
        """A bar for each group: its share of the money."""
        import altair as alt

        names = ["part", "share", "cumulative_share", "customers"]
        base = alt.Chart(alt.Data(values=table.select(names).to_pylist())).encode(
            x=alt.X("part:O", title="groups of buyers, from those who spent most", axis=alt.Axis(labelAngle=0)),
            y=alt.Y("share:Q", title="share of the money", axis=alt.Axis(format="%")),
            tooltip=["part:O", "customers:Q", *(alt.Tooltip(f"{name}:Q", format=".1%") for name in names[1:3])],
        )
        return base.mark_bar() + base.mark_text(dy=-8).encode(text=alt.Text("share:Q", format=".1%"))

    def _ranked(self, view: View) -> Any:
        orders = in_currency(at_moment(view, "orders", exact=False), self.currency)
        if self.window is not None:
            orders = orders.filter(orders.d >= view.day - self.window)
        spent = orders.group_by("customer_id").agg(value=orders.value.sum().cast(MONEY), orders=orders.n.sum())
        spent = spent.filter(spent.orders > 0)
        # Ties are told apart by the customer's number; equal sums give equal shares whoever comes first.
        order = ibis.window(order_by=[spent.value.desc(), spent.customer_id])
        rows = ibis.window(order_by=[spent.value.desc(), spent.customer_id], preceding=None, following=0)
        return spent.mutate(
            place=ibis.row_number().over(order) + 1,
            buyers=spent.count().over(ibis.window()),
            total=spent.value.sum().over(ibis.window()),
            reached=spent.value.sum().over(rows),
        )


def _totals(ranked: Any) -> Any:
    short = (ranked.reached - ranked.value) * 2 < ranked.total
    weighted = (ranked.place.cast("decimal(18, 0)") * ranked.value).sum()
    return ranked.aggregate(
        buyers=ranked.count(),
        orders=ranked.orders.sum(),
        value=ranked.value.sum().cast(MONEY),
        half_customers=ranked.count(where=short),
        least=ranked.value.min(),
        weighted=weighted,
    )


def _finish(rows: Any) -> Any:
    whole = sum(rows["value"].to_pylist())
    shares = [float(value / whole) if whole > 0 else None for value in rows["value"].to_pylist()]
    reached, so_far = [], 0.0
    for share in shares:
        so_far += share or 0.0
        reached.append(so_far if share is not None else None)
    table = rows.append_column("share", pa.array(shares, pa.float64()))
    return table.append_column("cumulative_share", pa.array(reached, pa.float64()))


def _headline(table: Any, totals: Mapping[str, Any]) -> dict[str, Any]:
    buyers, value = totals["buyers"], totals["value"]
    top = table.slice(0, 1).to_pylist()
    return {
        "buyers": buyers,
        "orders": totals["orders"] or 0,
        "value": value,
        "top_customers": top[0]["customers"] if top else 0,
        "top_share": top[0]["share"] if top else None,
        "half_customers": totals["half_customers"],
        "half_share": totals["half_customers"] / buyers if buyers else None,
        "gini": _gini(totals),
    }


def _gini(totals: Mapping[str, Any]) -> float | None:
    n, value = int(totals["buyers"]), totals["value"]
    if not n or value <= 0 or totals["least"] < 0:
        return None
    # Places run from the largest down, the formula's ranks from the smallest up: i = n + 1 - place.
    ascending = (n + 1) * value - totals["weighted"]
    return float(2 * ascending / (n * value)) - (n + 1) / n
