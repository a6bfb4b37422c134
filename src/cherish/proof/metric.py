"""A metric of an experiment: a mean, or a ratio of two by the delta method; its value and how much that varies."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cherish.errors import QuestionError
from cherish.proof.moments import Floats, Moments

_ROUNDING = 1e-13


@dataclass(frozen=True)
class Metric:
    """The mean of column `y` per customer, or sum(y) / sum(x) where `x` is given (revenue per order, orders per visit).

    The variance of a ratio is that of its first-order change with the two means (delta method; Deng, Knoblich & Lu
    2018, section 2.2): the variance of (y - ratio * x) / mean(x) per row.
    """

    y: str
    x: str | None = None

    @property
    def name(self) -> str:
        """`y`, or `y / x`."""
        return self.y if self.x is None else f"{self.y} / {self.x}"

    def value(self, moments: Moments) -> float:
        """What the metric is on these rows; NaN of nobody, or where the sum of `x` is 0."""
        over = 1.0 if self.x is None else moments.mean(self.x)
        return moments.mean(self.y) / over if over else float("nan")

    def known(self, moments: Moments) -> bool:
        """Whether it has a value on these rows."""
        return not math.isnan(self.value(moments))

    def slopes(self, moments: Moments) -> Floats:
        """How the value changes with the mean of each column, in the order of the moments' names."""
        found = np.zeros(len(moments.names))
        over = 1.0 if self.x is None else moments.mean(self.x)
        found[moments.index(self.y)] += 1 / over
        if self.x is not None:
            found[moments.index(self.x)] -= self.value(moments) / over
        return found


def covariance(one: Floats, other: Floats, moments: Moments) -> float:
    """The covariance per row of two values that change with the means by these slopes; of two rows or more.

    Where terms cancel to less than rounding leaves of them it is 0: y = 2x for everybody makes a ratio without spread.
    """
    terms = np.outer(one, other) * moments.products
    found = float(terms.sum())
    noise = _ROUNDING * float(np.abs(terms).sum()) + moments.n * _noise(one, moments) * _noise(other, moments)
    return found / (moments.n - 1) if abs(found) > noise else 0.0


def parsed(given: str | tuple[str, str | None] | Metric) -> Metric:
    """A metric from a column's name, or from a pair of names.

    Raises:
        QuestionError: anything else.
    """
    if isinstance(given, Metric):
        return given
    if isinstance(given, str):
        return Metric(given)
    if isinstance(given, tuple) and len(given) == 2 and isinstance(given[0], str):
        return Metric(*given)
    raise QuestionError(f"a covariate is a column's name or a pair (y, x) of names, not {given!r}")


def _noise(slopes: Floats, moments: Moments) -> float:
    """What rounding of the means alone may leave of a spread."""
    return _ROUNDING * float(np.abs(slopes * moments.means).sum())
