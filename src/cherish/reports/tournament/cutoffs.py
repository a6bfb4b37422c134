"""The moments to judge from: cut-offs in the past, each with the window after it in which the outcome is read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from cherish.errors import QuestionError
from cherish.spec.calendar import day_from, day_number
from cherish.spec.definition import NAMES, Kind
from cherish.spec.view import View, end_of_data

LEAST_POSITIVES = 50
"""So many customers must have the outcome at a cut-off, and so many must not, before anybody is ranked by it."""
LEAST_RATE = 0.005
"""And so large a share of them."""

COUNT = Kind(NAMES.name, lambda value: NAMES.parse(str(value) if isinstance(value, int) else value), NAMES.render)
"""How many, as a number or a text, or days separated by |."""


@dataclass(frozen=True)
class Cutoff:
    """A day number: all before it is known, the outcome lies in [`begin`, `end`). `why` is a reason not to use it."""

    day: int
    begin: int
    end: int
    why: str = ""
    says: str = ""
    customers: int = 0
    positives: int = 0
    unknown_then: int = 0

    @property
    def date(self) -> date:
        """The first day that is not known."""
        return day_from(self.day)

    @property
    def name(self) -> str:
        """The cut-off as people write it."""
        return self.date.isoformat()

    @property
    def rate(self) -> float:
        """The share of the customers that have the outcome."""
        return self.positives / self.customers if self.customers else 0.0

    def moment(self, view: View) -> datetime:
        """The start of its day."""
        return view.calendar.starts(self.date)

    def refused(self, why: str, says: str) -> Cutoff:
        """The same one, not to be used, and why."""
        return replace(self, why=why, says=says)

    def counted(self, customers: int, positives: int, unknown_then: int) -> Cutoff:
        """With what was counted, refused where that is too little to rank by."""
        found = replace(self, customers=customers, positives=positives, unknown_then=unknown_then)
        negatives = customers - positives
        if customers == 0:
            return found.refused("nobody_known", f"{self.name}: no customer was known before it")
        few = min(positives, negatives)
        if few >= LEAST_POSITIVES and few / customers >= LEAST_RATE:
            return found
        who = "have the outcome" if positives <= negatives else "are without the outcome"
        least = max(LEAST_POSITIVES, -(-customers * LEAST_RATE // 1))
        return found.refused(
            "too_few", f"{self.name}: {few:,} of {customers:,} customers {who}; {least:,.0f} are needed to rank by it"
        )


def known_until(view: View) -> int:
    """The day number up to which outcomes are known: the moment's, or where the data end before it."""
    if view.facts.live:
        return view.day
    return min(view.day, day_number(view.calendar.day_of(end_of_data(view.facts))))


def born(view: View) -> int:
    """The day number of the first event."""
    return day_number(view.calendar.day_of(view.facts.first or view.as_of))


def laid_out(view: View, asked: tuple[str, ...], horizon: int, gap: int, step: int) -> tuple[Cutoff, ...]:
    """The cut-offs from the oldest on: so many, `step` days apart and the last as late as can be, or on given days.

    Raises:
        QuestionError: neither a number nor days.
    """
    until = known_until(view)
    found = [_one(view, day, horizon, gap, until) for day in _days(asked, until - horizon - gap, step)]
    return tuple(sorted(found, key=lambda each: each.day))


def _days(asked: tuple[str, ...], last: int, step: int) -> list[int]:
    if len(asked) == 1 and asked[0].isdecimal():
        if not 1 <= int(asked[0]) <= 24:
            raise QuestionError(
                f"cutoffs={asked[0]}: use between 1 and 24 of them, or days such as 2024-01-01|2024-04-01"
            )
        return [last - place * step for place in range(int(asked[0]))]
    try:
        return sorted({day_number(date.fromisoformat(text)) for text in asked})
    except ValueError:
        raise QuestionError(
            f"cutoffs={'|'.join(asked)!r}: give how many, such as 3, or days such as 2024-01-01|2024-04-01"
        ) from None


def _one(view: View, day: int, horizon: int, gap: int, until: int) -> Cutoff:
    made = Cutoff(day, day + gap, day + gap + horizon)
    if made.end > until:
        return made.refused(
            "incomplete_window",
            f"{made.name}: its outcome is complete on {day_from(made.end)} and the data end before {day_from(until)}; "
            f"ask again then, or take the cut-off {day_from(until - horizon - gap)}",
        )
    first = born(view)
    if day <= first:
        return made.refused(
            "nobody_known",
            f"{made.name}: the first event is of {day_from(first)}, so nobody was known before this cut-off",
        )
    return made


def horizon_that_fits(view: View, cutoffs: int = 1) -> int:
    """The longest horizon in days for so many cut-offs that leaves as much past before the first of them."""
    return max((known_until(view) - born(view)) // (cutoffs + 1), 0)


def reached_by(cutoff: Cutoff, view: View) -> date | None:
    """About when enough customers will have the outcome, at the pace at which they came so far; None where none can."""
    few = min(cutoff.positives, cutoff.customers - cutoff.positives)
    past = cutoff.day - born(view)
    if not few or past <= 0 or few < LEAST_RATE * cutoff.customers:
        return None
    longer = LEAST_POSITIVES / few * past
    if longer > 36_500:
        return None
    return day_from(known_until(view)) + timedelta(days=round(longer - past))
