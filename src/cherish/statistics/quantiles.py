"""Quantiles and tails of the few distributions that intervals and tests need, without scipy."""

from __future__ import annotations

import math
from statistics import NormalDist

from cherish.errors import QuestionError
from cherish.statistics import tails

_EXACT_TO = 200


def two_sided(level: float) -> float:
    """The normal quantile of a two-sided interval: 1.96 for 0.95.

    Raises:
        QuestionError: a level that is not between 0 and 1.
    """
    return NormalDist().inv_cdf(0.5 + _checked(level) / 2)


def two_sided_t(level: float, freedom: float) -> float:
    """Student's quantile of a two-sided interval: 2.776 for 0.95 and 4 degrees of freedom.

    Exact to 1e-9: up to 200 whole degrees the distribution is a finite sum (Abramowitz & Stegun 1964, 26.7.3 and
    26.7.4) that is inverted by halving, broken ones by the tail in `tails`; beyond by an expansion in 1 / degrees
    (26.7.5).

    Raises:
        QuestionError: a level that is not between 0 and 1, or less than one degree of freedom.
    """
    if freedom < 1:
        raise QuestionError(f"{freedom} degrees of freedom: a t interval needs two values or more")
    normal = two_sided(level)
    if freedom > _EXACT_TO:
        return _expanded(normal, freedom)
    if freedom != int(freedom):
        return tails.student(math.log((1 - level) / 2), freedom)
    low, high = 0.0, math.pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _within(middle, int(freedom)) < level else (low, middle)
    return math.tan((low + high) / 2) * math.sqrt(freedom)


def chi_square_tail(value: float, freedom: int) -> float:
    """P(chi-square > value) for whole degrees of freedom, as the finite sum (Abramowitz & Stegun 1964, 26.4.4, 26.4.5).

    Raises:
        QuestionError: less than one degree of freedom, or a negative value.
    """
    return math.exp(tails.log_chi_square(value, freedom))


def _checked(level: float) -> float:
    if not 0 < level < 1:
        raise QuestionError(f"level={level}: a confidence level lies between 0 and 1, such as 0.95")
    return level


def _within(angle: float, freedom: int) -> float:
    """P(|t| <= sqrt(freedom) tan(angle))."""
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = freedom % 2
    term = cosine if odd else 1.0
    total = term if freedom > 1 else 0.0
    for k in range(2 + odd, freedom, 2):
        term *= (k - 1) / k * cosine * cosine
        total += term
    return 2 / math.pi * (angle + sine * total) if odd else sine * total


def _expanded(z: float, freedom: float) -> float:
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / freedom**power for power, term in enumerate(terms, 1))
