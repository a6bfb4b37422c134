"""What the models see of customers: rows of equal customers with their count, checked and grouped once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from cherish.errors import QuestionError, Unanswerable

Floats = NDArray[np.float64]
LEAST = 20
"""So many customers must have come back before a model is fitted: four parameters can't rest on fewer."""
_ROOM = 2**62


@dataclass(frozen=True)
class Cells:
    """Customers by how often they came back, when last, and how long ago first; sorted, each row once.

    `repeats` (x) counts repeat days (distinct days minus one); `last` (t_x) and `age` (T) are times since the first
    day, in one unit; `customers` says how many share the row.
    """

    repeats: Floats
    last: Floats
    age: Floats
    customers: Floats

    @classmethod
    def of(cls, repeats: Any, last: Any, age: Any, customers: Any = 1) -> Self:
        """Group arrays of equal length (`customers` may be one number for all) into cells.

        Raises `QuestionError` where a row can't be: last beyond age, repeats without time between them.
        """
        given = np.broadcast_arrays(*(np.asarray(each, dtype=np.float64) for each in (repeats, last, age, customers)))
        x, t, end, n = (np.atleast_1d(each) for each in given)
        _check(np.isfinite(x) & np.isfinite(t) & np.isfinite(end) & (n > 0), "numbers that are finite, counts above 0")
        _check((x >= 0) & (x == np.floor(x)), "whole numbers of repeat days")
        _check((t >= 0) & (t <= end), "0 <= last <= age")
        _check((x > 0) == (t > 0), "time between first and last exactly where there are repeats (merge days first)")
        return cls(*grouped((x, t, end), n))

    @property
    def total(self) -> int:
        """How many customers there are."""
        return int(self.customers.sum())

    @property
    def repeaters(self) -> int:
        """How many of them came back at least once."""
        return int(self.customers[self.repeats > 0].sum())

    @property
    def unit(self) -> float:
        """What times are large or small against: a fortieth of the longest age, a week for most of a year."""
        return float(self.age.max()) / 40

    def enough(self, model: str) -> Self:
        """Itself, or `Unanswerable` where too few customers came back to fit `model`."""
        if self.repeaters < LEAST:
            raise Unanswerable(
                f"{model} needs at least {LEAST} customers who came back on another day; of {self.total:,} customers "
                f"{self.repeaters} did: wait for more repeat orders, or take a longer stretch of the log"
            )
        return self


@dataclass(frozen=True)
class Spends:
    """Repeat customers by how often they came back and what a repeat day brought on average.

    `left_out` customers had a mean of zero or less: the model lives on logarithms, and they are not in the rows.
    """

    repeats: Floats
    mean: Floats
    customers: Floats
    left_out: int = 0

    @classmethod
    def of(cls, repeats: Any, mean: Any, customers: Any = 1) -> Self:
        """Group arrays of equal length; rows without repeats tell nothing of spend and are passed over."""
        given = np.broadcast_arrays(*(np.asarray(each, dtype=np.float64) for each in (repeats, mean, customers)))
        x, m, n = (np.atleast_1d(each) for each in given)
        m = np.where(x > 0, m, 1.0)
        _check(np.isfinite(x) & np.isfinite(m) & (n > 0) & (x >= 0), "numbers that are finite, counts above 0")
        keep = (x > 0) & (m > 0)
        x_of, m_of, count = grouped((x[keep], m[keep]), n[keep])
        return cls(x_of, m_of, count, left_out=int(n[(x > 0) & (m <= 0)].sum()))

    @property
    def total(self) -> int:
        """How many customers there are."""
        return int(self.customers.sum())

    @property
    def correlation(self) -> float | None:
        """The correlation of repeats and mean spend, which the model takes to be none; None where one is constant."""
        count = self.customers
        x, m = (each - np.average(each, weights=count) for each in (self.repeats, self.mean))
        spread = float(np.sqrt((count * x * x).sum() * (count * m * m).sum()))
        return float((count * x * m).sum()) / spread if spread > 0 else None


def grouped(columns: tuple[Floats, ...], counts: Floats) -> tuple[Floats, ...]:
    """Equal rows become one, their counts added; sorted by the columns, so that the order of rows means nothing."""
    key = np.zeros(len(counts), dtype=np.int64)
    room = 1
    for column in columns:
        distinct, place = np.unique(column, return_inverse=True)
        if room * len(distinct) >= _ROOM:
            kept, key = np.unique(key, return_inverse=True)
            room = len(kept)
        key, room = key * len(distinct) + place, room * len(distinct)
    key = np.unique(key, return_inverse=True)[1]
    size = int(key.max()) + 1 if len(key) else 0
    first = np.zeros(size, dtype=np.int64)
    first[key[::-1]] = np.arange(len(key))[::-1]
    return (*(column[first] for column in columns), np.bincount(key, weights=counts, minlength=size).astype(float))


def dot(first: Floats, second: Floats) -> float:
    """The sum of products, added pairwise by numpy itself: threads of a linear algebra library can't reorder it."""
    return float(np.multiply(first, second).sum())


def _check(holds: NDArray[np.bool_], rule: str) -> None:
    wrong = int((~holds).sum())
    if wrong:
        raise QuestionError(f"{wrong:,} of {holds.size:,} rows are no customers: the models take {rule}")
