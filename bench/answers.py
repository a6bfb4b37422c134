"""Answers of different engines in one form, so that they can be held against each other."""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import Decimal
from typing import Any

Answer = list[tuple[Any, ...]]
"""Rows in order; numbers are ints or floats, days are dates."""

TOLERANCE = 1e-9
"""Sums of doubles depend on their order; counts and days must be equal."""


def rows(table: Any, columns: tuple[str, ...], keys: int = 1) -> Answer:
    """The columns of a PyArrow, pandas or Polars table, in order of the first `keys` of them."""
    if hasattr(table, "to_pylist"):
        found = [tuple(row[name] for name in columns) for row in table.select(list(columns)).to_pylist()]
    elif hasattr(table, "iter_rows"):
        found = list(table.select(columns).iter_rows())
    else:
        found = list(table[list(columns)].itertuples(index=False, name=None))
    return sorted((tuple(plain(value) for value in row) for row in found), key=lambda row: row[:keys])


def plain(value: Any) -> Any:
    """A value as Python's own."""
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, Decimal):
        return float(value)
    return value.date() if isinstance(value, datetime) else value


def same(one: Answer, other: Answer) -> bool:
    """Whether two answers are equal: whole numbers, texts and days exactly, floats to `TOLERANCE`."""
    return len(one) == len(other) and all(
        len(left) == len(right) and all(map(_equal, left, right)) for left, right in zip(one, other, strict=True)
    )


def _equal(left: Any, right: Any) -> bool:
    numbers = (int, float)
    if isinstance(left, numbers) and isinstance(right, numbers):
        if isinstance(left, int) and isinstance(right, int):
            return left == right
        return math.isclose(left, right, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return bool(left == right and isinstance(left, date) == isinstance(right, date))
