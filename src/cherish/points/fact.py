"""Facts: the aggregates over one relation, up to a moment, that measures are written in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Relation = Literal["activity", "orders"]
Kind = Literal["count", "total", "days", "first", "last"]

ADDITIVE: tuple[Kind, ...] = ("count", "total", "days")


@dataclass(frozen=True)
class Fact:
    """One aggregate of one customer's rows in the window that ends at the moment (window None: everything before it).

    `count` adds `n`, `total` adds `value`, `days` counts distinct local days, `first` and `last` are day numbers.
    `names` keeps rows of these event names; `currency` keeps one currency. Of orders, only those completed and not
    cancelled have n = 1 and a day that counts; the money of a refund whose order is unknown counts all the same.
    Without rows the additive kinds are 0, `first` and `last` are null.
    """

    relation: Relation
    kind: Kind
    window: int | None = None
    names: tuple[str, ...] | None = None
    currency: str | None = None

    @property
    def additive(self) -> bool:
        """Whether the fact of two disjoint spans is the sum of their facts (`days`: once days are distinct)."""
        return self.kind in ADDITIVE

    def keeps(self, rows: Any) -> list[Any]:
        """The fact's conditions on rows of its relation, the window aside."""
        found = []
        if self.names is not None:
            found.append(rows.name.isin(self.names))
        if self.currency is not None:
            found.append(rows.currency == self.currency)
        return found


def count(relation: Relation, **conditions: Any) -> Fact:
    """How often: the number of events, or of orders."""
    return Fact(relation, "count", **conditions)


def total(relation: Relation, **conditions: Any) -> Fact:
    """How much money, net of refunds."""
    return Fact(relation, "total", **conditions)


def days(relation: Relation, **conditions: Any) -> Fact:
    """On how many distinct local days."""
    return Fact(relation, "days", **conditions)


def first_day(relation: Relation, **conditions: Any) -> Fact:
    """The day number of the first row."""
    return Fact(relation, "first", **conditions)


def last_day(relation: Relation, **conditions: Any) -> Fact:
    """The day number of the last row."""
    return Fact(relation, "last", **conditions)
