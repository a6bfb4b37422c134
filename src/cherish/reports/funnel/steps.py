"""Steps as people write them: `Page[path=/pricing]|Product Added+Wishlist Added|Order Completed`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from typing import Any

from cherish.errors import QuestionError, Unanswerable
from cherish.spec.filters import Filter, conjunction
from cherish.spec.names import ORDER_COMPLETED
from cherish.spec.texts import listing, split
from cherish.spec.view import View

MOST = 20
"""How many steps a funnel may have."""

VISITS = ("Page", "Page Viewed", "Screen", "Screen Viewed")
STANDARD = ("Product Viewed", "Product Added", "Checkout Started", ORDER_COMPLETED)

SQUARE = "[]"
_FORM = re.compile(r"(?P<name>[^\[\]]+?)\s*(?:\[(?P<filters>.*)\])?", re.S)
_PLACE = re.compile(r"(?P<events>.*\S)\s*@\s*(?P<first>\d+)(?:-(?P<last>\d+))?", re.S)


STEPS = listing("names with filters, separated by |", SQUARE)


@dataclass(frozen=True)
class Selector:
    """Which events make a step: one of these names, each with its own filters; `text` is what people wrote."""

    text: str
    any_of: tuple[tuple[str, tuple[Filter, ...]], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the events."""
        return tuple(dict.fromkeys(name for name, _ in self.any_of))

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that the filters ask."""
        return tuple(dict.fromkeys(each.field for _, filters in self.any_of for each in filters))

    def on(self, rows: Any) -> Any:
        """The condition as a boolean expression on rows with the column `name` and the fields."""
        plain = tuple(name for name, filters in self.any_of if not filters)
        found = [rows.name.isin(plain) if len(plain) > 1 else rows.name == plain[0]] if plain else []
        for name, filters in self.any_of:
            if filters:
                found.append(conjunction([rows.name == name, *(each.on(rows[each.field]) for each in filters)]))
        return reduce(or_, found)

    def shares(self, other: Selector) -> bool:
        """Whether one event might be both; only different values of one field are known to exclude each other."""
        return any(
            name == its and not _apart(mine, theirs) for name, mine in self.any_of for its, theirs in other.any_of
        )

    def covers(self, other: Selector) -> bool:
        """Whether every event of the other is surely one of these: same name, and no filter that it hasn't itself."""
        return all(
            any(name == its and set(mine) <= set(theirs) for name, mine in self.any_of) for its, theirs in other.any_of
        )


@dataclass(frozen=True)
class Exclusion:
    """Events that may not come after step `first` and before step `last` (both counted from 1)."""

    events: Selector
    first: int
    last: int


def _apart(mine: tuple[Filter, ...], theirs: tuple[Filter, ...]) -> bool:
    return any(
        one.field == other.field and one.operator == other.operator == "=" and not set(one.values) & set(other.values)
        for one in mine
        for other in theirs
    )


def selector(view: View, role: str, text: str) -> Selector:
    """The selector that a text stands for.

    Raises:
        QuestionError: no such event or field, or not of the form NAME[FIELD=VALUE;...]+NAME.
    """
    if text in view.facts.names:
        return Selector(text, ((text, ()),))
    parts = split(text, "+", SQUARE)
    if not parts:
        raise QuestionError(f"{role}: {text!r} names no event; write NAME, or NAME+NAME for any of them")
    return Selector(text, tuple(_alternative(view, role, part) for part in parts))


def _alternative(view: View, role: str, text: str) -> tuple[str, tuple[Filter, ...]]:
    found = _FORM.fullmatch(text)
    if text in view.facts.names or not found:
        if not found:
            raise QuestionError(f"{role}: {text!r} is not of the form NAME or NAME[FIELD=VALUE;FIELD=VALUE]")
        return text, ()
    if found["name"] not in view.facts.names:
        raise QuestionError(f"{role}: no event is called {found['name']!r}; the log has {listed(view)}")
    filters = tuple(_filter(view, role, part) for part in split(found["filters"] or "", ";", SQUARE))
    return found["name"], filters


def _filter(view: View, role: str, text: str) -> Filter:
    made = Filter.parse(text)
    full = view.field(made.field)
    if full.startswith("traits."):
        raise QuestionError(f"{role}: {made.field} is the customer's, not the event's; filter customers with --where")
    return replace(made, field=full)


def listed(view: View) -> str:
    """The log's event names, the most frequent first."""
    names = sorted(view.facts.names, key=lambda name: (-view.facts.names[name], name))
    return ", ".join(names[:30]) + (f" and {len(names) - 30} more" if len(names) > 30 else "")


# -- the parameters -----------------------------------------------------------------------------------------------


def refuse_number(given: Sequence[str]) -> None:
    """Refuse a funnel of one step, or of too many.

    Raises:
        QuestionError: so many steps are not a funnel.
    """
    if len(given) == 1 and given[0].count("[") > given[0].count("]"):
        raise QuestionError(f"steps={given[0]}: a bracket is not closed; write NAME[FIELD=VALUE]|SECOND")
    if len(given) == 1:
        raise QuestionError(f"steps={given[0]}: a funnel needs two steps or more, as in steps=FIRST|SECOND")
    if len(given) > MOST:
        raise QuestionError(f"steps: a funnel can have {MOST} steps, and these are {len(given)}")


def steps(view: View, given: Sequence[str]) -> tuple[Selector, ...]:
    """The steps, in order; where none are given the standard ones that the log has.

    Raises:
        QuestionError: an unknown event or field.
        Unanswerable: none are given, and the log has fewer than two of the standard ones.
    """
    if not given:
        return _standard(view)
    return tuple(selector(view, f"step {place}", text) for place, text in enumerate(given, 1))


def _standard(view: View) -> tuple[Selector, ...]:
    visits = [name for name in VISITS if name in view.facts.names]
    found = ["+".join(visits)] if visits else []
    found += [name for name in STANDARD if name in view.facts.names]
    if len(found) < 2:
        looked, has = ", ".join((*VISITS, *STANDARD)), f"only {found[0]}" if found else "none"
        raise Unanswerable(
            f"steps: the log has {has} of the standard steps (looked for {looked}). "
            f"Say which events are the steps: steps=FIRST|SECOND. The log has {listed(view)}"
        )
    return tuple(selector(view, f"step {place}", text) for place, text in enumerate(found, 1))


def exclusions(view: View, given: Sequence[str], chain: tuple[Selector, ...]) -> tuple[Exclusion, ...]:
    """The excluded events: `Signed Out` between the first step and the last, `Signed Out@2-3` between these two.

    Raises:
        QuestionError: unknown events, or steps that are not there or not in this order.
    """
    found = []
    for text in given:
        placed = _PLACE.fullmatch(text)
        plain = text in view.facts.names or not placed
        events = selector(view, "exclude", text if plain or not placed else placed["events"])
        first, last = (1, len(chain)) if plain or not placed else (int(placed["first"]), int(placed["last"] or 0))
        if not 1 <= first < last <= len(chain):
            raise QuestionError(f"exclude={text}: write EVENT@FIRST-LAST with steps from 1 to {len(chain)} in order")
        for place in range(first, last):
            if events.covers(chain[place]):
                raise QuestionError(
                    f"exclude={text}: every event of step {place + 1} is excluded, so nobody could get there"
                )
        found.append(Exclusion(events, first, last))
    return tuple(found)
