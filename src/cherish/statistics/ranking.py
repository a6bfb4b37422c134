"""Ranking: how well a score tells two groups apart, from how many of each have which score."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from cherish.errors import QuestionError
from cherish.statistics.intervals import Floats, Interval
from cherish.statistics.quantiles import two_sided


@dataclass(frozen=True)
class Ranking:
    """The area under the ROC curve, P(score of a positive > of a negative) + P(equal) / 2, and what it rests on.

    `delong` is the standard error of DeLong et al. (1988), free of assumptions; `hanley_mcneil` is that of Hanley and
    McNeil (1982), which needs the area alone and takes scores for exponential. Both are NaN with one case in a group.
    """

    auc: float
    positives: int
    negatives: int
    delong: float
    hanley_mcneil: float

    @property
    def gini(self) -> float:
        """2 * AUC - 1: 0 for a coin, 1 for a perfect order."""
        return 2 * self.auc - 1

    def interval(self, level: float = 0.95) -> Interval:
        """AUC ± z * DeLong's standard error, within 0 and 1."""
        half = two_sided(level) * self.delong
        return Interval(self.auc, max(self.auc - half, 0.0), min(self.auc + half, 1.0))


def auc(scores: Any, positives: Any, negatives: Any) -> Ranking | None:
    """How well scores rank positives above negatives; None where a group is empty, since there is nothing to rank.

    `scores` in any order, each once or more; `positives` and `negatives` how many of each group have it.

    Raises:
        QuestionError: a negative count, or a score that is not a number.
    """
    hits, misses = _by_score(scores, positives, negatives)
    n_hits, n_misses = hits.sum(), misses.sum()
    if not n_hits or not n_misses:
        return None
    of_hit, of_miss = placements(hits, misses)
    area = float((hits * of_hit).sum() / n_hits)
    variance = _variance(of_hit, hits) / n_hits + _variance(of_miss, misses) / n_misses
    delong = math.sqrt(variance) if variance == variance else float("nan")
    return Ranking(area, int(n_hits), int(n_misses), delong, hanley_mcneil(area, int(n_hits), int(n_misses)))


def placements(hits: Floats, misses: Floats) -> tuple[Floats, Floats]:
    """Per distinct score, lowest first: the share of misses below it, and the share of hits above it; equal ones half.

    `hits` and `misses` count both groups; neither may be empty. The mean of the first over hits, and of the second over
    misses, is the AUC; their variances make DeLong's.
    """
    return (misses.cumsum() - misses / 2) / misses.sum(), 1 - (hits.cumsum() - hits / 2) / hits.sum()


def hanley_mcneil(area: float, positives: int, negatives: int) -> float:
    """The standard error of an area from itself and the sizes of the two groups (Hanley & McNeil 1982, equation 1)."""
    both_above = area / (2 - area) - area**2
    above_both = 2 * area**2 / (1 + area) - area**2
    variance = area * (1 - area) + (positives - 1) * both_above + (negatives - 1) * above_both
    return math.sqrt(max(variance, 0.0) / (positives * negatives))


def _variance(values: Floats, counts: Floats) -> float:
    n = counts.sum()
    if n < 2:
        return float("nan")
    mean = (values * counts).sum() / n
    return float((counts * (values - mean) ** 2).sum() / (n - 1))


def _by_score(scores: Any, positives: Any, negatives: Any) -> tuple[Floats, Floats]:
    """The counts of both groups, per distinct score, lowest first."""
    scores, positives, negatives = (np.asarray(each, dtype=np.float64) for each in (scores, positives, negatives))
    if np.isnan(scores).any():
        raise QuestionError("a score that is not a number can't be ranked; give nulls a rank of their own first")
    if np.any(positives < 0) or np.any(negatives < 0):
        raise QuestionError("a count is negative")
    distinct, place = np.unique(scores, return_inverse=True)
    found = np.zeros((2, distinct.size))
    np.add.at(found[0], place, positives)
    np.add.at(found[1], place, negatives)
    return found[0], found[1]
