"""Who is new, who stays, who comes back, who has gone quiet, and from which stage to which do customers move?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from cherish.errors import QuestionError
from cherish.reports import _customer_growth as growth
from cherish.reports import _lifecycle_stages as stages
from cherish.reports._days import active_rows, until
from cherish.reports._groups import Groups, column
from cherish.reports._rows import breakdowns, shown_names
from cherish.reports._spans import CHOICES, Periods, born
from cherish.reports._warmup import Warmup
from cherish.spec.definition import FLAG, NAMES, WHOLE, Card, Source, parameter
from cherish.spec.plan import Plan
from cherish.spec.report import Report, Run
from cherish.spec.view import View

NAMES_OF = {"new": "new", "retained": "returning", "resurrected": "resurrecting", "churned": "dormant"}
"""What growth accounting calls its parts, and what a lifecycle calls the same customers."""


class Lifecycle(Report):
    """Customers by stage of their life in each period, and how they moved from the last period but one to the last.

    new           active for the first time (`new_by=created_at`: whose record was created in the period, as PostHog
                  counts; whoever else is active now, but wasn't in the period before, is resurrecting then)
    returning     active in the period before too
    resurrecting  active before, but not in the period before
    dormant       active in the period before and not in this one

    Nothing is known from before the data: the period that they begin inside and `warmup` whole ones are marked.

    These are the new, retained, resurrected and churned of `growth`, from the same count: growth asks what the change
    of a period is made of, this report who is in which stage. new + returning + resurrecting = active. With
    `show=stages` and `show=transitions` everybody known is in one stage of the last whole period: those four, `away`
    (dormant for longer), or `never` (known, but not yet active).

    Columns: period, the breakdowns, active, new, returning, resurrecting, dormant, warmup, partial. `show=stages`:
    stage, customers, of (everybody known), share. `show=transitions`: origin (the stage in the period before; `unknown`
    where the customer wasn't known yet), target, customers, of (those in the origin), share.
    """

    card: ClassVar[Card] = Card(
        family="B",
        formula="A_p: active in p; new = A_p \\ earlier; returning = A_p & A_(p-1); "
        "resurrecting = (A_p & earlier) \\ A_(p-1); dormant = A_(p-1) \\ A_p",
        unit="customers",
        range=(0, None),
        source=Source("PostHog", 2020, "Lifecycle insights"),
        nulls={"no_period": "no period after the warm-up is over yet"},
        example='log.report("lifecycle", unit="week")',
    )

    active: str = parameter("core", "the named set of events that count as activity, or event names joined by |")
    by: tuple[str, ...] = parameter((), "one or two properties or traits to break down by", NAMES)
    new_by: str = parameter("first_active", "what makes a customer new", choices=("first_active", "created_at"))
    partial: bool = parameter(False, "show the last period though it isn't over", FLAG)
    show: str = parameter("periods", "which table", choices=("periods", "stages", "transitions"))
    top: int = parameter(10, "how many groups to show; all others become one", WHOLE, least=1)
    unit: str = parameter(
        "week", "length of a period; 28d: blocks of 28 days up to the last whole day", choices=CHOICES
    )
    warmup: int = parameter(
        1,
        "how many first whole periods to mark as warm-up; one that the data begin inside comes on top",
        WHOLE,
        least=0,
    )

    def check(self) -> None:
        """Refuse a breakdown where everybody is counted once."""
        if self.by and self.show != "periods":
            raise QuestionError(f"by and show={self.show} don't go together; filter instead, as where='plan=free'")

    def plan(self, view: View, run: Run) -> Plan:
        """One pass by customer and period, or one row per customer with the last two stages."""
        active, by = view.active(self.active), breakdowns(view, self.by)
        periods = Periods.of(view, self.unit, self.partial and self.show == "periods")
        past = view if periods.open else until(view, periods.end)
        rows = active_rows(past, active, by)
        created = born(past, periods) if self.new_by == "created_at" else None
        convention = f"lifecycle/{self.show}/{active}/{self.unit}/new_by_{self.new_by}"
        if self.show != "periods":
            finish = stages.shares if self.show == "stages" else stages.transitions
            expression = stages.moves(past, rows, periods, created)
            return Plan(expression, finish, stages.headline, convention, stages.notes(periods))
        groups = Groups.of(by, rows, self.top, run)
        last = "with_partial" if self.partial else "whole_periods"
        warmup = Warmup.of(view, periods, self.warmup)
        return Plan(
            expression=growth.expression(view, groups.on(rows), groups, periods, created),
            finish=lambda found: self._table(found, groups, periods, warmup),
            headline=lambda table: _headline(table, groups.exclusive),
            convention=f"{convention}/{last}/warmup_{self.warmup}{groups.convention()}",
            notes=(*warmup.notes(), *_notes(periods), *groups.notes()),
        )

    def _table(self, found: pa.Table, groups: Groups, periods: Periods, warmup: Warmup) -> pa.Table:
        keys, first, figures = growth.amounts(found, groups, len(periods.starts))
        starts, size = periods.starts[first:], len(keys)
        columns: dict[str, Any] = {"period": pa.array([start for start in starts for _ in range(size)], pa.date32())}
        taken = ("period", "active", "warmup", "partial", *NAMES_OF.values())
        for place, title in enumerate(shown_names(groups.fields, taken)):
            columns[title] = pa.array([key[place] for key in keys] * len(starts), pa.string())
        for name, shown in {"active": "active", **NAMES_OF}.items():
            columns[shown] = pa.array(figures[name].T.ravel(), pa.int64())
        place_of = np.repeat(np.arange(len(starts)), size)
        columns["warmup"] = pa.array(place_of < warmup.periods(first))
        columns["partial"] = pa.array(periods.open & (place_of == len(starts) - 1))
        return pa.table(columns)

    def chart(self, table: pa.Table) -> Any:
        """Bars for each stage, dormant below the line; stages as bars; moves between them as a heat map."""
        return {"stages": stages.picture, "transitions": stages.heat_map}.get(self.show, _picture)(table)


def _notes(periods: Periods) -> tuple[str, ...]:
    if not periods.open:
        return ()
    return (f"The last period isn't over before {periods.end}: whoever is yet to come is dormant so far.",)


def _headline(table: pa.Table, exclusive: bool) -> Mapping[str, Any]:
    """The last whole period after the warm-up; sums over groups where everybody is in one group."""
    rows = [row for row in table.to_pylist() if not row["warmup"] and not row["partial"]]
    if not rows:
        return {"period": None, "why": "no_period"}
    last = [row for row in rows if row["period"] == rows[-1]["period"]]
    found: dict[str, Any] = {"period": last[0]["period"]}
    if exclusive:
        found.update({name: sum(row[name] for row in last) for name in ("active", *NAMES_OF.values())})
    return found


def _picture(table: pa.Table) -> Any:
    import altair as alt

    # In the warm-up nearly everybody is new: its bar would flatten all others.
    later = table.filter(pa.array([not each for each in table["warmup"].to_pylist()]))
    table = later if later.num_rows else table
    keys = table.column_names[1 : table.column_names.index("active")]
    parts = [
        pa.table(
            [
                table["period"].cast(pa.string()),
                *(table[key] for key in keys),
                pa.array((-1 if name == "dormant" else 1) * table[name].to_numpy()),
                pa.array([name] * len(table), pa.string()),
            ],
            ["period", *keys, "customers", "stage"],
        )
        for name in NAMES_OF.values()
    ]
    order = ["resurrecting", "new", "returning", "dormant"]
    bars = (
        alt.Chart(pa.concat_tables(parts))
        .mark_bar()
        .encode(
            x=alt.X("period", type="ordinal", sort=None, title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
            y=alt.Y("customers", type="quantitative", title="customers; dormant below the line"),
            color=alt.Color("stage", type="nominal", title=None, sort=order),
        )
    )
    row = {"row": alt.Row(column(keys[0]), type="nominal", title=keys[0])} if keys else {}
    more = {"column": alt.Column(column(keys[1]), type="nominal", title=keys[1])} if len(keys) > 1 else {}
    return bars.facet(**row, **more) if row else bars
