"""Who has been silent for longer than is usual for them?"""

from __future__ import annotations

from math import sqrt
from typing import Any, ClassVar

import ibis
import pyarrow as pa

from cherish.points import rhythm
from cherish.points.at import gather
from cherish.points.fact import Fact, total
from cherish.points.rows import at_moment, in_currency, mixed, unsummed
from cherish.reports._pictures import lying
from cherish.spec.definition import REAL, WHOLE, WINDOW, Card, parameter
from cherish.spec.plan import Plan
from cherish.spec.relations import MONEY
from cherish.spec.report import Report, Run
from cherish.spec.view import View

FEW = 9
"""The code of customers with too few gaps to have a rhythm."""


class Rhythm(Report):
    """Customers by how long they have been silent, in multiples of their own usual gap between active days.

    The usual gap is the median of a customer's own gaps between distinct active days, so a weekly customer is missed
    after three weeks and a yearly one is not. Customers with fewer than `gaps` gaps have no rhythm yet and are counted
    apart. `value` is the money they spent in the `money` window that ends with their last active day.
    """

    card: ClassVar[Card] = Card(
        family="Y",
        formula="(day(moment) - last active day) / median(gaps between the customer's own active days)",
        unit="customers",
        range=(0, None),
        direction="lower",
        example='log.report("rhythm", silent="2")',
    )

    active: str = parameter("core", "the named set of events that count as activity, or event names joined by |")
    currency: str | None = parameter(None, "keep only money in this currency")
    gaps: int = parameter(3, "the least number of gaps that make a rhythm", WHOLE, least=1)
    money: int | None = parameter(365, "how many days of money, back from the customer's last active day", WINDOW)
    silent: float = parameter(3.0, "how many times the usual gap counts as silent", REAL, least=1.0)

    def plan(self, view: View, run: Run) -> Plan:
        """Customers and their money by band of silence."""
        judged = silence(view, self.active, self.gaps)
        multiple = judged.silence / judged.usual_gap.nullif(0)
        bands = [(judged.usual_gap.isnull(), FEW), (multiple <= 1, 1), (multiple <= 2, 2), (multiple <= self.silent, 3)]
        if self.silent <= 2:
            bands = [bands[0], (multiple <= 1, 1), (multiple <= self.silent, 3)]
        banded = judged.mutate(band=ibis.cases(*bands, else_=4))
        several = mixed(view, [self._fact()])
        spent = banded.left_join(self._money(view, banded), "customer_id")
        value = spent.value.sum().cast(MONEY) if several is None else ibis.null(MONEY)
        table = spent.group_by("band").agg(customers=spent.count(), value=value, usual_gap=spent.usual_gap.median())
        return Plan(
            expression=table.order_by("band"),
            finish=self._finish,
            headline=_headline,
            convention=f"rhythm/{view.active(self.active)}/median_own_gap/over_{self.silent:g}/least_{self.gaps}_gaps",
            notes=unsummed(several),
        )

    def _money(self, view: View, judged: Any) -> Any:
        orders = in_currency(at_moment(view, "orders", exact=False), self.currency)
        about = orders.inner_join(judged.select("customer_id", "last"), "customer_id")
        inside = about.d <= about.last
        if self.money is not None:
            inside &= about.d > about.last - self.money
        kept = about.filter(inside)
        return kept.group_by("customer_id").agg(value=kept.value.sum())

    def _fact(self) -> Fact:
        return total("orders", window=self.money, currency=self.currency)

    def _finish(self, rows: Any) -> Any:
        found = {row["band"]: row for row in rows.to_pylist()}
        known = sum(row["customers"] for band, row in found.items() if band != FEW)
        shown = [band for band in (1, 2, 3, 4, FEW) if band != 2 or self.silent > 2]
        empty = {"customers": 0, "value": None, "usual_gap": None}
        listed = [(band, found.get(band, empty)) for band in shown]
        shares = [None if band == FEW or not known else row["customers"] / known for band, row in listed]
        return pa.table(
            {
                "silence": [self._label(band) for band, _ in listed],
                "customers": pa.array([row["customers"] for _, row in listed], pa.int64()),
                "share": pa.array(shares, pa.float64()),
                "usual_gap": pa.array([row["usual_gap"] for _, row in listed], pa.float64()),
                "value": pa.array([row["value"] for _, row in listed], pa.decimal128(18, 4)),
            }
        )

    def chart(self, table: Any) -> Any:
        """A bar for each band of silence."""
        return lying(table["silence"].to_pylist(), table["customers"].to_pylist(), "customers")

    def _label(self, band: int) -> str:
        most = f"{self.silent:g} times" if self.silent != 2 else "twice"
        return {
            1: "within their usual gap",
            2: "up to twice",
            3: f"up to {most}",
            4: f"more than {most}",
            FEW: f"fewer than {self.gaps} gaps: no rhythm yet",
        }[band]


def silence(view: View, active: str, gaps: int) -> Any:
    """One row per customer: `usual_gap` (null below so many gaps), `last` active day number, `silence` in days.

    Gaps lie between distinct active days; silence counts like recency, so it is 1 for yesterday's visitors.
    """
    people = gather(view, rhythm.facts(view.names(active)))
    return people.select(
        "customer_id", last=people["last"], silence=view.day - people["last"], usual_gap=rhythm.usual_gap(people, gaps)
    )


def _headline(table: Any) -> dict[str, Any]:
    rows = table.to_pylist()
    judged, few, longest = rows[:-1], rows[-1], rows[-2]
    known = sum(row["customers"] for row in judged)
    low, high = wilson(longest["customers"], known)
    return {
        "customers": known + few["customers"],
        "with_rhythm": known,
        "silent": longest["customers"],
        "silent_share": longest["share"],
        "silent_share_low": low,
        "silent_share_high": high,
        "silent_value": longest["value"],
    }


def wilson(hits: int, of: int, z: float = 1.959964) -> tuple[float | None, float | None]:
    """The 95 % interval of a share by Wilson's score; nothing where nobody was asked."""
    if of == 0:
        return None, None
    share, spread = hits / of, z * z / of
    middle, half = share + spread / 2, z * sqrt(share * (1 - share) / of + spread / (4 * of))
    return (middle - half) / (1 + spread), (middle + half) / (1 + spread)
