"""Where does the change from one period to the next come from: who is new, who came back, who left?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from cherish.reports import _customer_growth as customers
from cherish.reports import _revenue_growth as revenue
from cherish.reports._days import active_rows, until
from cherish.reports._groups import Groups, column
from cherish.reports._rows import breakdowns, shown_names
from cherish.reports._spans import CHOICES, Periods, born
from cherish.reports._warmup import Warmup
from cherish.spec.definition import FLAG, NAMES, WHOLE, Card, Source, parameter
from cherish.spec.plan import Plan
from cherish.spec.report import Report, Run
from cherish.spec.view import View

MONEY = pa.decimal128(38, 4)
_GAINS, _LOSSES = ("new", "resurrected", "expansion"), ("contraction", "churned")


class Growth(Report):
    """Growth accounting: each period's actives (or revenue) as what was there before, plus gains, minus losses.

    new          active for the first time (`new_by=created_at`: whose record was created in the period)
    retained     active in the period before too
    resurrected  active before, but not in the period before (with `created_at`: any other who is not retained)
    churned      active in the period before and not in this one
    For revenue each customer's money is compared with the period before: new, resurrected and churned money, and of
    those who stayed expansion and contraction. Money is net of refunds, at the order's own date.

    In the first period of all everybody is new, and in the one after a period that the data begin inside nearly
    everybody: such a period and `warmup` whole ones are marked and left out of the headline.
    """

    card: ClassVar[Card] = Card(
        family="B",
        formula="quick ratio = (new + resurrected [+ expansion]) / (churned [+ contraction]); "
        "gross retention = retained / active before; "
        "NRR = (start + expansion - contraction - churned) / start; GRR = NRR without expansion",
        unit="customers or money",
        direction="higher",
        source=Source("Hsu", 2015, "Diligence at Social Capital: Accounting for User Growth"),
        nulls={
            "no_churn": "nobody churned, so there is nothing to divide by",
            "no_previous": "nobody was active in the period before",
            "no_start": "there was no money in the period before",
            "no_loss": "no money was lost, so there is nothing to divide by",
            "no_period": "no period after the warm-up is over yet",
        },
        example='log.report("growth", unit="month")',
    )

    active: str = parameter("core", "the named set of events that count as activity, or event names joined by |")
    by: tuple[str, ...] = parameter((), "one or two properties or traits to break down by", NAMES)
    currency: str | None = parameter(None, "revenue: keep only money in this currency")
    gross: bool = parameter(False, "revenue: money before refunds", FLAG)
    new_by: str = parameter("first_active", "what makes a customer new", choices=("first_active", "created_at"))
    partial: bool = parameter(False, "show the last period though it isn't over", FLAG)
    top: int = parameter(10, "how many groups to show; all others become one", WHOLE, least=1)
    unit: str = parameter(
        "month", "length of a period; 28d: blocks of 28 days up to the last whole day", choices=CHOICES
    )
    warmup: int = parameter(
        1,
        "how many first whole periods to mark as warm-up; one that the data begin inside comes on top",
        WHOLE,
        least=0,
    )
    what: str = parameter("customers", "whose growth", choices=("customers", "revenue"))

    def plan(self, view: View, run: Run) -> Plan:
        """One pass by customer and period, each period beside the one before it."""
        by, periods = breakdowns(view, self.by), Periods.of(view, self.unit, self.partial)
        counts, created = self.what == "customers", self.new_by == "created_at"
        if counts:
            rows = active_rows(view if periods.open else until(view, periods.end), view.active(self.active), by)
        else:
            rows = revenue.rows(view, by, periods.end, self.currency, self.gross)
        groups = Groups.of(by, rows, self.top, run)
        made = customers if counts else revenue
        expression = made.expression(view, groups.on(rows), groups, periods, born(view, periods) if created else None)
        warmup = Warmup.of(view, periods, self.warmup)
        shape = _Shape(groups, periods, warmup, counts)
        return Plan(
            expression=expression,
            finish=shape.table,
            headline=shape.headline,
            convention=self._convention(view) + groups.convention(),
            notes=(*warmup.notes(), *self._notes(periods), *groups.notes()),
        )

    def versions(self, view: View) -> dict[str, str]:
        """The active set, where activity plays a part."""
        return super().versions(view) if self.what == "customers" else {}

    def chart(self, table: pa.Table) -> Any:
        """Bars of gains above and losses below the line, one row of bars per group."""
        import altair as alt

        # In the warm-up nearly everybody is new: its bar would flatten all others.
        later = table.filter(pa.array(~table["warmup"].to_numpy(zero_copy_only=False)))
        table = later if later.num_rows else table
        names = [name for name in (*_GAINS, *_LOSSES) if name in table.column_names]
        keys = table.column_names[
            : min(table.column_names.index(name) for name in ("active", "customers") if name in table.column_names)
        ]
        sign = {name: -1.0 if name in _LOSSES else 1.0 for name in names}
        parts = [
            pa.table(
                [
                    pa.array([_name(start, self.unit) for start in table["period"].to_pylist()]),
                    *(table[key] for key in keys[1:]),
                    pa.array(sign[name] * table[name].cast(pa.float64()).to_numpy()),
                    pa.array([name] * len(table)),
                ],
                [*keys, "amount", "part"],
            )
            for name in names
        ]
        axis = alt.Axis(labelAngle=0, labelOverlap=True)
        bars = (
            alt.Chart(pa.concat_tables(parts))
            .mark_bar()
            .encode(
                x=alt.X("period", type="ordinal", sort=None, title=None, axis=axis),
                y=alt.Y("amount", type="quantitative", title="gains and losses"),
                color=alt.Color("part", type="nominal", title=None, sort=names),
            )
        )
        row = {"row": alt.Row(column(keys[1]), type="nominal", title=keys[1])} if len(keys) > 1 else {}
        more = {"column": alt.Column(column(keys[2]), type="nominal", title=keys[2])} if len(keys) > 2 else {}
        return bars.facet(**row, **more) if row else bars

    def _convention(self, view: View) -> str:
        last = "with_partial" if self.partial else "whole_periods"
        tail = f"{self.unit}/new_by_{self.new_by}/{last}/warmup_{self.warmup}"
        if self.what == "customers":
            return f"growth/customers/{view.active(self.active)}/{tail}"
        currency = self.currency or view.facts.currency or "|".join(sorted(view.facts.currencies)) or "no_currency"
        return f"growth/revenue/{'gross' if self.gross else 'net_of_refunds'}/{currency}/{tail}"

    def _notes(self, periods: Periods) -> tuple[str, ...]:
        notes = []
        if periods.open:
            notes.append(
                f"The last period isn't over before {periods.end}: whoever is yet to come counts as churned so far."
            )
        if self.new_by == "created_at":
            notes.append("A customer without a known date of creation counts as created with the first event.")
        return tuple(notes)


def _name(start: date, unit: str) -> str:
    """A period in the least room: Feb 2017, or the day on which a week begins."""
    return f"{start:%b %Y}" if unit in ("month", "quarter") else str(start.year if unit == "year" else start)


@dataclass(frozen=True)
class _Shape:
    """How counts per period become the table and the headline."""

    groups: Groups
    periods: Periods
    warmup: Warmup
    counts: bool

    def table(self, found: pa.Table) -> pa.Table:
        """A row per period (and group), from the first with any activity to the last, none left out."""
        made = customers if self.counts else revenue
        keys, first, figures = made.amounts(found, self.groups, len(self.periods.starts))
        starts, size = self.periods.starts[first:], len(keys)
        ratios = [(name, _shares(*parts)) for name, parts in made.ratios(figures).items()]
        columns: dict[str, Any] = {"period": pa.array([start for start in starts for _ in range(size)], pa.date32())}
        titles = shown_names(
            self.groups.fields, ("period", "warmup", "partial", *figures, *(name for name, _ in ratios))
        )
        for place, title in enumerate(titles):
            columns[title] = pa.array([key[place] for key in keys] * len(starts), pa.string())
        for name, amounts in figures.items():
            kind = pa.int64() if amounts.dtype != object else MONEY
            columns[name] = pa.array(amounts.T.ravel().tolist(), kind)
        for name, (values, why) in ratios:
            columns[name], columns[f"{name}_why"] = values, why
        place_of = np.repeat(np.arange(len(starts)), size)
        columns["warmup"] = pa.array(place_of < self.warmup.periods(first))
        columns["partial"] = pa.array(self.periods.open & (place_of == len(starts) - 1))
        return pa.table(columns)

    def headline(self, table: pa.Table) -> Mapping[str, Any]:
        """The last whole period after the warm-up; sums over groups where everybody is in one group."""
        shown = table.filter(pa.array(~(table["warmup"].to_numpy(False) | table["partial"].to_numpy(False))))
        if not shown.num_rows:
            return {"period": None, "why": "no_period"}
        period = shown["period"][-1].as_py()
        found: dict[str, Any] = {"period": period, "periods": len(shown["period"].unique())}
        if not self.groups.exclusive:
            return found
        names = shown.column_names
        first = names.index("active" if self.counts else "customers")
        summed = names[first : names.index("quick_ratio" if self.counts else "nrr")]
        last = shown.filter(pa.array([day == period for day in shown["period"].to_pylist()]))
        figures = {name: np.array([sum(last[name].to_pylist())]).reshape(1, 1) for name in summed}
        made = customers if self.counts else revenue
        found.update(
            {
                name: amount[0, 0].item() if self.counts or name == "customers" else amount[0, 0]
                for name, amount in figures.items()
            }
        )
        for name, parts in made.ratios(figures).items():
            values, why = _shares(*parts)
            found[name] = values[0].as_py()
            if found[name] is None:
                found[f"{name}_why"] = why[0].as_py()
        return found


def _shares(part: Any, whole: Any, why: str) -> tuple[pa.Array, pa.Array]:
    """Quotients in the order of the table, and the reason where there is nothing to divide by."""
    pairs = list(zip(part.T.ravel().tolist(), whole.T.ravel().tolist(), strict=True))
    values = [float(Decimal(over) / Decimal(under)) if under else None for over, under in pairs]
    return pa.array(values, pa.float64()), pa.array([None if under else why for _, under in pairs], pa.string())
