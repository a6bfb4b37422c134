"""What was assigned, counted before anything is measured, and what is refused: two arms, no arm, seen too early."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cherish.errors import QuestionError, Unanswerable

MOST_CROSSED = 0.01
"""A larger share of customers in two arms is refused: then the arms no longer say who was treated how."""
MOST_UNKNOWN = 0.5
"""A larger share of customers whom the log doesn't know is refused: then it is another log's table."""
_CONTROL = tuple(
    re.compile(words, re.I)
    for words in (
        r"(control|holdout|hold[ -]?out|held[ -]?out)",
        r"(none|nothing|no\b.*|old\b.*|baseline|default|original|off|false|0)",
        r"a",
    )
)
"""Names that mean a control, the surer ones first."""


@dataclass(frozen=True)
class Counts:
    """How many customers were assigned, and what was noticed on the way.

    `arms` counts the customers of each arm (of the population asked about), `crossed` those who came into two arms by
    a merge (their first arm is kept), `merged` those who had several keys, `repeated` rows or events that say again
    what was known, `unknown` rows of customers whom the log doesn't know, `outside` customers who are not of the
    population asked about.
    """

    arms: Mapping[str, int]
    crossed: int = 0
    merged: int = 0
    repeated: int = 0
    unknown: int = 0
    outside: int = 0

    @property
    def customers(self) -> int:
        """All who were assigned and are looked at."""
        return sum(self.arms.values())

    @property
    def crossed_share(self) -> float:
        """The share of customers who came into two arms; 0 of nobody."""
        whole = self.customers + self.outside
        return self.crossed / whole if whole else 0.0

    def notes(self) -> tuple[str, ...]:
        """What has to be said of the assignment beside any figure."""
        found = []
        if self.crossed:
            found.append(
                f"{self.crossed:,} customers ({self.crossed_share:.2%}) came into two arms when they were merged: "
                "each counts in the first."
            )
        if self.outside:
            found.append(
                f"{self.outside:,} assigned customers are not among those asked about (anonymous ones, or by a filter)."
            )
        if self.unknown:
            found.append(f"{self.unknown:,} rows are of customers whom the log doesn't know: they are left out.")
        return tuple(found)


@dataclass(frozen=True)
class Assigned:
    """Who was assigned: one row per customer.

    `table` is a relation of customer_id (int64), arm (text), moment (naive UTC of the assignment; null where nothing
    says when), unit (text or null: household, account ... that was drawn as a whole), and one column `own.NAME` for
    each column of a file (`columns`) and `context.NAME` for each property of the exposure that was asked for.
    `first` and `last` are the earliest and latest moment. `digest` names a file's content; of a log it is None.
    `known` says whether customer_id is one of the log's: a table may name no customers.
    """

    table: Any
    arms: tuple[str, ...]
    control: str
    report: Counts
    name: str
    digest: str | None = None
    columns: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    first: Any = None
    last: Any = None
    units: bool = False
    roles: Mapping[str, str] = field(default_factory=dict)
    known: bool = True

    @property
    def timed(self) -> bool:
        """Whether it is known when each was assigned: nothing of the log can be measured without."""
        return self.known and self.first is not None

    @property
    def treated(self) -> tuple[str, ...]:
        """Every arm but the control."""
        return tuple(arm for arm in self.arms if arm != self.control)

    @property
    def fits(self) -> dict[str, str]:
        """What a plan says of it, so that another file is noticed."""
        return {} if self.digest is None else {"assignments": self.digest}


def control_of(arms: Iterable[str], said: str | None) -> str:
    """The control among the arms: the one that was said, or the only one whose name means it.

    Raises:
        QuestionError: it is none of the arms, or none or several of the names mean a control.
    """
    there = tuple(arms)
    listed = ", ".join(there)
    if said is not None:
        if said not in there:
            raise QuestionError(f"control={said!r} is no arm; there are {listed}")
        return said
    tiers = ([arm for arm in there if each.fullmatch(arm.strip())] for each in _CONTROL)
    meant = next((found for found in tiers if found), [])
    if len(meant) != 1:
        raise QuestionError(f"which arm is the control? Say control=ARM; there are {listed}")
    return meant[0]


def enough_arms(name: str, arms: Iterable[str]) -> None:
    """Refuse what can't be compared.

    Raises:
        Unanswerable: nobody, or one arm alone.
    """
    there = tuple(arms)
    if not there:
        raise Unanswerable(f"{name}: nobody of the customers asked about was assigned before this moment")
    if len(there) == 1:
        raise Unanswerable(f"{name}: all are in one arm ({there[0]}), so there is nothing to compare it with")


def few_crossed(name: str, counts: Counts) -> None:
    """Refuse an assignment in which too many customers are in two arms.

    Raises:
        Unanswerable: more than 1 % are.
    """
    if counts.crossed_share > MOST_CROSSED:
        raise Unanswerable(
            f"{name}: {counts.crossed:,} of {counts.customers + counts.outside:,} customers "
            f"({counts.crossed_share:.1%}) are in two arms, more than {MOST_CROSSED:.0%}: the arms no longer say who "
            "was treated how. Look whether the lot was drawn anew on another device or key"
        )


def few_unknown(path: str, unknown: int, rows: int) -> None:
    """Refuse an assignment table that is about other customers than the log's.

    Raises:
        Unanswerable: the log doesn't know most of them.
    """
    if rows and unknown / rows > MOST_UNKNOWN:
        raise Unanswerable(
            f"{path}: the log doesn't know {unknown:,} of {rows:,} customers. Are these ids of another system, or is "
            "another column the customer (columns=customer=COLUMN)?"
        )
