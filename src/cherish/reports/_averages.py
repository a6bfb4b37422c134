"""Averages of cohort rates: three customary ways, three different answers from one table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Average:
    """A rate as its two numbers; the rate is null where the denominator is 0."""

    numerator: float
    denominator: float

    @property
    def rate(self) -> float | None:
        """Numerator over denominator."""
        return self.numerator / self.denominator if self.denominator else None


def average(how: str, retained: Numbers, of: Numbers) -> Average:
    """The average of retained/of over the cohorts that have a rate.

    pooled    sum m / sum n: every customer weighs the same
    simple    mean of m/n: every cohort weighs the same
    mixpanel  counts and sizes are both averaged with the sizes as weights: sum(m n)/sum n over sum(n n)/sum n
    """
    known = of > 0
    m, n = retained[known].astype(np.float64), of[known].astype(np.float64)
    if not len(n):
        return Average(0.0, 0.0)
    if how == "simple":
        return Average(float((m / n).sum()), float(len(n)))
    if how == "mixpanel":
        return Average(float((m * n).sum() / n.sum()), float((n * n).sum() / n.sum()))
    return Average(float(m.sum()), float(n.sum()))
