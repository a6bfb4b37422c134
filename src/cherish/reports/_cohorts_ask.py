"""A retention question with every choice made: what the engine's part and the finishing part both read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from cherish.reports._presets import Choices
from cherish.reports._rows import labels
from cherish.spec.periods import Unit

SIZE = -1
"""In place of a bucket: the row counts the members themselves."""

_HOUR = 3_600_000_000
LENGTHS: Mapping[str, int] = {"day": 24 * _HOUR, "week": 7 * 24 * _HOUR, "month": 30 * 24 * _HOUR}
"""Microseconds of a rolling unit; a rolling month is 30 days."""


@dataclass(frozen=True)
class Ask:
    """A retention question with every choice made."""

    choices: Choices
    unit: Unit
    started: tuple[str, ...]
    returned: tuple[str, ...]
    brackets: tuple[tuple[int, int], ...]
    by: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    money: bool = False

    @property
    def rolling(self) -> bool:
        """Whether time is counted from each member's own start."""
        return self.choices.clock != "calendar"

    @property
    def length(self) -> int:
        """Length of a bucket on the clock."""
        return LENGTHS[self.unit] if self.rolling else 1

    @property
    def last(self) -> int:
        """The last unit that any bucket covers."""
        return self.brackets[-1][1]

    @property
    def counts_starts(self) -> bool:
        """Whether every member shows up in bucket 0, so that sizes need no counting of their own."""
        return set(self.started) <= set(self.returned) and not self.money and self.choices.criterion != "bracket"

    @property
    def keys(self) -> tuple[str, ...]:
        """What the engine's counts are split by."""
        return ("cohort", *(("elapsed",) if self.rolling else ()), *labels(self.by))

    @property
    def from_first_ever(self) -> bool:
        """Whether all that matters of a customer are the periods of one set of events, from the first of all on."""
        plain = not self.rolling and not self.money and self.choices.start == "first_ever"
        whole = self.since is None and self.until is None and set(self.started) == set(self.returned)
        return plain and whole and all(name.startswith("traits.") for name in self.by)
