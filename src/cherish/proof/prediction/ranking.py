"""How well a score ranks customers: AUC, Gini, spend Gini, lift, share of the top, Spearman; each with its influence.

Every function takes a score per customer, or the `Ranks` of it where several figures are asked of one score,
and an outcome per customer in the same order. Ties count half, or are spread evenly over their block: that is the
mean over all orders of the tied, so no draw decides and no seed is needed. `lift` and `top_share` take a `seed`
for one random order.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from cherish.errors import QuestionError
from cherish.proof.prediction.influence import ANYWHERE, Estimate, Floats, estimate, ratio, undefined
from cherish.proof.prediction.ranks import Ranks, ranked
from cherish.statistics.ranking import placements


def auc(score: Any, outcome: Any, *, level: float = 0.95) -> Estimate:
    """P(score of a positive > of a negative) + P(equal) / 2, with DeLong's standard error by mid-ranks, O(n log n).

    DeLong, DeLong & Clarke-Pearson 1988; Sun & Xu 2014 for the ranks. Where not one pair stands wrong there is
    no spread to go by: the bound is then the exact binomial one of min(n1, n0) pairs that share nobody.
    """
    ranks, did = ranked(score), _bools(outcome)
    _same(ranks, did)
    hits = ranks.sums(did)
    positives, negatives = hits.sum(), ranks.n - hits.sum()
    if not positives or not negatives:
        return undefined("no_customers" if not ranks.n else "no_positives" if not positives else "no_negatives")
    of_hit, of_miss = placements(hits, ranks.sizes - hits)
    area = float((hits * of_hit).sum() / positives)
    if min(positives, negatives) < 2:
        return Estimate(area, why="one_case")
    # Scaled so that the sum of squares over n^2 is DeLong's variance, with n1 - 1 and n0 - 1 below.
    scales = [ranks.n / math.sqrt(each * (each - 1)) for each in (negatives, positives)]
    placed = np.stack([(of_miss - area) * scales[0], (of_hit - area) * scales[1]])
    found = estimate(area, placed[did.astype(np.intp), ranks.block], level=level, within=(0.0, 1.0), lost=0)
    return _bounded(found, int(min(positives, negatives)), level) if found.why == "perfect" else found


def _bounded(found: Estimate, pairs: int, level: float) -> Estimate:
    bound = ((1 - level) / 2) ** (1 / pairs)
    value = round(found.value or 0.0)
    low, high = (bound, 1.0) if value else (0.0, 1 - bound)
    return Estimate(float(value), None, low, high, found.influence, "perfect", (0.0, 1.0))


def gini(area: Estimate) -> Estimate:
    """2 AUC - 1, from the AUC: 0 for a coin, 1 for a perfect order."""
    return area.scaled(2.0, -1.0)


def spend_gini(score: Any, money: Any, *, best: Ranks | None = None, level: float = 0.95) -> Estimate:
    """(area under the cumulative money in the order of the score - 1/2) / (the same in the perfect order).

    0 for a random order, 1 for that of the money itself, below 0 for a wrong one. `best` is `Ranks.of(money)` where it
    was made before.
    """
    ranks, money = ranked(score), np.asarray(money, dtype=np.float64)
    _same(ranks, money)
    if not ranks.n:
        return undefined("no_customers")
    if not money.sum() > 0:
        return undefined("no_money")
    perfect = Ranks.of(money) if best is None else best
    top, of_top = concentration(ranks, money)
    whole, of_whole = concentration(perfect, money)
    if len(perfect.sizes) < 2 or not whole > 0:
        return undefined("equal_money")
    value, influence = ratio(top, of_top, whole, of_whole)
    return estimate(value, influence, level=level, within=(-math.inf, 1.0))


def concentration(ranks: Ranks, money: Floats) -> tuple[float, Floats]:
    """The area under the cumulative share of `money` in the order of `ranks`, less 1/2, and its influence values."""
    mean = float(money.mean())
    sums = ranks.sums(money)
    value = float((sums * (ranks.below - 0.5)).sum()) / (ranks.n * mean)
    placed = (ranks.below - 0.5 - value)[ranks.block]
    return value, (money * placed + ranks.above(sums)[ranks.block]) / mean - (value + 0.5)


def lift(score: Any, outcome: Any, share: float = 0.1, *, seed: int | None = None, level: float = 0.95) -> Estimate:
    """The mean outcome of the top `share` of customers over that of all; 1 for a random order."""
    return top_share(score, outcome, share, seed=seed, level=level).scaled(1 / share)


def top_share(
    score: Any, outcome: Any, share: float = 0.1, *, seed: int | None = None, level: float = 0.95
) -> Estimate:
    """What part of all outcomes (positives, counts, money) the top `share` of customers hold.

    A customer, or a block of equal scores, that the line cuts counts in part. With a `seed` the tied are put in one
    random order instead; the seed is part of the answer then.
    """
    if not 0 < share < 1:
        raise QuestionError(f"share={share}: the top of the customers is a part of them, such as 0.1")
    ranks, values = ranked(score), np.asarray(outcome, dtype=np.float64)
    _same(ranks, values)
    if not ranks.n:
        return undefined("no_customers")
    if not values.sum() > 0:
        return undefined("no_positives" if np.asarray(outcome).dtype == np.bool_ else "no_money")
    if seed is not None:
        ranks = Ranks.of(ranks.values[ranks.block], seed)
    value, influence = _top(ranks, values, share)
    return estimate(value, influence, level=level, within=(0.0, 1.0) if values.min() >= 0 else ANYWHERE)


def _top(ranks: Ranks, values: Floats, share: float) -> tuple[float, Floats]:
    """The share of the top and its influence values: the line itself moves with the customers, too.

    One more customer above the line pushes out one who stands on it: what is lost is the mean outcome there,
    of the block that the line cuts, or of a neighbourhood of n^(2/3) customers where blocks are smaller than that.
    """
    n, mean, sums = ranks.n, float(values.mean()), ranks.sums(values)
    counts, reached = ranks.curve(sums)
    line = share * n
    held = float(np.interp(line, counts, reached))
    cut = min(int(np.searchsorted(counts, line, side="left")), len(ranks.sizes)) - 1
    start, size = counts[cut], counts[cut + 1] - counts[cut]
    half = min(line, n - line, max(n ** (2 / 3) / 2, 1.0))
    ends = (start, start + size) if size >= 2 * half else (line - half, line + half)
    there = float(np.diff(np.interp(ends, counts, reached))[0]) / (ends[1] - ends[0])
    weight = np.zeros(len(ranks.sizes))
    weight[::-1][:cut] = 1.0
    weight[::-1][cut] = (line - start) / size
    inside = weight[ranks.block]
    of_top = values * inside - held / n - there * (inside - share)
    return ratio(held / n, of_top, mean, values - mean)


def spearman(score: Any, outcome: Any, *, level: float = 0.95) -> Estimate:
    """The correlation of mid-ranks (Spearman 1904), ties and all; its spread is its own, not that of no correlation."""
    ranks, other = ranked(score), ranked(outcome)
    if ranks.n != other.n:
        raise QuestionError(f"{ranks.n:,} scores and {other.n:,} outcomes: there must be one of each per customer")
    if not ranks.n:
        return undefined("no_customers")
    if len(ranks.sizes) < 2 or len(other.sizes) < 2:
        return undefined("constant_score" if len(ranks.sizes) < 2 else "constant_outcome")
    u, v = ranks.below[ranks.block], other.below[other.block]
    product = float((u * v).mean())
    together = u * v + ranks.above(ranks.sums(v))[ranks.block] + other.above(other.sums(u))[other.block] - 3 * product
    (of_u, spread_u), (of_v, spread_v) = _spread(ranks), _spread(other)
    root = math.sqrt(of_u * of_v)
    value = (product - 0.25) / root
    influence = together / root - value / 2 * (spread_u / of_u + spread_v / of_v)
    return estimate(min(max(value, -1.0), 1.0), influence, level=level, within=(-1.0, 1.0))


def _spread(ranks: Ranks) -> tuple[float, Floats]:
    """The variance of the mid-ranks, as shares, and its influence values."""
    u = ranks.below
    square = float((ranks.sizes * u * u).sum()) / ranks.n
    return square - 0.25, (u * u + 2 * ranks.above(ranks.sizes * u) - 3 * square)[ranks.block]


def _bools(outcome: Any) -> Any:
    outcome = np.asarray(outcome)
    if outcome.dtype != np.bool_ and not np.isin(outcome, (0, 1)).all():
        raise QuestionError("an AUC tells two groups apart: the outcome of each customer is true or false (1 or 0)")
    return outcome.astype(np.bool_, copy=False)


def _same(ranks: Ranks, outcome: Any) -> None:
    if np.shape(outcome) != (ranks.n,):
        raise QuestionError(f"{ranks.n:,} scores and {len(outcome):,} outcomes: there must be one of each per customer")
    if outcome.dtype == np.float64 and not np.isfinite(outcome).all():
        raise QuestionError("an outcome is not a number: customers whose outcome isn't known can't be judged by")
