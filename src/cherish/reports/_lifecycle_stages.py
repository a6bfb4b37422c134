"""Everybody's stage in the last whole period and in the one before it: shares of stages, and moves between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis
import pyarrow as pa

from cherish.errors import Unanswerable
from cherish.reports._pictures import lying
from cherish.reports._spans import Periods
from cherish.spec.view import View

STAGES = ("new", "returning", "resurrecting", "dormant", "away", "never", "unknown")
"""The stages by their number; `unknown` is only ever the stage before a customer was known."""


def moves(view: View, rows: Any, periods: Periods, created: Any | None) -> Any:
    """before, now (numbers of stages) and customers; of everybody first seen before the last whole period's end.

    Raises:
        Unanswerable: no period is over yet.
    """
    if not periods.starts:
        raise Unanswerable(f"no {periods.unit} is over yet: ask with a shorter unit, or later")
    last = len(periods.starts) - 1
    placed = rows.select("customer_id", p=periods.index(rows.day))
    own = placed.group_by("customer_id").agg(
        now=placed.count(where=placed.p == last),
        before=placed.count(where=placed.p == last - 1),
        third=placed.count(where=placed.p == last - 2),
        past=placed.count(where=placed.p < last - 2),
    )
    people = view.customers()
    known = periods.index(view.calendar.day(people.first_seen))
    everybody = people.select("customer_id", known=known).left_join(own, "customer_id")
    came = {name: everybody[name].fill_null(0) > 0 for name in ("now", "before", "third", "past")}
    everybody = everybody.select("customer_id", "known", **came)
    if created is not None:
        everybody = everybody.left_join(created, "customer_id").select(*everybody.columns, "born")
    now = _stage(everybody, last, everybody.now, everybody.before, everybody.third | everybody.past)
    before = _stage(everybody, last - 1, everybody.before, everybody.third, everybody.past)
    before = ibis.ifelse(everybody.known == last, STAGES.index("unknown"), before)
    staged = everybody.select(before=before.cast("int64"), now=now.cast("int64"))
    return staged.group_by("before", "now").agg(customers=staged.count())


def _stage(rows: Any, place: int, here: Any, before: Any, earlier: Any) -> Any:
    """The number of the stage of a customer who is here, was in the period before, or earlier than that."""
    new = rows.born == place if "born" in rows.columns else ~earlier
    return ibis.cases(
        (here & before, 1), (here & new, 0), (here, 2), (before, 3), (earlier, 4), else_=STAGES.index("never")
    )


def shares(found: pa.Table) -> pa.Table:
    """A row per stage of the last whole period."""
    counts = dict.fromkeys(range(STAGES.index("unknown")), 0)
    for row in found.to_pylist():
        counts[row["now"]] += row["customers"]
    whole = sum(counts.values())
    return pa.table(
        {
            "stage": pa.array([STAGES[stage] for stage in counts], pa.string()),
            "customers": pa.array(counts.values(), pa.int64()),
            "of": pa.array([whole] * len(counts), pa.int64()),
            "share": pa.array([count / whole if whole else None for count in counts.values()], pa.float64()),
        }
    )


def transitions(found: pa.Table) -> pa.Table:
    """A row per move that anybody made, by the order of stages."""
    rows = sorted(found.to_pylist(), key=lambda row: (row["before"], row["now"]))
    of = {stage: sum(row["customers"] for row in rows if row["before"] == stage) for stage in range(len(STAGES))}
    return pa.table(
        {
            "origin": pa.array([STAGES[row["before"]] for row in rows], pa.string()),
            "target": pa.array([STAGES[row["now"]] for row in rows], pa.string()),
            "customers": pa.array([row["customers"] for row in rows], pa.int64()),
            "of": pa.array([of[row["before"]] for row in rows], pa.int64()),
            "share": pa.array([row["customers"] / of[row["before"]] for row in rows], pa.float64()),
        }
    )


def headline(table: pa.Table) -> Mapping[str, Any]:
    """How many are in each stage of the last whole period."""
    name = "stage" if "stage" in table.column_names else "target"
    found = dict.fromkeys(STAGES[:-1], 0)
    for row in table.to_pylist():
        found[row[name]] += row["customers"]
    return {"customers": sum(found.values()), **found}


def notes(periods: Periods) -> tuple[str, ...]:
    """Which period it is."""
    return (f"The last whole period is the one from {periods.starts[-1]} to before {periods.end}.",)


def picture(table: pa.Table) -> Any:
    """A bar per stage."""
    return lying(table["stage"].to_pylist(), table["customers"].to_pylist(), "customers")


def heat_map(table: pa.Table) -> Any:
    """From each stage (row) to each (column): the share of those who were there."""
    import altair as alt

    base = alt.Chart(table, width=alt.Step(74), height=alt.Step(40)).encode(
        x=alt.X("target", type="ordinal", sort=list(STAGES), title="to",
                axis=alt.Axis(orient="top", labelAngle=0, domain=False, ticks=False)),
        y=alt.Y("origin", type="ordinal", sort=list(STAGES), title="from", axis=alt.Axis(domain=False, ticks=False)),
    )  # fmt: skip
    scale = alt.Scale(domain=[0, 1])
    cells = base.mark_rect().encode(color=alt.Color("share", type="quantitative", legend=None, scale=scale))
    texts = base.transform_calculate(label="format(datum.customers, ',') + ' · ' + format(datum.share, '.0%')")
    return cells + texts.mark_text(fontSize=11).encode(
        text=alt.Text("label", type="nominal"),
        color=alt.condition("datum.share > 0.55", alt.value("white"), alt.value("#444")),
    )
