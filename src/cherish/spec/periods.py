"""Periods, windows and durations: `28d` and `90min` as values, weeks that begin on Monday, calendar months."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any, Literal, get_args

from cherish.errors import QuestionError

Unit = Literal["day", "week", "month", "quarter", "year"]
UNITS: tuple[Unit, ...] = get_args(Unit)

_TRUNCATE = {"day": "D", "week": "W", "month": "M", "quarter": "Q", "year": "Y"}
_DAYS = {"d": 1, "w": 7}
_WINDOW = re.compile(r"([1-9]\d{0,4})\s*([dw])?")
_SECONDS = {"s": 1, "min": 60, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_DURATION = re.compile(r"(\d{1,9})\s*(s|min|m|h|d|w)?")


def parse_window(text: str | int | None) -> int | None:
    """Length of a window in days: `28d`, `12w`, 28; None or `all` is everything before the moment.

    Raises:
        QuestionError: not a length, or zero.
    """
    if text is None or text == "all":
        return None
    found = _WINDOW.fullmatch(str(text).strip())
    if not found:
        raise QuestionError(f"window {text!r}: use a number of days or weeks such as 28d or 12w, or 'all'")
    return int(found[1]) * _DAYS[found[2] or "d"]


def render_window(days: int | None) -> str:
    """The text that `parse_window` reads back."""
    return "all" if days is None else f"{days}d"


def parse_duration(text: str | int | None) -> int | None:
    """Length of time in seconds: `7d`, `12h`, `90min` (or `90m`), `45s`, `2w`; a bare number is days; None stays None.

    Raises:
        QuestionError: not a length.
    """
    if text is None:
        return None
    found = _DURATION.fullmatch(str(text).strip())
    if not found:
        raise QuestionError(f"{text!r}: use a length of time such as 7d, 12h, 90min or 45s")
    return int(found[1]) * _SECONDS[found[2] or "d"]


def render_duration(seconds: int | None) -> str:
    """The text that `parse_duration` reads back, in the largest unit that is whole."""
    if seconds is None:
        return "none"
    unit = next(unit for unit in ("d", "h", "min", "s") if seconds % _SECONDS[unit] == 0)
    return f"{seconds // _SECONDS[unit]}{unit}"


def period_of(day: Any, unit: Unit) -> Any:
    """The first day (DATE) of the period that a DATE expression lies in; weeks begin on Monday (ISO 8601)."""
    return day if unit == "day" else day.truncate(_TRUNCATE[unit])


def period_index(day: Any, unit: Unit) -> Any:
    """A whole number that grows by one from each period to the next, of a DATE expression."""
    if unit in ("day", "week"):
        # 1970-01-01 was a Thursday: three days on, weeks begin on Monday.
        number = day.epoch_days()
        return number if unit == "day" else (number + 3) // 7
    months = day.year() * 12 + day.month() - 1
    return months if unit == "month" else months // {"quarter": 3, "year": 12}[unit]


def start_of(day: date, unit: Unit) -> date:
    """The first day of the period that a day lies in."""
    if unit == "day":
        return day
    if unit == "week":
        return day - timedelta(days=day.weekday())
    first = {"month": day.month, "quarter": day.month - (day.month - 1) % 3, "year": 1}[unit]
    return date(day.year, first, 1)


def step(start: date, unit: Unit, count: int = 1) -> date:
    """The first day of the period `count` periods after the one that begins on `start`."""
    if unit in ("day", "week"):
        return start + timedelta(days=count * (1 if unit == "day" else 7))
    months = start.year * 12 + start.month - 1 + count * {"month": 1, "quarter": 3, "year": 12}[unit]
    return date(months // 12, months % 12 + 1, 1)
