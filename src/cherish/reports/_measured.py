"""Measures as series of a trend: their course over the population, or over each group as a population of its own."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from typing import Any

import ibis

from cherish.errors import Unanswerable
from cherish.points import trend
from cherish.points.at import fitted
from cherish.points.measure import Asked, Measure
from cherish.reports._axis import Axis
from cherish.reports._groups import Groups
from cherish.reports._series import Series
from cherish.spec.calendar import day_from
from cherish.spec.filters import NULL, Filter
from cherish.spec.periods import period_of
from cherish.spec.report import Run
from cherish.spec.view import UNKNOWN, View


def measured(view: View, axis: Axis, series: Series, measure: Measure, groups: Groups, run: Run) -> Any:
    """Rows of period, by_1 and the series' columns X_value and X_n."""
    # One fit, on everybody: groups that were each fitted to themselves could not be compared.
    asked = Asked("v", measure)
    asked = replace(asked, fit=fitted(view, asked, run))
    parts = []
    for label, narrow in _slices(view, groups):
        found = _course(narrow, axis, series, asked)
        parts.append(found.mutate(by_1=ibis.literal(label)) if groups.fields else found)
    table = reduce(lambda above, below: above.union(below), parts)
    return table.select("period", *groups.labels, f"{series.letter}_value", f"{series.letter}_n")


def _course(view: View, axis: Axis, series: Series, asked: Asked) -> Any:
    ends = tuple(day for day in axis.ends(view.day) if day >= axis.born)
    if not ends:
        raise Unanswerable(
            f"series {series.letter}: no day is over yet, and a measure has its value at the end of a day"
        )
    course = trend.evaluate(view, asked, ends[0], ends[-1])
    if axis.unit != "day":
        course = course.filter(course.day.isin([day_from(day) for day in ends]))
    value = course.y.cast("float64") / course.x.cast("float64").nullif(0)
    columns = {f"{series.letter}_value": value, f"{series.letter}_n": course.x.cast("int64")}
    return course.select(period=period_of(course.day, axis.unit), **columns)


def _slices(view: View, groups: Groups) -> list[tuple[str, View]]:
    """The view of each group; a measure's groups are populations of their own."""
    if not groups.fields:
        return [("", view)]
    field, kept = groups.fields[0], [key[0] for key in groups.keep or ()]
    texts = tuple(NULL if label == UNKNOWN else label for label in kept)
    found = [
        (label, replace(view, filters=(*view.filters, Filter(field, "=", (text,)))))
        for label, text in zip(kept, texts, strict=True)
    ]
    rest = replace(view, filters=(*view.filters, Filter(field, "!=", texts)))
    return [*found, (groups.rest, rest)]
