"""Warm-up: the first periods of the data, in which nearly everybody is new as nothing is known from before them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cherish.reports._spans import Periods
from cherish.spec.view import View


@dataclass(frozen=True)
class Warmup:
    """So many whole periods; `begin` is the first day of the data where it lies inside a period, else None.

    A period that the data begin inside isn't whole: beside it the next one's new customers are too many. So it comes
    on top, and the first that is compared with another is compared with a whole one.
    """

    whole: int
    begin: date | None

    @classmethod
    def of(cls, view: View, periods: Periods, whole: int) -> Warmup:
        """The warm-up of these periods."""
        begin = view.calendar.day_of(view.facts.first or view.as_of)
        return cls(whole, begin if periods.starts and periods.starts[0] < begin else None)

    def periods(self, first: int) -> int:
        """How many periods are warm-up in a table that begins with the one at this place."""
        inside = self.begin is not None and first == 0
        return self.whole + inside if self.whole else 0

    def notes(self) -> tuple[str, ...]:
        """What must be said of it."""
        if not self.whole:
            inside = (
                f"The data begin on {self.begin}, inside the first period: the next one's new customers are too many."
            )
            return (inside,) if self.begin else ()
        kind = "period" if self.begin is None else "whole period"
        first = f"the first {kind}" if self.whole == 1 else f"the first {self.whole} {kind}s"
        if self.begin is None:
            return (f"Nothing is known from before the data, so nearly everybody is new in {first}: warm-up.",)
        return (
            f"Nothing is known from before the data, which begin on {self.begin}, inside a period: nearly everybody is "
            f"new in that one and in {first}, which are warm-up.",
        )
