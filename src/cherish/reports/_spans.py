"""The periods of a log, from the first event to the moment: months, weeks, days, or blocks of 28 days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from cherish.reports._period_numbers import index_of
from cherish.spec.calendar import day_from, day_number, number
from cherish.spec.periods import UNITS, period_index, start_of, step
from cherish.spec.view import View

BLOCK = 28
CHOICES = (*UNITS, f"{BLOCK}d")


@dataclass(frozen=True)
class Periods:
    """Periods in a row: the first day of each, and the day after the last; `open` where the last isn't over.

    Blocks of 28 days are laid backwards from the last whole day, so that the newest is always full.
    """

    unit: str
    starts: tuple[date, ...]
    end: date
    open: bool

    @classmethod
    def of(cls, view: View, unit: str, partial: bool) -> Periods:
        """The periods that are over at the view's moment, and with `partial` the one that isn't."""
        first, today = view.calendar.day_of(view.facts.first or view.as_of), day_from(view.day)
        starts = [_first(first, today, unit)]
        while (after := _after(starts[-1], unit)) <= today:
            starts.append(after)
        # The last one begins today or earlier and ends later: it has no rows yet, or isn't over.
        unfinished = starts.pop()
        begun = unfinished < today or not view.whole
        if partial and begun:
            return cls(unit, (*starts, unfinished), _after(unfinished, unit), True)
        return cls(unit, tuple(starts), unfinished, False)

    def index(self, day: Any) -> Any:
        """The place in the row (0 for the first) of a DATE expression."""
        start = self.starts[0] if self.starts else self.end
        if self.unit not in UNITS:
            return ((number(day) - day_number(start)) // BLOCK).cast("int64")
        return (period_index(day, self.unit) - index_of(start, self.unit)).cast("int64")


def _first(day: date, today: date, unit: str) -> date:
    if unit in UNITS:
        return start_of(day, unit)
    blocks = -((today - day) // -timedelta(days=BLOCK))
    return today - timedelta(days=BLOCK * max(blocks, 0))


def _after(start: date, unit: str) -> date:
    return step(start, unit) if unit in UNITS else start + timedelta(days=BLOCK)


def born(view: View, periods: Periods) -> Any:
    """The period in which each customer's record was created; where nobody noted that, of the first event."""
    people = view.customers()
    created = people.created_at.fill_null(people.first_seen)
    return people.select("customer_id", born=periods.index(view.calendar.day(created)))
