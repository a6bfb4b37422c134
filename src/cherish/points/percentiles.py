"""Percentile ranks within a population, frozen: where a value stands among all, from 0 to 100, ties in the middle.

The rank of a value is the share of the population below it and half of those who have the same. A fit keeps at most one
step per hundredth, so that it stays small however many different values there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import ibis

Steps = list[tuple[Any, float]]
"""Rising thresholds, each with the percentile of the values from it on."""


def learn(table: Any, keys: Iterable[str], run: Callable[[Any], Any]) -> dict[str, Steps]:
    """The steps of each column; rows without a value are left out. Empty where nobody has one."""
    return {key: _steps(table.select(v=table[key]), run) for key in keys}


def of_counts(column: Any, steps: Iterable[tuple[Any, float]]) -> Any:
    """The percentile of how much somebody did: who did nothing has 0, not the middle of all who did nothing."""
    return ibis.ifelse(column == 0, ibis.literal(0.0), percentile(column, steps))


def percentile(column: Any, steps: Iterable[tuple[Any, float]]) -> Any:
    """A value's percentile by frozen steps; 0 below all of them, null for a missing value or without steps."""
    falling = [(column >= threshold, ibis.literal(float(rank))) for threshold, rank in reversed(list(steps))]
    if not falling:
        return ibis.null("float64")
    found = ibis.cases(*falling, else_=ibis.literal(0.0))
    return ibis.ifelse(column.isnull(), ibis.null("float64"), found)


def _steps(values: Any, run: Callable[[Any], Any]) -> Steps:
    counts = values.filter(values.v.notnull()).group_by("v").agg(n=lambda rows: rows.count())
    upto = counts.mutate(upto=counts.n.sum().over(ibis.cumulative_window(order_by=counts.v)))
    size = upto.cross_join(counts.agg(size=counts.n.sum()))
    # Twice the rank in whole numbers: those below twice, those alike once.
    ranked = size.select("v", twice=2 * size.upto - size.n, size=size["size"])
    ranked = ranked.mutate(hundredth=(ranked.twice * 50) // ranked["size"].nullif(0))
    lowest = ranked.group_by("hundredth").agg(v=ranked.v.min(), twice=ranked.twice.min(), size=ranked["size"].max())
    rows = run(lowest.order_by("v")).to_pylist()
    return [(_plain(row["v"]), 50.0 * row["twice"] / row["size"]) for row in rows]


def _plain(value: Any) -> int | float:
    """A threshold that JSON can hold and that compares as the value did."""
    return value if isinstance(value, int | float) else float(value)
