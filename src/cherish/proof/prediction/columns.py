"""Columns made ready for a regression: one scale learned at an earlier moment and applied at a later one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from cherish.errors import QuestionError
from cherish.proof.prediction.influence import Floats

SKEWED = 2.0
"""Columns with a greater skewness, such as money and counts, enter as logarithms."""

_FLAT, _FINEST = 1e-12, 1e-15


@dataclass(frozen=True)
class Scale:
    """What a column is turned by: ends beyond which nothing was learned, logarithm or not, middle and spread.

    The logarithm is sign(x) log(1 + |x| / unit) with the median of |x| that isn't 0 as `unit`: cents and euros
    come to the same, and refunds keep their sign. A `spread` of 0 says that the column is constant and is left out.
    """

    low: float
    high: float
    unit: float
    logged: bool
    middle: float = 0.0
    spread: float = 0.0

    @classmethod
    def of(cls, values: Any) -> Self:
        """Learn the scale of a column; infinite values count as the largest or smallest finite one.

        Raises:
            QuestionError: a value that is not a number.
        """
        values = _numbers(values)
        finite = values[np.isfinite(values)]
        low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)
        if low == high:
            return cls(low, high, 1.0, False)
        sizes = np.abs(finite[finite != 0])
        unit = max(float(np.median(sizes)), _FINEST * float(sizes.max()))
        logged = _skewness(np.clip(values, low, high) / unit) > SKEWED
        turned = cls(low, high, unit, logged)._bent(values)
        middle, spread = float(turned.mean()), float(turned.std())
        return cls(low, high, unit, logged, middle, spread if spread > _FLAT * abs(middle) else 0.0)

    @property
    def constant(self) -> bool:
        """Whether the column tells nobody apart."""
        return self.spread == 0

    def __call__(self, values: Any) -> Floats:
        """The column on this scale: mean 0 and standard deviation 1 where it was learned."""
        return np.asarray((self._bent(_numbers(values)) - self.middle) / (self.spread or 1.0))

    def _bent(self, values: Floats) -> Floats:
        kept = np.clip(values, self.low, self.high) / self.unit
        return np.asarray(np.sign(kept) * np.log1p(np.abs(kept)) if self.logged else kept)


def _numbers(values: Any) -> Floats:
    numbers: Floats = np.asarray(values, dtype=np.float64)
    if np.isnan(numbers).any():
        raise QuestionError("a column of a regression holds nulls: rank or replace them first")
    return numbers


def _skewness(values: Floats) -> float:
    """The third standardised moment, without its sign: of values first brought to at most 1, so that none overflows."""
    largest = float(np.abs(values).max())
    centred = values / largest if largest > 0 else values
    centred = centred - centred.mean()
    square = float((centred * centred).mean())
    return abs(float((centred**3).mean())) / square**1.5 if square > 0 else 0.0
