"""What came of it: one row per customer through the horizon, each metric after the assignment and before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import ibis

from cherish.errors import QuestionError, Unanswerable
from cherish.points import around as sides
from cherish.points import bits, personal
from cherish.points.measure import Asked
from cherish.proof.moments import Moments
from cherish.reports._arms.cells import Columns, cells, centred
from cherish.reports._arms.guards import Assigned
from cherish.reports._arms.metrics import DAY, Metric
from cherish.spec.filters import conjunction
from cherish.spec.periods import render_duration
from cherish.spec.report import Run
from cherish.spec.view import View

NOVELTY = "novelty"


@dataclass(frozen=True)
class Sample:
    """One row per customer (customer_id) or drawn unit whose horizon is over: arm, the keys asked for, and each
    metric's columns.

    `columns` says which columns a metric has; `customers` how many there are, `waiting` how many are not through.
    """

    table: Any
    columns: tuple[Columns, ...]
    keys: tuple[str, ...]
    customers: int
    waiting: int


def measured(
    view: View, run: Run, who: Assigned, metrics: Sequence[Metric], horizon: int, *, cuped: bool = True
) -> dict[str, Moments]:
    """The moments of every arm over all metrics: `n` customers who are through the horizon and have all the metrics.

    Columns are called by the metric's name; of a ratio the other part is NAME/x, and with `cuped` what the metric was
    before the assignment is NAME/before (and NAME/before/x, and NAME/new: 1 where there was no such value, as for
    customers without a past, who then have the mean). With drawn units a row is a unit, and NAME/x its customers.

    Raises:
        Unanswerable: nobody is through the horizon.
    """
    found = sampled(view, run, who, metrics, horizon, cuped=cuped)
    joint = Columns.joined(found.columns)
    centre = centred(run, found.table, (joint,))
    return {key[0]: each[joint.name] for key, each in cells(run, found.table, (joint,), ("arm",), centre).items()}


def sampled(
    view: View, run: Run, who: Assigned, metrics: Sequence[Metric], horizon: int, *, cuped: bool = True,
    by: Sequence[str] = (), until: Any = None, spans: int = 0,
) -> Sample:  # fmt: skip
    """The rows that moments are made of.

    `by` are traits of the customer, which come as columns `by_1` ...; properties of the exposure come as they are in
    `who`. `until` (naive UTC): only customers whose horizon was over then. `spans`: the first metric also in so many
    equal spans of the horizon, as columns NOVELTY/0, NOVELTY/1 ...

    Raises:
        Unanswerable: nobody is through the horizon.
        QuestionError: a metric of the log for a table without times or customers.
    """
    logged = [each for each in metrics if each.measure is not None]
    if logged and not who.timed:
        raise QuestionError(
            f"metric {logged[0].name!r} is counted from each customer's assignment on, and {who.name} says neither "
            "time nor customer: name the columns (columns=time=COLUMN), or the day on which all were assigned "
            "(start=DATE)"
        )
    people = who.table
    if by:
        labels = view.customers(tuple(by)).select("customer_id", *(f"by_{place}" for place in range(1, len(by) + 1)))
        people = people.inner_join(labels, "customer_id")
    end = ibis.literal(until or view.as_of.replace(tzinfo=None), type="timestamp(6)")
    through = people.filter(_later(people.moment, horizon) <= end) if who.timed else people
    counted = run(people.agg(n=people.count()))["n"][0].as_py()
    keys = ("arm", *(f"by_{place}" for place in range(1, len(by) + 1)), *(f"context.{each}" for each in who.context))
    rows, columns = _rows(view, through, metrics, horizon, keys, cuped=cuped, spans=spans, units=who.units)
    held = view.log.temporary(run(rows)) if bits.can(view) else rows
    there = int(run(held.agg(n=held[columns[0].size].sum()))["n"][0].as_py() or 0)
    if not there:
        length = render_duration(horizon)
        raise Unanswerable(
            f"{who.name}: none of {counted:,} customers is through the horizon of {length} yet; look later"
        )
    return Sample(held, columns, keys, there, int(counted) - there)


def _later(moment: Any, seconds: int) -> Any:
    """So long after a moment (or before it); days are of 24 hours."""
    if not seconds:
        return moment
    length = abs(seconds)
    step = ibis.interval(days=length // DAY) if length % DAY == 0 else ibis.interval(seconds=length)
    return moment + step if seconds > 0 else moment - step


def _rows(
    view: View, people: Any, metrics: Sequence[Metric], horizon: int, keys: tuple[str, ...], *, cuped: bool, spans: int,
    units: bool,
) -> tuple[Any, tuple[Columns, ...]]:  # fmt: skip
    """Every customer's metrics beside each other; whatever the engine must gather it gathers once per side."""
    asked = [each.asked(f"m{place}") for place, each in enumerate(metrics) if each.measure is not None]
    days = -(-horizon // DAY)

    def around(begin: int, end: int, several: Sequence[Asked], side: str, table: Any) -> Any:
        points = people.select(
            "customer_id",
            point=people.customer_id,
            moment=_later(people.moment, end),
            since=_later(people.moment, begin),
        )
        return _beside(table, personal.evaluate(view, points, several, span=days), side)

    table = people
    if asked and cuped and sides.suits(view, asked, days):
        points = people.select(
            "customer_id", "moment", since=_later(people.moment, -horizon), until=_later(people.moment, horizon)
        )
        table = table.inner_join(sides.evaluate(view, points, asked), "customer_id")
    elif asked:
        table = around(0, horizon, asked, "after", table)
        if cuped:
            table = around(-horizon, 0, asked, "before", table)
    made: dict[str, Any] = {}
    columns = []
    for place, each in enumerate(metrics):
        own = _columns(table, f"m{place}", each, cuped)
        made |= own
        columns.append(Columns.of(each.name, f"m{place}", own))
    if spans:
        step = horizon // spans
        for place in range(spans):
            table = around(place * step, (place + 1) * step, asked[:1], f"span{place}", table)
        own = {f"s{place}": table[f"span{place}_m0_y"].cast("float64") for place in range(spans)}
        made |= own
        titles = tuple(f"{NOVELTY}/{place}" for place in range(spans))
        columns.append(Columns(NOVELTY, "s0", names=tuple(own), titles=titles))
    plain = table.select("customer_id", *keys, "unit", **made, size=ibis.literal(1, type="int64"))
    return _of_units(plain, keys, columns) if units else (plain.drop("unit"), tuple(columns))


def _beside(table: Any, found: Any, side: str) -> Any:
    parts = {f"{side}_{name}": found[name] for name in found.columns if name[0] == "m" and name[1].isdigit()}
    return table.inner_join(found.select("customer_id", **parts), "customer_id")


def _columns(table: Any, key: str, each: Metric, cuped: bool) -> dict[str, Any]:
    """The columns of one metric: KEY, KEY_x of a ratio, KEY_before, KEY_before_x and KEY_new; null where no value
    is."""
    if each.column is not None:
        found = {key: table[f"own.{each.column}"]}
        if cuped and each.before is not None:
            found[f"{key}_before"] = table[f"own.{each.before}"]
        return found
    found = {key: table[f"after_{key}_y"].cast("float64")}
    if each.ratio:
        found[f"{key}_x"] = table[f"after_{key}_x"].cast("float64")
    if cuped:
        found[f"{key}_before"] = table[f"before_{key}_y"].cast("float64")
        if each.ratio:
            found[f"{key}_before_x"] = table[f"before_{key}_x"].cast("float64")
    return found


def _of_units(rows: Any, keys: tuple[str, ...], columns: Sequence[Columns]) -> tuple[Any, tuple[Columns, ...]]:
    """One row per drawn unit: sums over its customers; what was a mean per customer is a ratio to their number."""
    parts = {name: rows[name].sum() for each in columns for name in each.names}
    sizes: dict[str, Any] = {}
    made = []
    for each in columns:
        there = conjunction([rows[name].notnull() for name in each.needed])
        sums: dict[str, Any] = {}
        if each.x is None and not each.titles:
            sizes[f"{each.y}_x"] = rows.size.sum(where=there).cast("float64")
            sums["x"] = f"{each.y}_x"
        if each.before is not None and each.before_x is None:
            sizes[f"{each.before}_x"] = rows.size.sum(where=rows[each.before].notnull()).cast("float64")
            sums["before_x"] = f"{each.before}_x"
        made.append(replace(each, **sums))
    grouped = rows.group_by(*keys, "unit").agg(**parts, **sizes, size=rows.size.sum())
    return grouped.drop("unit"), tuple(made)
