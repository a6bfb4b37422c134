"""The integral behind Pareto/NBD for many customers whose times lie on the same days: each day integrated once.

For one count x of purchases the integral from t_x to T is a difference of sums from the right, over the days between.
There are as many pieces as days times counts, instead of a rule of its own for every row; `_waiting` is the rule of
the rest, and what this one is held against.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from cherish.proof.clv._waiting import Waited, waited
from cherish.proof.clv.cells import Cells, Floats

_NODES = 8
_MOST = 200
_STEEP = 4.0
"""How many powers of e the integrand may fall within one piece, for eight nodes to be good to thirteen digits."""


@dataclass(frozen=True)
class SharedWaiting:
    """Which rows of the cells go by shared days, and where their counts and times lie on the grid."""

    cells: Cells
    shared: NDArray[np.bool_]
    counts: Floats
    times: Floats
    places: tuple[Any, Any, Any]
    """Of each shared row: its count, its t_x and its T, as places in `counts` and `times`."""

    @classmethod
    def of(cls, cells: Cells) -> Self:
        """Shared where that is less work and eight nodes are enough; else no row is."""
        some = (cells.repeats > 0) & (cells.repeats <= _MOST)
        counts, of_count = np.unique(cells.repeats[some], return_inverse=True)
        times, of_time = np.unique(np.concatenate([cells.last[some], cells.age[some]]), return_inverse=True)
        of_last, of_age = np.split(of_time, 2)
        worth = len(counts) * len(times) < 4 * int(some.sum())
        if not worth or not _gentle(counts, times, of_count, of_last):
            some = np.zeros(len(some), dtype=np.bool_)
        return cls(cells, some, counts, times, (of_count, of_last, of_age))

    def at(self, r: float, alpha: float, s: float, beta: float) -> Waited:
        """The integrals of all rows, with the means that slopes are made of."""
        cells, rest = self.cells, ~self.shared
        own = waited(r + cells.repeats[rest], alpha, s + 1, beta, cells.last[rest], cells.age[rest], slopes=True)
        if not self.shared.any():
            return own
        both = np.empty((5, len(rest)))
        both[:, rest] = np.vstack([own.log, *own.means])
        both[:, self.shared] = self._by_days(r, alpha, s, beta)
        return Waited(both[0], (both[1], both[2], both[3], both[4]))

    def _by_days(self, r: float, alpha: float, s: float, beta: float) -> Floats:
        of_count, of_last, of_age = self.places
        points, weights = np.polynomial.legendre.leggauss(_NODES)
        width = np.diff(self.times)
        moments = self.times[:-1, None] + width[:, None] * (points + 1) / 2
        of_alpha, of_beta = np.log(alpha + moments), np.log(beta + moments)
        first = np.full(len(self.counts), len(self.times))
        np.minimum.at(first, of_count, of_last)
        start = self.times[first]
        top = -(r + self.counts) * np.log(alpha + start) - (s + 1) * np.log(beta + start)
        height = -(r + self.counts)[:, None, None] * of_alpha - (s + 1) * of_beta - top[:, None, None]
        mass = np.exp(np.minimum(height, 0.0)) * (weights / 2 * width[:, None])
        sums = [_between(mass, each, of_count, of_last, of_age) for each in
                (None, of_alpha, 1 / (alpha + moments), of_beta, 1 / (beta + moments))]  # fmt: skip
        area = sums[0]
        with np.errstate(divide="ignore"):
            log = np.log(area) + top[of_count]
        return np.vstack([log, *(np.divide(each, area, out=np.zeros_like(area), where=area > 0) for each in sums[1:])])


def _between(mass: Floats, factor: Floats | None, of_count: Any, of_last: Any, of_age: Any) -> Floats:
    """Of each row, the sum of mass times factor over the pieces from t_x to T: two sums from the right, subtracted."""
    pieces = mass.sum(axis=2) if factor is None else np.einsum("kij,ij->ki", mass, factor)
    beyond = np.zeros((len(pieces), pieces.shape[1] + 1))
    beyond[:, :-1] = np.cumsum(pieces[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(beyond[of_count, of_last] - beyond[of_count, of_age])


def _gentle(counts: Floats, times: Floats, of_count: Any, of_last: Any) -> bool:
    """Whether no piece is so long that the integrand falls steeply within it."""
    if len(times) < 2:
        return False
    growth = np.diff(times) / np.maximum(times[:-1], np.finfo(float).tiny)
    longest = np.append(np.maximum.accumulate(growth[::-1])[::-1], 0.0)
    first = np.full(len(counts), len(times) - 1)
    np.minimum.at(first, of_count, of_last)
    return bool(((counts + 1) * longest[first] <= _STEEP).all())
