"""Is the more recent customer the likelier to act again, and by how much?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from cherish.errors import QuestionError, Unanswerable
from cherish.reports._days import active_rows, until
from cherish.spec.calendar import day_from, day_number, number
from cherish.spec.definition import NAMES, WHOLE, WINDOW, Card, Source, parameter
from cherish.spec.plan import Plan
from cherish.spec.report import Report, Run
from cherish.spec.view import View
from cherish.statistics.intervals import wilson
from cherish.statistics.ranking import auc

SCHEMA = pa.schema([
    ("band", pa.string()), ("least_idle", pa.int64()), ("most_idle", pa.int64()), ("customers", pa.int64()),
    ("responded", pa.int64()), ("rate", pa.float64()), ("rate_low", pa.float64()), ("rate_high", pa.float64()),
    ("rate_why", pa.string()),
])  # fmt: skip


class RecencyResponse(Report):
    """Customers by how long they had been idle at a cutoff, and the share of each band that acted afterwards.

    The cutoff lies `horizon` days before the moment: who is idle for how long is judged there, and whoever acts
    between the cutoff and the moment has responded. So nothing after the moment is seen. Idle days are the whole days
    without an act before the cutoff: 0 for those who acted on the very day before it.

    Bands are `parts` of equal size from the most recent down (customers idle for equally long stay together, so sizes
    differ where many share a day), or lie where `bands` says: 30|60|90 are 0-30, 31-60, 61-90 and 91 or more days.
    Customers known at the cutoff who had never acted are counted apart.

    The headline tests Novo's claim that the more recent responder is likelier to act again: `auc` is the chance that
    of one who responded and one who did not, the former had been active more recently (0.5: recency says nothing),
    `monotone` whether no band has a higher rate than a more recent one, null where nobody responded or there is one
    band only: then nothing is told apart.
    """

    card: ClassVar[Card] = Card(
        family="H",
        formula="per band of idle days at the cutoff: |{active in [cutoff, moment)}| / |{customers of the band}|",
        unit="share of customers",
        range=(0, None),
        source=Source("Novo", 2001, "Drilling Down"),
        nulls={"nobody": "nobody was idle for so long at the cutoff"},
        rests={"rate": "responded", "rate_low": "responded", "rate_high": "responded"},
        example='log.report("recency_response", horizon="60d")',
    )

    active: str = parameter("core", "the named set of events that count as activity, or event names joined by |")
    bands: tuple[str, ...] = parameter((), "the most idle days of each band but the last, rising: 30|60|90", NAMES)
    horizon: int = parameter(30, "how many days before the moment the cutoff lies", WINDOW)
    parts: int = parameter(10, "without bands: how many bands of equal size", WHOLE, least=2)

    def check(self) -> None:
        if self.horizon is None:
            raise QuestionError("horizon=all: responses are counted over a number of days, such as 90d")
        self._edges()

    def plan(self, view: View, run: Run) -> Plan:
        """How many customers were idle for how long at the cutoff, and how many of them acted afterwards."""
        cutoff, first = view.day - self.horizon, day_number(view.calendar.day_of(view.facts.first or view.as_of))
        if first >= cutoff:
            raise Unanswerable(
                f"horizon={self.horizon}d puts the cutoff on {day_from(cutoff)}, and the first event was on "
                f"{day_from(first)}: nobody was known then; ask with a shorter horizon"
            )
        days = active_rows(until(view, day_from(view.day)), view.active(self.active))
        days = days.mutate(d=number(days.day).cast("int64"))
        each = days.group_by("customer_id").agg(
            last=days.d.max(where=days.d < cutoff), acted=(days.d >= cutoff).any()
        )  # fmt: skip
        known = replace(view, as_of=view.calendar.starts(day_from(cutoff))).customers()
        people = known.left_join(each, "customer_id")
        placed = people.select(idle=cutoff - 1 - people.last, acted=people.acted.fill_null(False))
        counted = placed.group_by("idle").agg(customers=placed.count(), responded=placed.count(where=placed.acted))
        edges = self._edges()
        cut = f"bands_{'_'.join(map(str, edges))}" if edges else f"{self.parts}_equal_parts"
        return Plan(
            expression=counted.order_by("idle"),
            finish=lambda rows: _Bands.of(rows, edges, self.parts).table(),
            headline=lambda table: {"cutoff": day_from(cutoff), **_headline(table)},
            convention=f"recency_response/{view.active(self.active)}/cutoff_{self.horizon}d_before/{cut}/whole_days",
            notes=(
                f"Idle days as they were on {day_from(cutoff)}; responses in the {self.horizon} days from then on.",
            ),
        )

    def _edges(self) -> tuple[int, ...]:
        try:
            edges = tuple(int(text) for text in self.bands)
        except ValueError:
            edges = (-1,)
        if list(edges) != sorted(set(edges)) or any(edge < 0 for edge in edges):
            raise QuestionError(f"bands={'|'.join(self.bands)!r}: give rising numbers of days, such as 30|60|90")
        return edges

    def chart(self, table: pa.Table) -> Any:
        """A column for each band with the interval of its rate."""
        import altair as alt

        rows = [row for row in table.to_pylist() if row["rate"] is not None]
        base = alt.Chart(alt.Data(values=rows)).encode(
            x=alt.X("band:N", sort=None, title="days idle at the cutoff", axis=alt.Axis(labelAngle=0)),
            tooltip=["band:N", "customers:Q", alt.Tooltip("rate:Q", format=".1%")],
        )
        rate = alt.Y("rate:Q", title="acted afterwards", axis=alt.Axis(format="%"))
        whiskers = base.mark_rule(strokeWidth=2).encode(alt.Y("rate_low:Q"), alt.Y2("rate_high:Q"))
        return base.mark_bar().encode(rate) + whiskers


@dataclass(frozen=True)
class _Bands:
    """Counts by idle days (rising), which band each lies in, and those who had never acted."""

    idle: Any
    counts: Any
    place: Any
    number: int
    edges: tuple[int, ...]
    never: tuple[int, int]

    @classmethod
    def of(cls, rows: pa.Table, edges: tuple[int, ...], parts: int) -> _Bands:
        known = rows.filter(rows["idle"].is_valid())
        idle = known["idle"].to_numpy().astype(np.int64)
        counts = np.array([known[name].to_numpy() for name in ("customers", "responded")], dtype=np.int64)
        unknown = rows.filter(rows["idle"].is_null())
        never = tuple(sum(unknown[name].to_pylist()) for name in ("customers", "responded"))
        if edges:
            place, size = np.searchsorted(edges, idle), len(edges) + 1
        else:
            # Those of one day share their mean rank: part = ceil(parts * rank / n), in whole numbers.
            n = counts[0]
            twice, total = 2 * np.cumsum(n) - n + 1, int(n.sum())
            place, size = (parts * twice + 2 * total - 1) // max(2 * total, 1) - 1, parts
        return cls(idle, counts, place, size, edges, never)

    def table(self) -> pa.Table:
        """A row per band, the most recent first; then those who had never acted, if there are any.

        Of parts of equal size those that few customers, or many of one day, leave empty are no bands.
        """
        found = [row for place in range(self.number) if (row := self._row(place))["customers"] or self.edges]
        if self.never[0]:
            found.append(_shares("never acted", None, None, *self.never))
        return pa.Table.from_pylist(found, schema=SCHEMA)

    def _row(self, place: int) -> dict[str, Any]:
        here = self.place == place
        customers, responded = (int(each[here].sum()) for each in self.counts)
        if self.edges:
            least: int | None = self.edges[place - 1] + 1 if place else 0
            most = self.edges[place] if place < len(self.edges) else None
        else:
            least, most = (int(end(self.idle[here])) if here.any() else None for end in (np.min, np.max))
        return _shares(_label(least, most), least, most, customers, responded)


def _label(least: int | None, most: int | None) -> str:
    return f"{least} or more" if most is None else str(least) if least == most else f"{least}-{most}"


def _shares(band: str, least: int | None, most: int | None, customers: int, responded: int) -> dict[str, Any]:
    row = {"band": band, "least_idle": least, "most_idle": most, "customers": customers, "responded": responded}
    if not customers:
        return {**row, "rate_why": "nobody"}
    rate, low, high = wilson(responded, customers)
    return {**row, "rate": float(rate), "rate_low": float(low), "rate_high": float(high)}


def _headline(table: pa.Table) -> Mapping[str, Any]:
    rows = table.to_pylist()
    bands = [row for row in rows if row["least_idle"] is not None and row["customers"]]
    customers, responded = (sum(row[name] for row in rows) for name in ("customers", "responded"))
    found: dict[str, Any] = {"customers": customers, "responded": responded,
                             "rate": responded / customers if customers else None}  # fmt: skip
    if not bands:
        return {**found, "auc": None, "monotone": None}
    tells = len(bands) > 1 and any(row["responded"] for row in bands)
    ranked = auc([-place for place in range(len(bands))], [row["responded"] for row in bands],
                 [row["customers"] - row["responded"] for row in bands])  # fmt: skip
    rates = [row["rate"] for row in bands]
    return {
        **found,
        "most_recent_rate": rates[0],
        "least_recent_rate": rates[-1],
        "auc": ranked.auc if ranked else None,
        "monotone": rates == sorted(rates, reverse=True) if tells else None,
    }
