"""The local day: one way to compute it on every engine, from the pinned tz database.

Casting to a zoned timestamp silently yields the UTC day on some engines, so the zone's UTC offsets become a
balanced CASE over transition instants. All timestamps inside Cherish are naive UTC with microseconds; *local* means
shifted by the zone's offset; a *day number* counts local days since 1970-01-01.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

import ibis

from cherish.errors import QuestionError

EPOCH = date(1970, 1, 1)
_PROBE = timedelta(hours=6)
_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """The zone of this name, from the `tzdata` package and never from the machine's own (perhaps older) files.

    Raises:
        QuestionError: the name is not in the tz database.
    """
    try:
        path = resources.files("tzdata").joinpath("zoneinfo", *name.split("/"))
        with path.open("rb") as file:
            return ZoneInfo.from_file(file, key=name)
    except (OSError, ValueError) as error:
        message = f"{name!r} is not a time zone; use a name of the tz database such as Europe/Berlin or UTC"
        raise QuestionError(message) from error


@dataclass(frozen=True)
class Offsets:
    """UTC offsets of a zone over a span: `seconds[i]` holds from `instants[i-1]` (inclusive) to `instants[i]`."""

    instants: tuple[datetime, ...]
    seconds: tuple[int, ...]

    def at(self, moment: datetime) -> int:
        """The offset in seconds at an aware moment."""
        return self.seconds[bisect_right(self.instants, moment)]


@lru_cache(maxsize=256)
def offsets(name: str, start: datetime, end: datetime) -> Offsets:
    """Every offset of the zone between two aware moments.

    The span is walked in steps shorter than any two transitions lie apart in the tz database, then each change is
    located to the second by bisection, so the answer is zoneinfo's own.
    """
    local = zone(name)
    at, last = max(start, _EARLIEST), min(end, _LATEST)
    instants: list[datetime] = []
    seconds = [_offset(local, at)]
    while at < last:
        following = min(at + _PROBE, last)
        if _offset(local, following) != seconds[-1]:
            instants.append(_transition(local, at, following))
            seconds.append(_offset(local, following))
        at = following
    return Offsets(tuple(instants), tuple(seconds))


def _offset(local: ZoneInfo, moment: datetime) -> int:
    shift = moment.astimezone(local).utcoffset()
    return 0 if shift is None else int(shift.total_seconds())


def _transition(local: ZoneInfo, before: datetime, after: datetime) -> datetime:
    old = _offset(local, before)
    low, high = int(before.timestamp()), int(after.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(local, datetime.fromtimestamp(middle, UTC)) == old:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)


@dataclass(frozen=True)
class Calendar:
    """A zone over the span of the data: turns UTC timestamps into local ones, in Python and in any engine."""

    name: str
    start: datetime
    end: datetime

    @property
    def offsets(self) -> Offsets:
        """The zone's offsets over the span, widened by a day on both sides."""
        return offsets(self.name, _whole_year(self.start, -1), _whole_year(self.end, 1))

    def local(self, ts: Any) -> Any:
        """A naive UTC timestamp expression, shifted to local time (naive)."""
        found = self.offsets
        if len(set(found.seconds)) == 1:
            return ts if found.seconds[0] == 0 else ts + ibis.interval(seconds=found.seconds[0])
        return _balanced(ts, found, 0, len(found.seconds))

    def day(self, ts: Any) -> Any:
        """The local day (DATE) of a naive UTC timestamp expression."""
        return self.local(ts).date()

    def day_of(self, moment: datetime) -> date:
        """The local day of an aware moment."""
        return moment.astimezone(zone(self.name)).date()

    def local_of(self, moment: datetime) -> datetime:
        """The local wall time of an aware moment, naive."""
        return moment.astimezone(zone(self.name)).replace(tzinfo=None)

    def starts(self, day: date) -> datetime:
        """The first moment of a local day, in UTC."""
        return datetime.combine(day, time.min, zone(self.name)).astimezone(UTC)

    def is_start(self, moment: datetime) -> bool:
        """Whether the moment is the first of a local day."""
        return self.starts(self.day_of(moment)) == moment


def _balanced(ts: Any, found: Offsets, low: int, high: int) -> Any:
    if high - low == 1:
        return ts + ibis.interval(seconds=found.seconds[low])
    middle = (low + high) // 2
    instant = found.instants[middle - 1].replace(tzinfo=None)
    before, after = _balanced(ts, found, low, middle), _balanced(ts, found, middle, high)
    return ibis.cases((ts < ibis.literal(instant, type="timestamp(6)"), before), else_=after)


def _whole_year(moment: datetime, step: int) -> datetime:
    # Whole years make the cached spans few.
    year = min(max(moment.year + (0 if step < 0 else step), 1900), 2100)
    edge = datetime(year, 1, 1, tzinfo=UTC)
    return edge - timedelta(days=1) if step < 0 else edge + timedelta(days=1)


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - EPOCH).days


def day_from(number: int) -> date:
    """The day of a day number."""
    return EPOCH + timedelta(days=number)


def number(day: Any) -> Any:
    """The day number (int) of a DATE expression."""
    return day.epoch_days()
