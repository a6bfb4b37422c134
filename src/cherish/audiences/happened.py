"""Did the customer do it: how often, how much, when first, when last; and the whole of it as one condition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cherish.audiences import comparing
from cherish.audiences.needs import Conditions, Needs, Test, event_names
from cherish.audiences.parts import below, nearest, refuse
from cherish.audiences.rule import Amount, Happening, Sum
from cherish.errors import QuestionError
from cherish.spec.filters import EVENT_FIELDS, Filter
from cherish.spec.periods import parse_window
from cherish.spec.view import View

Ask = Callable[..., str]
"""Asks for a fact of this event: its kind, a property, a currency; gives the column."""


def happened(needs: Needs, said: Happening, path: str) -> Test:
    """The condition that the event happened in the window, and that all that is said of it holds."""
    names = event_names(needs.view, said.event, below(path, "event"))
    window = parse_window(said.within)
    conditions = _conditions(needs.view, said.where, below(path, "where"))

    def ask(kind: str, column: str | None = None, currency: str | None = None) -> str:
        if conditions or column:
            return needs.look_inside(kind, names, window, conditions, column, currency)
        return needs.fact(kind, names, window, currency)

    tests = [_count(ask, said)]
    if said.sum is not None:
        tests.append(_sum(needs.view, ask, said.sum, below(path, "sum")))
    for kind, wanted in (("first", said.first), ("last", said.last)):
        if wanted is not None:
            tests.append(_on_day(needs.view, ask(kind), wanted))
    return lambda table: comparing.every([test(table) for test in tests])


def _count(ask: Ask, said: Happening) -> Test:
    column, amount = ask("count"), said.count or Amount()
    return lambda table: comparing.every([table[column] > 0, *comparing.amounts(table[column], amount)])


def _sum(view: View, ask: Ask, wanted: Sum, path: str) -> Test:
    currencies = [name for name, count in view.facts.currencies.items() if count]
    if wanted.currency is not None and wanted.currency not in currencies:
        refuse(below(path, "currency"), f"no order is in {wanted.currency!r}; {nearest(wanted.currency, currencies)}")
    field = None if wanted.of is None else _numeric(view, wanted.of, below(path, "of"))
    column = ask("total", field, wanted.currency)
    return lambda table: comparing.every(comparing.amounts(table[column], wanted))


def _on_day(view: View, column: str, wanted: Any) -> Test:
    return lambda table: comparing.every(comparing.days(table[column], wanted, view.day))


def _numeric(view: View, name: str, path: str) -> str:
    bare = name.removeprefix("properties.")
    numeric = [each for each, kind in view.facts.properties.items() if str(kind) in ("float64", "int64")]
    if bare not in view.facts.properties:
        refuse(path, f"no property is called {name!r}; {nearest(bare, numeric)}")
    if bare not in numeric:
        has = ", ".join(numeric) or "none"
        refuse(path, f"the property {name!r} holds texts and can't be added up; numbers are in {has}")
    return f"properties.{bare}"


def _conditions(view: View, texts: tuple[str, ...], path: str) -> Conditions:
    found = []
    for number, text in enumerate(texts):
        each = Filter.parse(text)
        bare = each.field.removeprefix("properties.")
        if each.field not in EVENT_FIELDS and bare not in view.facts.properties:
            there = (*EVENT_FIELDS, *view.facts.properties)
            trait = "; for a trait of the customer say trait: NAME" if bare in view.facts.traits else ""
            refuse(f"{path}[{number}]", f"no property is called {each.field!r}; {nearest(bare, there)}{trait}")
        full = each.field if each.field in EVENT_FIELDS else f"properties.{bare}"
        found.append(_checked(view, Filter(full, each.operator, each.values), f"{path}[{number}]"))
    return tuple(found)


def _checked(view: View, each: Filter, path: str) -> Filter:
    try:
        each.on(view.events(properties=_property(each.field))[each.field])
    except QuestionError as error:
        refuse(path, str(error))
    kind = str(view.facts.properties.get(each.field.removeprefix("properties."), ""))
    if each.operator not in ("=", "!=") and each.field != "value" and kind != "float64":
        refuse(path, f"{each.field} holds texts, which {each.operator} can't compare")
    return each


def _property(field: str) -> tuple[str, ...]:
    return (field.removeprefix("properties."),) if field.startswith("properties.") else ()
