"""Customers of whom something is known: for facts that look at a trait instead of at events."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

from cherish.errors import QuestionError
from cherish.spec.filters import Filter
from cherish.spec.view import View


@dataclass(frozen=True)
class Traits:
    """One row for each of these conditions on traits that a customer fulfils, dated by when they were first seen.

    The log keeps no history of traits: they count as known now, also at earlier moments. Without a date of their own
    they belong to no window but `all`.
    """

    conditions: tuple[Filter, ...]

    @classmethod
    def parse(cls, view: View, texts: tuple[str, ...]) -> Traits:
        """Conditions as people write them: `UpVotes>=1`, `plan=gold`.

        Raises:
            QuestionError: not a condition, or one on something else than a trait.
        """
        found = [Filter.parse(text) for text in texts]
        # A bare name means the trait, also where events have a property of that name.
        full = [
            replace(each, field=f"traits.{each.field}" if each.field in view.facts.traits else view.field(each.field))
            for each in found
        ]
        wrong = [each for each in full if not each.field.startswith("traits.")]
        if wrong:
            there = ", ".join(sorted(view.facts.traits)) or "none"
            raise QuestionError(f"{wrong[0]}: not a condition on a trait of the customer; there are {there}")
        return cls(tuple(full))

    def rows(self, view: View) -> Any:
        """customer_id, ts (when the customer was first seen)."""
        parts = [replace(view, filters=(*view.filters, each)).customers() for each in self.conditions]
        return reduce(
            lambda one, other: one.union(other), [part.select("customer_id", ts="first_seen") for part in parts]
        )
