"""What counts as a feature: an event's name, a group of names, or the values of a property; and facts about its use."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

from cherish.errors import QuestionError
from cherish.points.event_groups import event_groups, there
from cherish.points.fact import Fact, count, days, distinct
from cherish.points.relations.events import Events
from cherish.spec.filters import NULL, Filter
from cherish.spec.view import View

NAME = "name"
MOST = 60


@dataclass(frozen=True)
class Features:
    """The features of a question: `groups` of event names, or the values of a `field` of these events."""

    names: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...] | None
    field: str | None
    window: int | None

    @classmethod
    def of(cls, view: View, active: str, feature: str, groups: str | None, window: int | None) -> Features:
        """What the parameters say.

        Raises:
            QuestionError: an unknown field or event, or groups together with a field.
        """
        names = view.active(active).events
        if groups is not None:
            if feature != NAME:
                raise QuestionError(f"groups are groups of event names: leave out feature={feature}")
            found = there(view, "groups", event_groups("groups", groups))
            return cls(tuple(name for each in found for name in each.names), tuple(each.names for each in found), None,
                       window)  # fmt: skip
        if feature == NAME:
            return cls(names, tuple((name,) for name in sorted(names)), None, window)
        full = view.field(feature)
        if not full.startswith("properties."):
            raise QuestionError(f"feature={feature}: give name, or a property of events such as page or category")
        return cls(names, None, full.removeprefix("properties."), window)

    def each(self, kind: str) -> dict[str, Fact]:
        """A fact per feature, g0, g1 ...: how often it was used (`times`) or on how many days (`days`).

        Raises:
            QuestionError: the features are not known before the log is read, or there are too many of them.
        """
        if self.groups is None:
            raise QuestionError(
                f"feature={self.field}: its values can be counted, but not weighed one by one; give groups of event "
                "names instead, as groups='browse=Page; buy=Order Completed'"
            )
        if len(self.groups) > MOST:
            raise QuestionError(
                f"there are {len(self.groups)} features, and {MOST} can be weighed one by one; bring them together, as "
                "groups='browse=Page|Product Viewed; buy=Order Completed'"
            )
        make = days if kind == "days" else count
        return {
            f"g{place}": make("activity", window=self.window, names=names) for place, names in enumerate(self.groups)
        }

    def used(self) -> dict[str, Fact]:
        """The facts that the number of features used is read from."""
        if self.groups is not None and any(len(names) > 1 for names in self.groups):
            return self.each("times")
        if self.groups is not None:
            return {"used": distinct(Events(self.names), "name", window=self.window)}
        return {"used": distinct(self._with_field(), self._column, window=self.window)}

    def uses(self) -> Fact:
        """How often any feature was used."""
        if self.groups is not None:
            return count("activity", window=self.window, names=self.names)
        return count(self._with_field(), window=self.window, where="has_it")

    @property
    def _column(self) -> str:
        return self.field or NAME

    def _with_field(self) -> Events:
        there_is = Filter(f"properties.{self.field}", "!=", (NULL,))
        return Events(self.names, (self._column,), (("has_it", (there_is,)),))


def per_feature(facts: Any) -> list[Any]:
    """The columns of `Features.each`, as many as there are."""
    found: list[Any] = []
    while hasattr(facts, key := f"g{len(found)}"):
        found.append(getattr(facts, key))
    return found


def number_used(facts: Any) -> Any:
    """How many features were used, from the columns of `Features.used` or of `Features.each`."""
    each = per_feature(facts)
    return total([(column > 0).cast("int64") for column in each]) if each else facts.used


def total(parts: list[Any]) -> Any:
    """The sum of expressions."""
    return reduce(add, parts)
