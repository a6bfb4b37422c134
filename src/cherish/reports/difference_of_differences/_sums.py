"""The outcome of everybody in each period, and its sums by group and by cells of like customers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

import ibis

from cherish.points import bits, quintiles
from cherish.points.quintiles import Ties
from cherish.points.rows import at_moment, in_currency
from cherish.proof.moments import Moments
from cherish.proof.overlap import Cells
from cherish.reports._days import active_rows
from cherish.reports.difference_of_differences._groups import Groups
from cherish.spec.calendar import number
from cherish.spec.relations import MONEY
from cherish.spec.report import Run
from cherish.spec.view import View

OUTCOMES = ("revenue", "orders", "active_days")
AFTER = "after"
LIKE = ("sum_before", "times_before")
"""What customers are alike in: how much in all periods before, and how often."""


@dataclass(frozen=True)
class Axis:
    """Periods of equal length: `before` of them up to the day number `start`, and one from it on."""

    start: int
    length: int
    before: int

    @property
    def names(self) -> tuple[str, ...]:
        """The periods in their order: before_3, before_2, before_1, after."""
        return (*self.earlier, AFTER)

    @property
    def earlier(self) -> tuple[str, ...]:
        """The periods before the start."""
        return tuple(f"before_{place}" for place in range(self.before, 0, -1))

    def begins(self, place: int) -> int:
        """The first day of the place-th period."""
        return self.start + (place - self.before) * self.length


def outcome(view: View, name: str, active: str, currency: str | None) -> Any:
    """The rows that an outcome adds up: customer_id, d, v (exact, so that the order of sums can't matter), n."""
    if name == "active_days":
        rows = active_rows(view, view.active(active)).select("customer_id", "day").distinct()
        one = ibis.literal(1, type="int64")
        return rows.select("customer_id", d=number(rows.day).cast("int64"), v=one.cast(MONEY), n=one)
    rows = in_currency(at_moment(view, "orders", exact=False), currency)
    value = rows.value if name == "revenue" else rows.n
    return rows.select("customer_id", "d", v=value.cast(MONEY), n=rows.n)


def everybody(view: View, groups: Groups, axis: Axis, rows: Any, run: Run) -> Any:
    """One row per customer: treated, tenure, each period's outcome, and what customers are alike in."""
    near = rows.filter(rows.d >= axis.begins(0), rows.d < axis.start + axis.length)
    none = ibis.literal(0, type="int64")
    periods = {
        name: near.v.sum(where=(near.d >= axis.begins(at)) & (near.d < axis.begins(at + 1)))
        for at, name in enumerate(axis.names)
    }
    summed = near.group_by(whom="customer_id").agg(**periods, times_before=near.n.sum(where=near.d < axis.start))
    people = groups.people
    joined = people.left_join(summed, people.customer_id == summed.whom)
    filled = joined.select(
        "treated", "tenure", **{name: joined[name].fill_null(0).cast(MONEY) for name in axis.names},
        times_before=joined.times_before.fill_null(none),
    )  # fmt: skip
    whole = filled[axis.earlier[0]]
    for name in axis.earlier[1:]:
        whole = whole + filled[name]
    found = filled.mutate(sum_before=whole.cast(MONEY))
    return view.log.temporary(run(found)) if bits.can(view) else found


def in_cells(people: Any, axis: Axis, run: Run) -> Any:
    """Sums per group and cell: customers are alike who lie in the same fifths of how much and how often before."""
    cuts = {name: quintiles.ranked(people, name, (), Ties("average"), run) for name in LIKE}
    scores = {f"fifth_{name}": quintiles.score(people[name], each, ()) for name, each in cuts.items()}
    scored = people.mutate(**scores)
    columns = (*axis.names, "sum_before", "tenure", "times_before")
    pairs = {f"{one}.{other}": (scored[one] * scored[other]).sum()
             for one, other in combinations_with_replacement(axis.names, 2)}  # fmt: skip
    squares = {f"{name}.{name}": (scored[name] * scored[name]).sum() for name in columns[len(axis.names) :]}
    keys = ("treated", *scores)
    return scored.group_by(*keys).agg(
        n=scored.count(), **{name: scored[name].sum() for name in columns}, **pairs, **squares
    ).order_by(*keys)  # fmt: skip


def moments(rows: list[dict[str, Any]], axis: Axis, treated: int) -> Moments:
    """The periods of one group."""
    own = [row for row in rows if row["treated"] == treated]
    pairs = {
        pair: float(sum(row[".".join(pair)] for row in own)) for pair in combinations_with_replacement(axis.names, 2)
    }
    sums = {name: float(sum(row[name] for row in own)) for name in axis.names}
    return Moments.about(sum(row["n"] for row in own), dict.fromkeys(axis.names, 0.0), sums, pairs)


def cells(rows: list[dict[str, Any]], axis: Axis) -> tuple[Cells, tuple[tuple[int, int], ...]]:
    """The cells of like customers, with the move from the last period before, and which fifths they are."""
    keys = tuple(sorted({_key(row) for row in rows}))
    by_group = [{_key(row): row for row in rows if row["treated"] == group} for group in (1, 0)]
    last = axis.earlier[-1]

    def of(row: Mapping[str, Any] | None, name: str) -> float:
        return 0.0 if row is None else float(row[name])

    def squared(row: Mapping[str, Any] | None) -> float:
        return of(row, f"{AFTER}.{AFTER}") - 2 * of(row, f"{last}.{AFTER}") + of(row, f"{last}.{last}")

    both = [[group.get(key) for key in keys] for group in by_group]
    moved = [[of(row, AFTER) - of(row, last) for row in group] for group in both]
    squares = [[squared(row) for row in group] for group in both]
    beside = {
        name: tuple([of(row, column) for row in group] for column in (name, f"{name}.{name}") for group in both)
        for name in (*LIKE, "tenure")
    }
    n = [[of(row, "n") for row in group] for group in both]
    made = Cells.of(
        treated=n[0], control=n[1], y_treated=moved[0], y_control=moved[1], y2_treated=squares[0],
        y2_control=squares[1], covariates=beside,
    )  # fmt: skip
    return made, keys


def _key(row: Mapping[str, Any]) -> tuple[int, int]:
    return int(row[f"fifth_{LIKE[0]}"]), int(row[f"fifth_{LIKE[1]}"])
