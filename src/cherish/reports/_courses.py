"""From the engine's rows to the table of a trend: every period and group, formulas, comparison, reasons for nulls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import takewhile
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cherish.reports._axis import Axis
from cherish.reports._formula import Formula
from cherish.reports._groups import codes
from cherish.reports._rows import labels
from cherish.reports._series import Series

Numbers = npt.NDArray[np.float64]
Texts = npt.NDArray[np.object_]
FORMULA = "formula"
COLUMNS = (
    "period", "series", "label", "value", "n", "previous_period", "previous", "change", "partial", "why"
)  # fmt: skip


@dataclass(frozen=True)
class Course:
    """A series over all groups (rows) and periods (columns): value (NaN: none), what it rests on, why it is null."""

    name: str
    label: str
    value: Numbers
    n: Numbers
    why: Texts


@dataclass(frozen=True)
class Setting:
    """What the rows are laid out on."""

    axis: Axis
    series: tuple[Series, ...]
    formula: Formula | None
    by: tuple[str, ...]
    shown: tuple[str, ...]
    today: int


def table(rows: pa.Table, setting: Setting) -> pa.Table:
    """The finished table: group by group, series by series, period by period."""
    starts = [setting.axis.start(index) for index in setting.axis.all]
    place = pc.index_in(rows["period"], value_set=pa.array(starts, pa.date32()))
    inside = pc.is_valid(place)
    rows, period = rows.filter(inside), place.filter(inside).to_numpy().astype(np.int64)
    groups, group = codes(rows, labels(setting.by))
    shape = (len(groups), len(starts))
    courses = [_course(rows, each, setting.axis, group, period, shape) for each in setting.series]
    if setting.formula is not None:
        courses.append(_computed(setting.formula, courses))
    kept = [name for name in COLUMNS if setting.axis.shift or name not in ("previous_period", "previous", "change")]
    return _laid_out(setting, courses, groups, starts).select([*setting.shown, *kept])


def _course(rows: pa.Table, series: Series, axis: Axis, group: Any, period: Any, shape: tuple[int, int]) -> Course:
    value, n = np.full(shape, 0.0 if series.additive else np.nan), np.zeros(shape)
    # Other series' rows and empty groups hold nothing here.
    found = rows[f"{series.letter}_value"]
    here = pc.is_valid(found).to_numpy()
    places = (group[here], period[here])
    value[places] = _floats(found.filter(pa.array(here)))
    n[places] = rows[f"{series.letter}_n"].filter(pa.array(here)).to_numpy()
    why = np.full(shape, None, dtype=object)
    why[np.isnan(value)] = "no_customers" if series.measure is not None else "no_rows"
    early = np.array([number for number, index in enumerate(axis.all) if index < axis.born_in], dtype=np.int64)
    value[:, early], why[:, early] = np.nan, "before_the_data"
    return Course(series.letter, series.label, value, n, why)


def _floats(found: Any) -> Any:
    # PyArrow's own cast makes -31.668400000000002 of the decimal -31.6684.
    if pa.types.is_decimal(found.type):
        return [float(each) for each in found.to_pylist()]
    return found.cast(pa.float64()).to_numpy()


def _computed(formula: Formula, courses: list[Course]) -> Course:
    value = formula.compute({course.name: course.value for course in courses})
    why = np.full(value.shape, None, dtype=object)
    why[np.isnan(value)] = "division_by_zero"
    for course in (course for course in courses if course.name in formula.letters):
        why = np.where(course.why != None, course.why, why)  # noqa: E711  # element by element
    n = np.full(value.shape, np.nan)
    return Course(FORMULA, formula.text, value, n, why)


def _laid_out(setting: Setting, courses: list[Course], groups: list[tuple[str, ...]], starts: list[date]) -> pa.Table:
    """All courses below each other; every array is groups x series x periods."""
    axis = setting.axis
    width, shift = axis.last - axis.first + 1, axis.shift
    value, n = (np.stack([getattr(each, name) for each in courses], axis=1) for name in ("value", "n"))
    why = np.stack([each.why for each in courses], axis=1)
    now, before = value[:, :, shift:].reshape(-1), value[:, :, :width].reshape(-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        change = now / np.where(before == 0, np.nan, before) - 1
    number = n[:, :, shift:].reshape(-1)
    blocks = len(groups) * len(courses)
    # Only the last periods can be unfinished.
    unfinished = sum(1 for _ in takewhile(lambda index: axis.partial(index, setting.today), reversed(axis.all[shift:])))
    partial = [False] * (width - unfinished) + [True] * unfinished
    days = pa.array(starts, pa.date32())
    columns: dict[str, Any] = {
        name: pa.array(np.repeat([key[at] for key in groups], len(courses) * width).tolist(), pa.string())
        for at, name in enumerate(setting.shown)
    }
    columns |= {
        "period": pa.concat_arrays([days[shift:]] * blocks),
        "series": pa.array(np.repeat([each.name for each in courses], width).tolist() * len(groups), pa.string()),
        "label": pa.array(np.repeat([each.label for each in courses], width).tolist() * len(groups), pa.string()),
        "value": _known(now),
        "n": pa.array(np.nan_to_num(number).astype(np.int64), pa.int64(), mask=np.isnan(number)),
        "previous_period": pa.concat_arrays([days[:width]] * blocks),
        "previous": _known(before),
        "change": _known(change),
        "partial": pa.array(partial * blocks, pa.bool_()),
        "why": pa.array(why[:, :, shift:].reshape(-1).tolist(), pa.string()),
    }
    return pa.table(columns)


def _known(values: Numbers) -> Any:
    return pa.array(values, pa.float64(), mask=np.isnan(values))


def headline(found: pa.Table, shown: tuple[str, ...]) -> Mapping[str, Any]:
    """The last whole period, the value of the first series (or of the formula) in it, and the period before."""
    series = found["series"]
    name = FORMULA if pc.any(pc.equal(series, FORMULA)).as_py() else "A"
    # Only what is quoted becomes Python's: a year of days has thousands of cells.
    lead = found.filter(pc.equal(series, name)).select([*shown, "period", "label", "value", "partial"])
    if shown:
        own = lead.to_pylist()
        groups = {tuple(row[field] for field in shown) for row in own}
        return {"series": own[0]["label"] if own else None, "groups": len(groups)}
    over = lead.filter(pc.invert(lead["partial"]))
    before, last = [None, None, *over.slice(max(over.num_rows - 2, 0)).to_pylist()][-2:]
    return {
        "series": lead["label"][0].as_py(),
        "period": last and last["period"],
        "value": last and last["value"],
        "before": before and before["value"],
        "periods": lead.num_rows,
        "partial": bool(lead.num_rows and lead["partial"][-1].as_py()),
    }


def picture(found: pa.Table, shown: tuple[str, ...]) -> Any:
    """A line per series and group; the period that is not over is a hollow point, the one compared with is dashed."""
    import altair as alt  # Heavy, and only a chart needs it.

    rows = found.to_pylist()
    name = FORMULA if any(row["series"] == FORMULA for row in rows) else None
    names = [" / ".join([*(row[field] for field in shown), row["label"]]) for row in rows]
    values = [
        {"period": row["period"].isoformat(), "value": row["value"], "previous": row.get("previous"), "line": line,
         "partial": row["partial"]}
        for row, line in zip(rows, names, strict=True) if name is None or row["series"] == name
    ]  # fmt: skip
    base = alt.Chart(alt.Data(values=values)).encode(
        alt.X("period:T", title=None),
        alt.Color("line:N", title=None, legend=alt.Legend(orient="bottom", columns=4) if len(set(names)) > 1 else None),
    )
    tips = [alt.Tooltip("period:T"), alt.Tooltip("line:N"), alt.Tooltip("value:Q"), alt.Tooltip("partial:N")]
    line = base.mark_line().encode(alt.Y("value:Q", title=None), tooltip=tips)
    last = base.transform_filter("datum.partial").mark_point(filled=False, size=60)
    last = last.encode(alt.Y("value:Q"), tooltip=tips)
    if "previous" not in found.column_names:
        return line + last
    return base.mark_line(strokeDash=[4, 3], opacity=0.5).encode(alt.Y("previous:Q")) + line + last
