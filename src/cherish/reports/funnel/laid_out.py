"""The table of a funnel that people see: a row per group, period and step, and what is quoted of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from cherish.reports._rows import labels, shown_names
from cherish.reports.funnel.ask import MICRO
from cherish.reports.funnel.counted import COUNTS, STEP, TOTAL
from cherish.spec.periods import Unit
from cherish.spec.periods import step as following
from cherish.statistics.intervals import wilson

RATES = ("step_rate", "overall_rate")


@dataclass(frozen=True)
class Shape:
    """How the counts are laid out: the steps' names, the breakdowns' fields, the percentiles, the periods."""

    steps: tuple[str, ...]
    fields: tuple[str, ...]
    shares: tuple[float, ...]
    trend: Unit | None

    @property
    def by(self) -> tuple[str, ...]:
        """The breakdowns' columns; `name` is what steps are called, so the entry's own is `entry_name`."""
        taken = ("period", *_kinds(self))
        return tuple(f"entry_{name}" if name in taken else name for name in shown_names(self.fields, taken))

    def times(self, place: int) -> tuple[str, str]:
        """The columns of a percentile, in seconds: since the step before, and since the entry."""
        share = self.shares[place]
        name = "median" if share == 0.5 else f"p{share * 100:g}".replace(".", "_")
        return f"{name}_time", f"total_{name}_time"


def laid_out(rows: pa.Table, shape: Shape) -> pa.Table:
    """The finished table, group by group and period by period; without any attempt a funnel of zeros."""
    keys = labels(shape.fields)
    if shape.trend:
        keys = (*keys, "period")
    cells = _cells(rows, keys)
    groups = _groups({group for group, _ in cells}, shape)
    lines = [line for group in groups for line in _funnel(cells, group, shape)]
    shown = (*shape.by, "period") if shape.trend else shape.by
    columns: dict[str, Any] = {
        name: pa.array([line["group"][place] for line in lines], pa.date32() if name == "period" else pa.string())
        for place, name in enumerate(shown)
    }
    for name, kind in _kinds(shape).items():
        columns[name] = pa.array([line[name] for line in lines], kind)
    return pa.table(columns)


def _groups(found: set[tuple[Any, ...]], shape: Shape) -> list[tuple[Any, ...]]:
    """The groups in order; in a trend each with every period from the first entry of anybody to the last."""
    if not found or not shape.trend:
        return sorted(found) or ([] if shape.fields or shape.trend else [()])
    periods, last = [min(group[-1] for group in found)], max(group[-1] for group in found)
    while periods[-1] < last:
        periods.append(following(periods[-1], shape.trend))
    return [(*group, period) for group in sorted({group[:-1] for group in found}) for period in periods]


def _kinds(shape: Shape) -> dict[str, Any]:
    whole, real, text = pa.int64(), pa.float64(), pa.string()
    kinds = {"step": whole, "name": text, "reached": whole, "dropped": whole, "open": whole}
    kinds |= dict.fromkeys(RATES, real)
    pairs = [shape.times(place) for place in range(len(shape.shares))]
    kinds |= dict.fromkeys([name for pair in pairs for name in pair], real)
    kinds |= {f"{name}_{end}": real for name in RATES for end in ("low", "high")}
    return kinds | {f"{name}_why": text for name in RATES}


def _cells(rows: pa.Table, keys: tuple[str, ...]) -> dict[tuple[tuple[Any, ...], int], dict[int, dict[str, Any]]]:
    found: dict[tuple[tuple[Any, ...], int], dict[int, dict[str, Any]]] = {}
    for row in rows.to_pylist():
        place = (tuple(row[key] for key in keys), row["step"])
        found.setdefault(place, {})[row["what"]] = row
    return found


def _funnel(cells: Any, group: tuple[Any, ...], shape: Shape) -> list[dict[str, Any]]:
    count = len(shape.steps)
    here = [cells.get((group, step), {}) for step in range(1, count + 1)]
    reached = [cell.get(COUNTS, {}).get("reached", 0) for cell in here]
    waiting = [cell.get(COUNTS, {}).get("open", 0) for cell in here]
    lines = []
    for place, cell in enumerate(here):
        last = place == count - 1
        line = {"group": group, "step": place + 1, "name": shape.steps[place], "reached": reached[place]}
        line["dropped"] = None if last else reached[place] - reached[place + 1]
        line["open"] = None if last else waiting[place] - waiting[place + 1]
        line |= _rate("step_rate", reached[place], reached[place - 1] if place else 0, "nobody_before")
        line |= _rate("overall_rate", reached[place], reached[0], "nobody_entered")
        if not place:
            # All of those who entered entered: a share by definition has no interval.
            line |= {"step_rate_why": "first_step", "overall_rate_low": None, "overall_rate_high": None}
        lines.append(line | _times(cell, shape))
    return lines


def _rate(name: str, hits: int, of: int, why: str) -> dict[str, Any]:
    if not of:
        return {name: None, f"{name}_low": None, f"{name}_high": None, f"{name}_why": why}
    found = wilson(np.array([hits]), np.array([of]))
    return {name: hits / of, f"{name}_low": float(found.low[0]), f"{name}_high": float(found.high[0]),
            f"{name}_why": None}  # fmt: skip


def _times(cell: Mapping[int, Mapping[str, Any]], shape: Shape) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for place in range(len(shape.shares)):
        for name, what in zip(shape.times(place), (STEP, TOTAL), strict=True):
            value = cell.get(what, {}).get(f"q_{place + 1}")
            found[name] = None if value is None else value / MICRO
    return found


def headline(table: pa.Table, shape: Shape) -> dict[str, Any]:
    """Who entered, who converted, and where most are lost; all groups and periods together."""
    rows = table.to_pylist()
    reached = [sum(row["reached"] for row in rows if row["step"] == step) for step in range(1, len(shape.steps) + 1)]
    entered, converted = reached[0], reached[-1]
    lost = [before - after for before, after in pairwise(reached)]
    worst = lost.index(max(lost)) if entered and max(lost) else None
    found = {"entered": entered, "converted": converted, **_rate("conversion_rate", converted, entered, "")}
    found = {name: value for name, value in found.items() if not name.endswith("_why")}
    if len(rows) == len(shape.steps) and 0.5 in shape.shares:
        name = shape.times(shape.shares.index(0.5))[1]
        found[name.removeprefix("total_")] = rows[-1][name]
    found["most_lost_before"] = None if worst is None else shape.steps[worst + 1]
    return {**found, "still_open": sum(row["open"] or 0 for row in rows)}
