"""The periods of a trend: those shown, those they are compared with, and which of them is not over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import cast

from cherish.errors import QuestionError
from cherish.reports._period_numbers import index_of, start_at
from cherish.spec.calendar import day_from, day_number
from cherish.spec.periods import Unit
from cherish.spec.view import View

_YEAR = {"day": 364, "week": 52, "month": 12, "quarter": 4, "year": 1}
COMPARE = ("previous", "year")


@dataclass(frozen=True)
class Axis:
    """Periods by number: `first` to `last` are shown, each compared with the one `shift` periods earlier (0: none).

    `end` is the day number after the last day that is looked at (`cut`: `until` made it earlier than the moment);
    `born` is the day of the first event.
    """

    unit: Unit
    first: int
    last: int
    shift: int
    end: int
    born: int
    cut: bool = False

    @classmethod
    def of(
        cls, view: View, unit: str, periods: int | None, since: date | None, until: date | None, compare: str | None
    ) -> Axis:
        """The periods from the first event (or `since`) up to the moment (or `until`), or the last `periods` of them.

        Raises:
            QuestionError: there is no such period.
        """
        kind = cast(Unit, unit)
        end = view.day if view.whole else view.day + 1
        cut = until is not None and day_number(until) < end
        end = day_number(until) if until is not None and cut else end
        born = view.calendar.day_of(view.facts.first or view.as_of)
        last, start = index_of(day_from(end - 1), kind), index_of(max(since or born, born), kind)
        if periods is not None:
            first = max(last - periods + 1, start)
        elif compare == "previous" and since is None:
            first = last - max((last - start + 1) // 2, 1) + 1
        else:
            first = start
        if first > last:
            raise QuestionError("no period lies in this range; the first event was on " + born.isoformat())
        shift = {None: 0, "previous": last - first + 1, "year": _YEAR[unit]}[compare]
        return cls(kind, first, last, shift, end, day_number(born), cut)

    @cached_property
    def all(self) -> tuple[int, ...]:
        """Every period that is looked at: those shown and those they are compared with."""
        return tuple(range(self.first - self.shift, self.last + 1))

    @cached_property
    def born_in(self) -> int:
        """The period of the first event."""
        return index_of(day_from(self.born), self.unit)

    @property
    def begin(self) -> int:
        """The day number of the first day that is looked at."""
        return day_number(start_at(self.first - self.shift, self.unit))

    def start(self, index: int) -> date:
        """The first day of a period."""
        return start_at(index, self.unit)

    def after(self, index: int) -> int:
        """The day number of the day after a period."""
        return day_number(start_at(index + 1, self.unit))

    def partial(self, index: int, today: int) -> bool:
        """Whether the period is not over: its last day is not wholly past, or cut off by the range."""
        return self.after(index) > min(today, self.end)

    def ends(self, today: int) -> tuple[int, ...]:
        """The last whole day of each period, as far as there is one."""
        found = (min(self.after(index), today, self.end) - 1 for index in self.all)
        return tuple(day for day, index in zip(found, self.all, strict=True) if day >= day_number(self.start(index)))
