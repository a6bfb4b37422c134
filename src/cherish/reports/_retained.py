"""The table of retention that people see: a row per cohort and bucket, then the averages, and what is quoted of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cherish.reports._averages import average
from cherish.reports._cells import Cells, Whole, amounts_column
from cherish.reports._period_numbers import start_at
from cherish.spec.periods import Unit

COLUMNS = (
    "cohort", "average", "size", "bucket", "bucket_end", "retained", "mature", "reference", "rate", "why"
)  # fmt: skip


@dataclass(frozen=True)
class Shape:
    """How the cells are laid out: the breakdowns' names, the buckets' spans, the unit, and how to average."""

    by: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    unit: Unit
    averaging: str
    money: bool


def retained(found: Cells, shape: Shape) -> pa.Table:
    """The finished table: per group its cohorts in order of time, then its average row per bucket."""
    averages = _averages(found, shape)
    parts = [_cohorts(found, shape), averages]
    table: pa.Table = pa.concat_tables(parts)
    order = [("_group", "ascending"), ("_kind", "ascending"), ("cohort", "ascending"), ("bucket", "ascending")]
    return table.sort_by(order).select([*shape.by, *COLUMNS])


def _cohorts(found: Cells, shape: Shape) -> pa.Table:
    rows, width = found.retained.shape
    flat = {name: getattr(found, name).reshape(-1) for name in ("retained", "mature", "reference")}
    immature, nobody = flat["mature"] == 0, flat["reference"] == 0
    rate = _divided(flat["retained"], flat["reference"], shape.money)
    why = np.where(immature, "immature", "nobody_before").astype(object)
    starts = [start_at(int(number), shape.unit) for number in found.cohort]
    columns = {
        "cohort": pa.array([start for start in starts for _ in range(width)], pa.date32()),
        "average": pa.nulls(rows * width, pa.string()),
        "size": pa.array(np.repeat(found.size, width), pa.int64()),
        "retained": amounts_column(flat["retained"], shape.money, immature),
        "mature": pa.array(flat["mature"], pa.int64()),
        "reference": pa.array(flat["reference"], pa.int64(), mask=immature),
        "rate": pa.array(rate, pa.float64(), mask=immature | nobody),
        "why": pa.array(why, pa.string(), mask=~(immature | nobody)),
    }
    return _placed(columns, shape, found, np.repeat(found.group, width), 0)


def _averages(found: Cells, shape: Shape) -> pa.Table:
    groups, width = len(found.groups), len(shape.spans)
    totals = {name: _by_group(found, getattr(found, name)) for name in ("retained", "mature", "reference")}
    size = np.zeros(groups, dtype=np.int64)
    np.add.at(size, found.group, found.size)
    scale = 10_000 if shape.money else 1
    rates = [
        average(shape.averaging, found.retained[found.group == group][:, bucket] / scale,
                found.reference[found.group == group][:, bucket]).rate
        for group in range(groups) for bucket in range(width)
    ]  # fmt: skip
    empty = np.array([rate is None for rate in rates], dtype=bool)
    flat = {name: each.reshape(-1) for name, each in totals.items()}
    columns = {
        "cohort": pa.nulls(groups * width, pa.date32()),
        "average": pa.array([shape.averaging] * (groups * width), pa.string()),
        "size": pa.array(np.repeat(size, width), pa.int64()),
        "retained": amounts_column(flat["retained"], shape.money, flat["mature"] == 0),
        "mature": pa.array(flat["mature"], pa.int64()),
        "reference": pa.array(flat["reference"], pa.int64(), mask=flat["mature"] == 0),
        "rate": pa.array(rates, pa.float64()),
        "why": pa.array(["no_cohort"] * (groups * width), pa.string(), mask=~empty),
    }
    return _placed(columns, shape, found, np.repeat(np.arange(groups), width), 1)


def _placed(columns: Mapping[str, Any], shape: Shape, found: Cells, group: Whole, kind: int) -> pa.Table:
    width = len(shape.spans)
    times = len(group) // width
    named = {
        name: pa.array([found.groups[number][place] for number in group.tolist()], pa.string())
        for place, name in enumerate(shape.by)
    }
    buckets = {
        "bucket": pa.array([low for low, _ in shape.spans] * times, pa.int64()),
        "bucket_end": pa.array([high for _, high in shape.spans] * times, pa.int64()),
    }
    hidden = {"_group": pa.array(group, pa.int64()), "_kind": pa.array([kind] * len(group), pa.int64())}
    both = {**columns, **buckets}
    return pa.table({**named, **{name: both[name] for name in COLUMNS}, **hidden})


def _by_group(found: Cells, values: Whole) -> Whole:
    total = np.zeros((len(found.groups), values.shape[1]), dtype=np.int64)
    np.add.at(total, found.group, np.where(found.mature > 0, values, 0))
    return total


def _divided(above: Whole, below: Whole, money: bool) -> Any:
    with np.errstate(divide="ignore", invalid="ignore"):
        return above / np.where(below == 0, 1, below) / (10_000 if money else 1)


def headline(table: pa.Table, averaging: str) -> Mapping[str, Any]:
    """The average rate in the first bucket after the start, all groups together, and the cohorts that it rests on."""
    cohorts = table.filter(pc.is_null(table["average"]))
    later = [number for number in cohorts["bucket"].unique().to_pylist() if number > 0]
    if not later:
        return {"cohorts": 0, "customers": 0, "bucket": None, "rate": None, "averaging": averaging, "last_mature": None}
    bucket = min(later)
    rows = cohorts.filter(pc.equal(cohorts["bucket"], bucket))
    together = rows.group_by("cohort").aggregate(
        [(name, "sum") for name in ("size", "retained", "mature", "reference")]
    )
    mature = [row for row in together.to_pylist() if row["mature_sum"]]
    m = np.array([float(row["retained_sum"]) for row in mature])
    n = np.array([float(row["reference_sum"]) for row in mature])
    return {
        "cohorts": together.num_rows,
        "customers": sum(together["size_sum"].to_pylist()),
        "bucket": bucket,
        "rate": average(averaging, m, n).rate,
        "averaging": averaging,
        "last_mature": max((row["cohort"] for row in mature), default=None),
    }


def picture(table: pa.Table, by: tuple[str, ...], unit: str) -> Any:
    """The triangle of cohorts, or with a breakdown the average curve of each group."""
    import altair as alt  # Heavy, and only a chart needs it.

    rows = [_plain(row) for row in table.to_pylist() if row["rate"] is not None]
    bucket = alt.X("bucket:O", title=f"{unit}s after the start", axis=alt.Axis(labelAngle=0))
    tips = [alt.Tooltip(f"{name}:N") for name in by] + ["cohort:N", "bucket:O", "retained:Q", "mature:Q"]
    rate = alt.Tooltip("rate:Q", format=".1%")
    if by:
        averages = [row for row in rows if row["average"]]
        color = [alt.Color(f"{by[0]}:N")] + ([alt.StrokeDash(f"{by[1]}:N")] if len(by) > 1 else [])
        line = alt.Chart(alt.Data(values=averages)).mark_line(point=True)
        return line.encode(
            bucket, alt.Y("rate:Q", title="came back", axis=alt.Axis(format="%")), *color, tooltip=[*tips, rate]
        )
    cells = alt.Chart(alt.Data(values=[row for row in rows if not row["average"]]))
    places = (bucket, alt.Y("cohort:N", title=f"started in the {unit} of"))
    scale = alt.Scale(scheme="blues", domain=[0, 1])
    color = alt.Color("rate:Q", scale=scale, title="came back", legend=alt.Legend(format="%"))
    boxes = cells.mark_rect().encode(*places, color, tooltip=[*tips, rate])
    dark = alt.condition("datum.rate > 0.5", alt.value("white"), alt.value("black"))
    return boxes + cells.mark_text(fontSize=9).encode(*places, alt.Text("rate:Q", format=".0%"), color=dark)


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    numbers = {name: float(row[name]) for name in ("retained", "reference") if row[name] is not None}
    day: date | None = row["cohort"]
    return {**row, **numbers, "cohort": "average" if day is None else day.isoformat()}
