"""Two groups beside each other: differences of shares and of means, with intervals and p-values."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cherish.reports.seven_questions.answers import Figure
from cherish.statistics.intervals import newcombe, wilson
from cherish.statistics.quantiles import two_sided_t
from cherish.statistics.tails import log10_two_sided

FEWEST = 10
"""Groups of fewer customers are not compared: nothing could be seen, and somebody could be."""
Floats = NDArray[np.float64]


def share(measured: str, hits: float, n: int, of: str = "", *, leading: bool = False) -> Figure:
    """A share with Wilson's interval."""
    if not n:
        return Figure(measured, of, n=0, why_not="nobody to take a share of", leading=leading)
    value, low, high = wilson(hits, n)
    return Figure(measured, of, float(value), float(low), float(high), n, leading=leading)


def shares_apart(measured: str, of: str, one: NDArray[np.bool_], other: NDArray[np.bool_]) -> Figure:
    """Share of `one` less share of `other` (Newcombe's interval; p-value of the pooled z)."""
    n, m = one.size, other.size
    hits, others = int(one.sum()), int(other.sum())
    gap = newcombe(hits, n, others, m)
    pooled = (hits + others) / (n + m)
    se = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    p = 10 ** log10_two_sided(float(gap.estimate) / se) if se else 1.0
    return Figure(measured, of, float(gap.estimate), float(gap.low), float(gap.high), n + m, p)


def means_apart(measured: str, of: str, one: Floats, other: Floats) -> Figure:
    """Mean of `one` less mean of `other`, by Welch (1947): unequal spreads, Satterthwaite's degrees of freedom."""
    n, m = one.size, other.size
    a, b = one.var(ddof=1) / n, other.var(ddof=1) / m
    gap, se = float(one.mean() - other.mean()), math.sqrt(a + b)
    if not se:
        return Figure(measured, of, gap, n=n + m, why_not="everybody in both groups is alike, so nothing is told apart")
    freedom = (a + b) ** 2 / (a**2 / (n - 1) + b**2 / (m - 1))
    half = two_sided_t(0.95, freedom) * se
    return Figure(measured, of, gap, gap - half, gap + half, n + m, 10 ** log10_two_sided(gap / se, freedom))


def adjusted(figures: list[Figure]) -> list[Figure]:
    """The figures with their p-values adjusted by Holm over all of them that have one."""
    from cherish.proof.multiplicity import holm

    places = [place for place, each in enumerate(figures) if each.p_value is not None]
    found = holm([figures[place].p_value for place in places])
    values = {place: value for place, value in zip(places, found, strict=True) if value is not None}
    return [replace(each, p_value=values[place]) if place in values else each
            for place, each in enumerate(figures)]  # fmt: skip


def clear(figure: Figure) -> bool:
    """Whether a tested difference is told from none once all tests of its question are counted."""
    return figure.p_value is not None and figure.p_value < 0.05
