"""Moments: how many, the means and how values vary together; all that inference sees, added up anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from cherish.errors import QuestionError

Floats = NDArray[np.float64]
_ROUNDING = 16 * float(np.finfo(np.float64).eps)


@dataclass(frozen=True, eq=False)
class Moments:
    """`n` rows with named columns (k of them): their means (k,) and centred sums of products (k, k).

    Two of them add up to what one pass over all rows gives (Chan, Golub & LeVeque 1983), so that an engine may count
    per arm, day or shard. Sums are centred: money of a million customers loses no digits to its own square.
    """

    names: tuple[str, ...]
    n: int
    means: Floats
    products: Floats

    @classmethod
    def of(cls, columns: Mapping[str, Any], counts: Any = None) -> Self:
        """From arrays of one length, a row per customer; `counts` says how many customers share a row.

        Raises:
            QuestionError: columns of different lengths, a value that is not a number, or a count that is not whole.
        """
        rows = {name: np.asarray(column, dtype=np.float64).ravel() for name, column in columns.items()}
        times = None if counts is None else np.asarray(counts, dtype=np.float64).ravel()
        _check(rows, times)
        n = int(times.sum()) if times is not None else next((each.size for each in rows.values()), 0)
        means = np.array([_total(each, times) / n if n else 0.0 for each in rows.values()])
        apart = [each - mean for each, mean in zip(rows.values(), means, strict=True)]
        # What rounding left of the mean is taken out again, once (Chan et al., the corrected two-pass form).
        drift = np.array([_total(each, times) for each in apart])
        products = np.array([[_total(one * other, times) for other in apart] for one in apart])
        size = len(rows)
        return cls(tuple(rows), n, means, products.reshape(size, size) - np.outer(drift, drift) / max(n, 1))

    @classmethod
    def of_units(cls, columns: Mapping[str, Any], units: Any, size: str = "customers") -> Self:
        """One row per unit (household, account, shop), its columns added up, and how many customers it has as `size`.

        Where a unit, not a customer, was drawn, the mean per customer is the ratio of a column to `size`, and its
        standard error by the delta method allows for customers of a unit being alike (Deng, Knoblich & Lu 2018).
        """
        distinct, place = np.unique(np.asarray(units), return_inverse=True)
        place = place.ravel()
        sums = {
            name: np.bincount(place, weights=np.asarray(each, dtype=np.float64).ravel(), minlength=distinct.size)
            for name, each in columns.items()
        }
        return cls.of({**sums, size: np.bincount(place, minlength=distinct.size)})

    @classmethod
    def of_share(cls, name: str, successes: int, n: int) -> Self:
        """A column of ones and zeros, from how many ones there are.

        Raises:
            QuestionError: more successes than rows, or less than none.
        """
        if not 0 <= successes <= n:
            raise QuestionError(f"{successes} of {n}: a share counts from none to all")
        return cls.of({name: [1.0, 0.0]}, counts=[successes, n - successes])

    @classmethod
    def about(
        cls, n: int, centre: Mapping[str, float], sums: Mapping[str, float],
        products: Mapping[tuple[str, str], float],
    ) -> Self:  # fmt: skip
        """From an engine's sums of distances to a `centre`: of (a - centre a), and of its products with (b - centre b).

        `products` holds each pair once, in either order, and each column with itself. Any centre gives the same; one
        near the means (an average asked before, rounded as one likes) keeps all digits.

        Raises:
            QuestionError: a sum or a pair is missing.
        """
        names = tuple(centre)
        k = len(names)
        found = np.zeros((k, k))
        try:
            total = np.array([float(sums[name]) for name in names])
            for i, one in enumerate(names):
                for j, other in enumerate(names):
                    pair = (one, other) if (one, other) in products else (other, one)
                    found[i, j] = float(products[pair])
        except KeyError as missing:
            raise QuestionError(f"moments about a centre lack the sum of {missing.args[0]!r}") from None
        moved = np.outer(total, total) / max(n, 1)
        centred = found - moved
        # Where the spread is less than what rounding leaves of the sums, there is none.
        flat = np.diag(centred) <= _ROUNDING * np.diag(moved)
        centred[flat, :] = centred[:, flat] = 0.0
        return cls(names, int(n), np.array([float(centre[name]) for name in names]) + total / max(n, 1), centred)

    def __add__(self, other: Self) -> Self:
        if set(self.names) != set(other.names):
            raise QuestionError(
                f"moments of {_list(self.names)} and of {_list(other.names)} don't add up: same columns?"
            )
        order = [other.names.index(name) for name in self.names]
        means, products = other.means[order], other.products[np.ix_(order, order)]
        if not self.n or not other.n:
            return self if not other.n else type(self)(self.names, other.n, means, products)
        n = self.n + other.n
        gap = means - self.means
        joined = self.products + products + np.outer(gap, gap) * (self.n * (other.n / n))
        return type(self)(self.names, n, self.means + gap * (other.n / n), joined)

    def __radd__(self, other: int) -> Self:
        """Let `sum` begin with its 0."""
        if other != 0:
            return NotImplemented
        return self

    def index(self, name: str) -> int:
        """Where a column stands.

        Raises:
            QuestionError: there is no such column.
        """
        if name not in self.names:
            raise QuestionError(f"these moments have no column {name!r}: they have {_list(self.names)}")
        return self.names.index(name)

    def mean(self, name: str) -> float:
        """The mean of a column; NaN of nobody."""
        place = self.index(name)
        return float(self.means[place]) if self.n else float("nan")

    def total(self, name: str) -> float:
        """The sum of a column; 0 of nobody."""
        return float(self.means[self.index(name)]) * self.n

    def var(self, name: str) -> float:
        """The sample variance of a column, n - 1 below; NaN of less than two."""
        return self.cov(name, name)

    def cov(self, one: str, other: str) -> float:
        """The sample covariance of two columns, n - 1 below; NaN of less than two."""
        product = float(self.products[self.index(one), self.index(other)])
        return product / (self.n - 1) if self.n > 1 else float("nan")

    def with_sum(self, name: str, weights: Mapping[str, float]) -> Self:
        """The same rows with one more column: a weighted sum of others, such as a difference of two.

        Raises:
            QuestionError: the name is taken, or a weighted column is not there.
        """
        if name in self.names:
            raise QuestionError(f"{name!r} is a column already")
        slopes = np.zeros(len(self.names))
        for column, weight in weights.items():
            slopes[self.index(column)] = weight
        along = self.products @ slopes
        products = np.block([[self.products, along[:, None]], [along[None, :], np.array([[slopes @ along]])]])
        return type(self)((*self.names, name), self.n, np.append(self.means, self.means @ slopes), products)


def _total(values: Floats, times: Floats | None) -> float:
    """The sum, added pairwise by numpy itself."""
    return float(values.sum() if times is None else (values * times).sum())


def _check(rows: Mapping[str, Floats], times: Floats | None) -> None:
    lengths = {each.size for each in rows.values()} | ({times.size} if times is not None else set())
    if len(lengths) > 1:
        raise QuestionError(f"columns of one length make moments, not of {_list(map(str, sorted(lengths)))}")
    for name, each in rows.items():
        wrong = int((~np.isfinite(each)).sum())
        if wrong:
            raise QuestionError(
                f"{wrong:,} of {each.size:,} values of {name!r} are no numbers: leave such customers out, or give them "
                "a value and a column of their own that says so"
            )
    if times is not None and not ((times >= 0) & (times == np.floor(times))).all():
        raise QuestionError("counts of moments are whole numbers from 0")


def _list(names: Any) -> str:
    return ", ".join(names) or "none"
