"""Facts: the aggregates over one relation, up to a moment, that measures are written in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

Kind = Literal["count", "total", "days", "first", "last", "distinct", "least", "greatest", "latest", "median"]

ADDITIVE: tuple[Kind, ...] = ("count", "total", "days")
COUNTS: tuple[Kind, ...] = (*ADDITIVE, "distinct")
"""Kinds that are 0 where a customer has no rows; the others are null."""


@runtime_checkable
class Rows(Protocol):
    """A relation made for some questions (sessions, answers, gaps ...): a frozen value that gives its rows.

    Equal values are one relation, asked once for all facts that name it.
    """

    def rows(self, view: Any) -> Any:
        """One row per occurrence, with `customer_id`, `ts` (naive UTC: when it was known) and the facts' columns.

        A row may depend only on what happened up to its own `ts`, so that it is the same at every later moment. Where
        there is a column `begin` (naive UTC, at most `ts`), windows look at it instead of at `ts`.
        """


Relation = Literal["activity", "orders"] | Rows


@dataclass(frozen=True)
class Fact:
    """One aggregate of one customer's rows in the window that ends at the moment (window None: everything before it).

    `count` adds `n`, `total` adds `value`, `days` counts distinct local days, `first` and `last` are day numbers.
    `names` keeps rows of these event names; `currency` keeps one currency. Of orders, only those completed and not
    cancelled have n = 1 and a day that counts; the money of a refund whose order is unknown counts all the same.
    Without rows the additive kinds are 0, `first` and `last` are null.

    Of a relation that gives its own rows, `where` names a boolean column that a row must fulfil, and `column` the one
    that is added up (`total`), told apart (`distinct`), compared (`least`, `greatest`), taken of the last row
    (`latest`, null ones left out) or halved (`median`).
    """

    relation: Relation
    kind: Kind
    window: int | None = None
    names: tuple[str, ...] | None = None
    currency: str | None = None
    column: str | None = None
    where: str | None = None

    @property
    def additive(self) -> bool:
        """Whether the fact of two disjoint spans is the sum of their facts (`days`: once days are distinct)."""
        return self.kind in ADDITIVE

    @property
    def counts(self) -> bool:
        """Whether a customer without rows has 0 and not null."""
        return self.kind in COUNTS

    @property
    def daily(self) -> bool:
        """Whether days suffice: the fact is of activity or orders, and no relation has to be made for it."""
        return isinstance(self.relation, str)


def count(relation: Relation, **conditions: Any) -> Fact:
    """How often: the number of events, of orders, of rows."""
    return Fact(relation, "count", **conditions)


def total(relation: Relation, column: str | None = None, **conditions: Any) -> Fact:
    """How much money, net of refunds; or how much of a column."""
    return Fact(relation, "total", column=column, **conditions)


def days(relation: Relation, **conditions: Any) -> Fact:
    """On how many distinct local days."""
    return Fact(relation, "days", **conditions)


def first_day(relation: Relation, **conditions: Any) -> Fact:
    """The day number of the first row."""
    return Fact(relation, "first", **conditions)


def last_day(relation: Relation, **conditions: Any) -> Fact:
    """The day number of the last row."""
    return Fact(relation, "last", **conditions)


def distinct(relation: Rows, column: str, **conditions: Any) -> Fact:
    """How many different values of a column."""
    return Fact(relation, "distinct", column=column, **conditions)


def least(relation: Rows, column: str, **conditions: Any) -> Fact:
    """The smallest value of a column."""
    return Fact(relation, "least", column=column, **conditions)


def greatest(relation: Rows, column: str, **conditions: Any) -> Fact:
    """The largest value of a column."""
    return Fact(relation, "greatest", column=column, **conditions)


def latest(relation: Rows, column: str, **conditions: Any) -> Fact:
    """The last value of a column; of rows of one instant the event's id decides."""
    return Fact(relation, "latest", column=column, **conditions)


def median(relation: Rows, column: str, **conditions: Any) -> Fact:
    """The median of a column, between the two middle values where their number is even."""
    return Fact(relation, "median", column=column, **conditions)
