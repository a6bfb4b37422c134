"""Intervals of shares, of differences of shares, of recommend scores and of means, from counts.

Every function takes numbers or arrays (which are stretched to one shape) and gives numbers or arrays alike. Where there
is nobody to count (n = 0) all three parts are NaN, which is a null in a table: there is no interval of nothing. Counts
need not be whole: with weights, give shares times the effective n (`effective`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cherish.errors import QuestionError
from cherish.statistics.quantiles import two_sided, two_sided_t

Floats = NDArray[np.float64]


class Interval(NamedTuple):
    """An estimate and the two ends of its interval: floats for numbers, arrays for arrays; NaN where n = 0."""

    estimate: Any
    low: Any
    high: Any


def wilson(successes: Any, n: Any, level: float = 0.95) -> Interval:
    """Wilson's score interval of a share successes / n (Wilson 1927; Newcombe 1998, method 3); `n` = 0 gives NaN.

    Raises:
        QuestionError: a level outside (0, 1), a negative count, or more successes than there are.
    """
    hits, n = _counted(n, successes)
    z2 = two_sided(level) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        share = hits / n
        centre = (hits + z2 / 2) / (n + z2)
        half = np.sqrt(z2 * (hits * (n - hits) / n + z2 / 4)) / (n + z2)
    # At the very ends the bound is exact, and rounding may not move it.
    low = np.where(hits == 0, 0.0 * share, np.maximum(centre - half, 0))
    high = np.where(hits == n, 1.0 * share, np.minimum(centre + half, 1))
    return _interval(share, low, high)


def wald(successes: Any, n: Any, level: float = 0.95) -> Interval:
    """The plain interval share ± z * sqrt(share * (1 - share) / n); too narrow near 0 and 1, where it may leave [0, 1].

    Raises:
        QuestionError: a level outside (0, 1), a negative count, or more successes than there are.
    """
    hits, n = _counted(n, successes)
    z = two_sided(level)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = hits / n
        half = z * np.sqrt(share * (1 - share) / n)
    return _interval(share, share - half, share + half)


def newcombe(successes_1: Any, n_1: Any, successes_2: Any, n_2: Any, level: float = 0.95) -> Interval:
    """The hybrid score interval of share 1 - share 2 of independent groups (Newcombe 1998, method 10).

    Raises:
        QuestionError: as `wilson`.
    """
    return difference(wilson(successes_1, n_1, level), wilson(successes_2, n_2, level))


def difference(one: Interval, other: Interval) -> Interval:
    """One - other of independent estimates, from their two intervals by squaring and adding (Zou & Donner 2008).

    Of two Wilson intervals this is Newcombe's; of two recommend scores it is the same idea.
    """
    gap = one.estimate - other.estimate
    below = np.hypot(one.estimate - one.low, other.high - other.estimate)
    above = np.hypot(one.high - one.estimate, other.estimate - other.low)
    return _interval(gap, gap - below, gap + above)


def wald_score(promoters: Any, passives: Any, detractors: Any, level: float = 0.95) -> Interval:
    """The recommend score (p - d) with its plain interval; variance (p + d - (p - d)^2) / n; from -1 to 1.

    Raises:
        QuestionError: a level outside (0, 1), or a negative count.
    """
    return _score(*_groups(promoters, passives, detractors), two_sided(level))


def adjusted_wald_score(promoters: Any, passives: Any, detractors: Any, level: float = 0.95) -> Interval:
    """The adjusted Wald interval of the recommend score (Rocks 2016): 3/4 more promoters and detractors, n + 3.

    `estimate` is the adjusted score in the middle of the interval; the score to quote stays (p - d) / n. The ends are
    kept within -1 and 1.

    Raises:
        QuestionError: a level outside (0, 1), or a negative count.
    """
    hits, middle, misses = _groups(promoters, passives, detractors)
    somebody = np.where(hits + middle + misses > 0, 1.0, np.nan)
    found = _score(hits + 0.75 * somebody, middle + 1.5, misses + 0.75, two_sided(level))
    return _interval(found.estimate, np.maximum(found.low, -1), np.minimum(found.high, 1))


def mean_interval(n: Any, mean: Any, deviation: Any, level: float = 0.95) -> Interval:
    """Student's interval mean ± t * deviation / sqrt(n), `deviation` with n - 1 below; one value has no interval.

    Raises:
        QuestionError: a level outside (0, 1), or a negative n or deviation.
    """
    n, mean, deviation = (np.asarray(each, dtype=np.float64) for each in (n, mean, deviation))
    if np.any(n < 0) or np.any(deviation < 0):
        raise QuestionError("a mean's interval needs a count and a standard deviation of 0 or more")
    two_sided(level)
    distinct, place = np.unique(n, return_inverse=True)
    quantile = np.array([two_sided_t(level, each - 1) if each >= 2 else np.nan for each in distinct])[place]
    with np.errstate(divide="ignore", invalid="ignore"):
        half = quantile.reshape(n.shape) * deviation / np.sqrt(n)
    return _interval(np.where(n > 0, mean, np.nan), mean - half, mean + half)


def effective(weights: Any, squares: Any) -> Any:
    """Kish's effective n of weighted answers: (sum of weights)^2 / (sum of their squares); NaN of nobody."""
    weights, squares = np.asarray(weights, dtype=np.float64), np.asarray(squares, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return (weights**2 / squares)[()]


def _counted(n: Any, *parts: Any) -> tuple[Floats, ...]:
    """The parts and n as arrays of one shape; parts may be weighted, and so over n by a rounding error."""
    *counts, whole = np.broadcast_arrays(*(np.asarray(each, dtype=np.float64) for each in (*parts, n)))
    if any(np.any(each < 0) for each in (*counts, whole)):
        raise QuestionError("a count is negative")
    if np.any(sum(counts) > whole * (1 + 1e-12)):
        raise QuestionError("there are more successes than there are cases")
    return (*(np.minimum(each, whole) for each in counts), whole)


def _groups(promoters: Any, passives: Any, detractors: Any) -> tuple[Floats, Floats, Floats]:
    promoters, passives, detractors = (np.asarray(each, dtype=np.float64) for each in (promoters, passives, detractors))
    hits, middle, misses, _ = _counted(promoters + passives + detractors, promoters, passives, detractors)
    return hits, middle, misses


def _score(promoters: Any, passives: Any, detractors: Any, z: float) -> Interval:
    n = promoters + passives + detractors
    with np.errstate(divide="ignore", invalid="ignore"):
        score = (promoters - detractors) / n
        # Rounding may take the variance of one answer given by all below 0.
        half = z * np.sqrt(np.maximum((promoters + detractors) / n - score**2, 0) / n)
    return _interval(score, score - half, score + half)


def _interval(estimate: Any, low: Any, high: Any) -> Interval:
    return Interval(*(np.asarray(each)[()] for each in (estimate, low, high)))
