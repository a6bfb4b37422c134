"""Periods as whole numbers on this side of the engine: the counterpart of `spec.periods.period_index`."""

from __future__ import annotations

from datetime import date

from cherish.spec.calendar import day_from, day_number
from cherish.spec.periods import Unit

_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def index_of(day: date, unit: Unit) -> int:
    """The number of the period that a day lies in."""
    if unit == "day":
        return day_number(day)
    if unit == "week":
        return (day_number(day) + 3) // 7
    return (day.year * 12 + day.month - 1) // _MONTHS[unit]


def start_at(index: int, unit: Unit) -> date:
    """The first day of the period of this number."""
    if unit == "day":
        return day_from(index)
    if unit == "week":
        return day_from(index * 7 - 3)
    months = index * _MONTHS[unit]
    return date(months // 12, months % 12 + 1, 1)
