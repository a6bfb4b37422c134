"""Filters: `country=France|Spain`, `age!=65+`, `value>=10` as values, and how they read on a table."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Any

from cherish.errors import QuestionError
from cherish.spec.numbers import number_of

_FORM = re.compile(r"\s*(?P<field>[^=!<>]+?)\s*(?P<operator>!=|>=|<=|=|>|<)\s*(?P<value>.*?)\s*", re.S)
EVENT_FIELDS = ("name", "type", "source", "currency", "order_id", "value")
NULL = "(none)"


@dataclass(frozen=True)
class Filter:
    """One condition on a field; several values of `=` mean any of them, of `!=` none of them."""

    field: str
    operator: str
    values: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Filter:
        """Read `field=value|value`, also with != > >= < <=; `(none)` stands for a missing value.

        Raises:
            QuestionError: not of that form, or several values for an order comparison.
        """
        found = _FORM.fullmatch(text)
        if not found:
            raise QuestionError(f"filter {text!r}: write FIELD=VALUE, also with != > >= < <=, values separated by |")
        values = tuple(part.strip() for part in found["value"].split("|"))
        if found["operator"] in (">", ">=", "<", "<=") and (len(values) != 1 or not _is_number(values[0])):
            raise QuestionError(f"filter {text!r}: {found['operator']} takes one number")
        return cls(found["field"], found["operator"], values)

    def __str__(self) -> str:
        return f"{self.field}{self.operator}{'|'.join(self.values)}"

    def on(self, column: Any) -> Any:
        """The condition as a boolean expression on this column; a missing value fails every comparison but `!=`.

        A text that is no number is as good as missing where it is compared by order.
        """
        if self.operator in ("=", "!="):
            hit = self._any_of(column)
            return hit if self.operator == "=" else ~hit
        number = column if column.type().is_numeric() else number_of(column)
        limit = float(self.values[0])
        compare = {">": number.__gt__, ">=": number.__ge__, "<": number.__lt__, "<=": number.__le__}[self.operator]
        return compare(limit).fill_null(False)

    def _any_of(self, column: Any) -> Any:
        if column.type().is_numeric():
            bad = [value for value in self.values if value != NULL and not _is_number(value)]
            if bad:
                raise QuestionError(f"filter {self}: {self.field} holds numbers and {bad[0]!r} is none")
            wanted: list[Any] = [float(value) for value in self.values if value != NULL]
        elif column.type().is_boolean():
            column, wanted = column.cast("string").lower(), [value.lower() for value in self.values if value != NULL]
        else:
            wanted = [value for value in self.values if value != NULL]
        hit = column.isin(wanted).fill_null(False)
        return hit | column.isnull() if NULL in self.values else hit


def _is_number(text: str) -> bool:
    try:
        return float(text) == float(text)
    except ValueError:
        return False


def conjunction(conditions: Iterable[Any]) -> Any:
    """All of these boolean expressions."""
    return reduce(and_, conditions)


def resolve(field: str, properties: Iterable[str], traits: Iterable[str]) -> str:
    """The full name of a field: an event column, `properties.NAME` or `traits.NAME`.

    A bare name is looked for among the event's columns, then the properties, then the traits.

    Raises:
        QuestionError: there is no such field; the message lists what there is.
    """
    known = {f"properties.{name}" for name in properties} | {f"traits.{name}" for name in traits}
    if field in EVENT_FIELDS or field in known:
        return field
    for prefix in ("properties.", "traits."):
        if prefix + field in known:
            return prefix + field
    there = ", ".join(sorted(known)) or "no properties and no traits"
    raise QuestionError(f"no field is called {field!r}; there are {', '.join(EVENT_FIELDS)} and {there}")
