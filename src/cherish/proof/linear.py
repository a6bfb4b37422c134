"""Least squares: a straight line through several numbers, with intervals that do not trust equal spread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cherish.errors import Unanswerable
from cherish.statistics.intervals import Interval
from cherish.statistics.quantiles import two_sided_t

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Coefficients:
    """What least squares found: per name an estimate and its standard error (HC3), of n cases."""

    names: tuple[str, ...]
    values: Floats
    errors: Floats
    n: int

    def interval(self, name: str, level: float = 0.95) -> Interval:
        """The coefficient with Student's interval, n - (coefficients and intercept) degrees of freedom."""
        place = self.names.index(name)
        half = two_sided_t(level, self.n - len(self.names) - 1) * float(self.errors[place])
        value = float(self.values[place])
        return Interval(value, value - half, value + half)


def least_squares(outcome: Floats, causes: Mapping[str, Floats]) -> Coefficients:
    """The coefficients of `outcome` on all `causes` at once, with an intercept that is not told.

    Standard errors are the heteroskedasticity-consistent HC3 (MacKinnon & White 1985, equation 12; recommended for less
    than 250 cases by Long & Ervin 2000): (X'X)^-1 X' diag(e_i^2 / (1 - h_i)^2) X (X'X)^-1, h the diagonal of the hat.

    Raises:
        Unanswerable: too few cases, or a cause that is the same for everybody or follows from the others.
    """
    names = tuple(causes)
    n, columns = outcome.size, len(names) + 1
    if n <= columns + 1:
        raise Unanswerable(
            f"a line through {len(names)} numbers needs more than {columns + 1} customers; there are {n}"
        )
    design = np.column_stack([np.ones(n), *(causes[name] for name in names)])
    if np.linalg.matrix_rank(design) < columns:
        raise Unanswerable(f"{' and '.join(names)}: one is the same for everybody, or follows from the others")
    q, r = np.linalg.qr(design)
    values = np.linalg.solve(r, q.T @ outcome)
    leverage = np.minimum((q**2).sum(axis=1), 1 - 1e-9)
    # Whoever lies alone in a direction is met exactly: nothing is left over that a division could blow up.
    left = (outcome - design @ values) / (1 - leverage)
    bread = np.linalg.solve(r, q.T)
    errors = np.sqrt(((bread * left) ** 2).sum(axis=1))
    return Coefficients(names, values[1:], errors[1:], n)
