"""How long events are kept, by their names: windows as they stand in the settings, and what has left them."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from cherish.errors import QuestionError
from cherish.spec.limits import EARLIEST

_WINDOW = re.compile(r"\s*([1-9]\d{0,4})\s*(days?|weeks?|months?|years?|d|w)\s*")
_DAYS = {"d": 1, "w": 7}
_MONTHS = {"m": 1, "y": 12}


def beginnings(windows: Mapping[str, str], now: datetime) -> dict[str, datetime]:
    """For each name the moment (naive UTC) before which its events go.

    Raises:
        QuestionError: a window that can't be read.
    """
    return {
        name: _beginning(name, window, now.astimezone(UTC).replace(tzinfo=None)) for name, window in windows.items()
    }


def _beginning(name: str, window: str, now: datetime) -> datetime:
    found = _WINDOW.fullmatch(window)
    if found is None:
        raise QuestionError(
            f"retention of {name!r}: {window!r} is no length of time; write 90 days, 6 weeks, 13 months or 2 years"
        )
    count, unit = int(found[1]), found[2][0]
    if unit in _MONTHS:
        return _months_before(now, count * _MONTHS[unit])
    return max(_earliest(), now - timedelta(days=min(count * _DAYS[unit], (now - _earliest()).days)))


def _months_before(now: datetime, months: int) -> datetime:
    """The same day so many months ago, or that month's last."""
    whole = now.year * 12 + now.month - 1 - months
    if whole < _earliest().year * 12:
        return _earliest()
    year, month = divmod(whole, 12)
    return now.replace(year=year, month=month + 1, day=min(now.day, calendar.monthrange(year, month + 1)[1]))


def _earliest() -> datetime:
    return EARLIEST.replace(tzinfo=None)
