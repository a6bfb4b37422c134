"""Comparisons as boolean expressions that are never null: a missing value fails them all but `is_not` and `not_in`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import reduce
from operator import and_, eq, ge, gt, le, lt
from typing import Any

import ibis

from cherish.audiences.parts import below, refuse, shown
from cherish.audiences.rule import Amount, Day, Measured, Trait
from cherish.spec.calendar import day_number

_ORDER = {"above": gt, "at_least": ge, "below": lt, "at_most": le}
_AMOUNT = {"is_": eq, **_ORDER}
_DIGITS = 4
"""Decimals of money."""
_FINEST = Decimal(1).scaleb(-_DIGITS)


def every(conditions: Iterable[Any]) -> Any:
    """All of these hold; null counts as no."""
    return reduce(and_, [each.fill_null(False) for each in conditions])


def amounts(column: Any, said: Amount | Measured) -> list[Any]:
    """A number against those of a rule."""
    found = []
    for word, compare in _AMOUNT.items():
        wanted = getattr(said, word)
        if wanted is not None:
            found.append(compare(*_alike(column, wanted)))
    return found


def _alike(column: Any, wanted: int | float) -> tuple[Any, Any]:
    """The column and the number in one type, in which both are exact."""
    if not column.type().is_decimal():
        return column, ibis.literal(wanted)
    exact = Decimal(str(wanted))
    if exact != exact.quantize(_FINEST):
        return column.cast("float64"), ibis.literal(float(wanted))
    return column, ibis.literal(exact, type=f"decimal(38, {_DIGITS})")


def days(column: Any, said: Day, today: int) -> list[Any]:
    """A day number against dates, and against days before the moment's day."""
    found = []
    if said.before is not None:
        found.append(column < day_number(date.fromisoformat(said.before)))
    if said.since is not None:
        found.append(column >= day_number(date.fromisoformat(said.since)))
    return found + [
        compare(today - column, getattr(said, word))
        for word, compare in _ORDER.items()
        if getattr(said, word) is not None
    ]


# -- traits -------------------------------------------------------------------------------------------------------


def check_trait(said: Trait, kind: str, path: str) -> None:
    """Refuse values that a trait of this type can't be compared with."""
    for word in _ORDER:
        wanted = getattr(said, word)
        if wanted is None:
            continue
        if kind == "boolean":
            refuse(below(path, word), f"the trait {said.trait!r} is true or false; say is: true")
        if (kind == "string") != isinstance(wanted, str):
            holds = "texts; compare it with a date, or say in: [...]" if kind == "string" else "numbers"
            refuse(below(path, word), f"{shown(wanted)}: the trait {said.trait!r} holds {holds}")
    if kind in ("string", "boolean"):
        return
    given = {"is": (said.is_,), "is_not": (said.is_not,), "in": said.in_, "not_in": said.not_in}
    for word, values in given.items():
        wrong = [each for each in values if isinstance(each, (str, bool))]
        if wrong:
            refuse(below(path, word), f"{shown(wrong[0])}: the trait {said.trait!r} holds numbers")


def trait(column: Any, said: Trait) -> Any:
    """A trait against all that is said of it."""
    found = []
    for values, wanted in (((said.is_,), True), ((said.is_not,), False), (said.in_, True), (said.not_in, False)):
        known = [each for each in values if each is not None]
        if known:
            hit = _any_of(column, known)
            found.append(hit if wanted else ~hit)
    for word, compare in _ORDER.items():
        limit = getattr(said, word)
        if limit is not None:
            # Dates are texts, and texts of one form are in the order of their dates.
            found.append(compare(column, ibis.literal(limit)))
    if said.known is not None:
        found.append(column.notnull() if said.known else column.isnull())
    return every(found)


def _any_of(column: Any, values: list[Any]) -> Any:
    if column.type().is_numeric():
        return column.isin([float(each) for each in values]).fill_null(False)
    if column.type().is_boolean():
        return reduce(lambda left, each: left | each, [(column == _flag(each)).fill_null(False) for each in values])
    return column.isin([_text(each) for each in values]).fill_null(False)


def _flag(value: Any) -> Any:
    return ibis.literal(str(value).lower() == "true")


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
