"""A funnel question with every choice made: what all parts of the funnel read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import ibis

from cherish.errors import QuestionError
from cherish.reports._groups import TRAIT
from cherish.reports.funnel.choices import Choices
from cherish.reports.funnel.steps import Exclusion, Selector
from cherish.spec.periods import Unit
from cherish.spec.view import View

MICRO = 1_000_000


@dataclass(frozen=True)
class Ask:
    """The steps, what is excluded, the choices, which entries count, and how they are grouped.

    `acts` are the names of events that can come between (order=strict) and that people do next. `settled`: entries
    whose window is not over are left out. `by` and `hold` are full names of fields.
    """

    steps: tuple[Selector, ...]
    exclusions: tuple[Exclusion, ...]
    choices: Choices
    acts: tuple[str, ...]
    anchor: bool = False
    by: tuple[str, ...] = ()
    hold: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    settled: bool = False
    trend: Unit | None = None

    @property
    def count(self) -> int:
        """How many steps there are."""
        return len(self.steps)

    @property
    def holds(self) -> tuple[str, ...]:
        """The columns of what is held constant."""
        return tuple(f"h_{place}" for place in range(1, len(self.hold) + 1))

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that tell streams apart: steps are looked for within one of them."""
        return ("customer_id", *self.holds)

    @property
    def properties(self) -> tuple[str, ...]:
        """The breakdowns that are the first step's own."""
        return tuple(name for name in self.by if not name.startswith(TRAIT))

    @property
    def labels(self) -> tuple[str, ...]:
        """The columns of those breakdowns."""
        return tuple(f"by_{place}" for place, name in enumerate(self.by, 1) if not name.startswith(TRAIT))

    @property
    def totals(self) -> bool:
        """Whether customers enter again after an attempt has ended."""
        return self.choices.reentry == "totals"

    @property
    def clean(self) -> bool:
        """Whether another way around the excluded events counts; in the two other orders there is no other way."""
        return bool(self.exclusions) and self.choices.exclusion == "any_clean_path" and self.choices.order == "ordered"

    @property
    def stops(self) -> bool:
        """Whether an excluded event ends an attempt."""
        return bool(self.exclusions) and not self.clean

    @property
    def placed(self) -> bool:
        """Whether rows must carry their place in the customer's stream."""
        return self.totals or bool(self.exclusions)

    @property
    def bare(self) -> tuple[str, ...]:
        """The columns by which rows are found: all but their flags and breakdowns."""
        counted = [f"c_{place}" for place in range(1, len(self.exclusions) + 1)] if self.clean else []
        return (*self.key, "ts", "event_id", *(["place"] if self.placed else []), *counted)

    @property
    def window(self) -> Any:
        """The window as an interval."""
        return ibis.interval(seconds=self.choices.window)

    @property
    def micro(self) -> int:
        """The window in microseconds."""
        return self.choices.window * MICRO

    def tolerant(self, mine: bool) -> Ask:
        """The question with its tolerance, or without where one event might be two steps: it can't be before itself.

        Raises:
            QuestionError: the tolerance was asked for (`mine`), not just a vendor's.
        """
        pairs = [(one, two) for place, one in enumerate(self.steps) for two in self.steps[place + 1 :]]
        clash = next(((one, two) for one, two in pairs if one.shares(two)), None)
        if not self.choices.grace or clash is None:
            return self
        if mine:
            raise QuestionError(
                f"grace={self.choices.grace}: one event might be both {clash[0].text!r} and {clash[1].text!r}, and "
                f"then which of two comes first can't be left open; leave out grace, or filter the steps apart"
            )
        return replace(self, choices=replace(self.choices, grace=0))

    def covering(self, state: int) -> list[int]:
        """The exclusions (from 1) that hold for customers who have reached this step and not yet the next."""
        return [place for place, each in enumerate(self.exclusions, 1) if each.first <= state < each.last]

    def inside(self, view: View, rows: Any) -> list[Any]:
        """The conditions on the time of an entry."""
        keep = []
        if self.since is not None or self.until is not None:
            day = view.calendar.day(rows.ts)
            keep += [day >= ibis.literal(self.since, type="date")] if self.since is not None else []
            keep += [day < ibis.literal(self.until, type="date")] if self.until is not None else []
        if self.settled:
            keep.append(rows.ts < moment(view, self.choices.window))
        return keep


def moment(view: View, back: int) -> Any:
    """So many seconds before the view's moment: a window that began before it is over."""
    return ibis.literal(view.as_of.replace(tzinfo=None) - timedelta(seconds=back), type="timestamp(6)")
