"""How well items hang together: alpha, omega and item-total correlations from a covariance matrix."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cherish.statistics.intervals import Floats

_STEPS = 20_000
_SETTLED = 1e-12


@dataclass(frozen=True)
class Reliability:
    """Coefficients of a set of items; None where they are not defined.

    `alpha` is Cronbach's (1951), k / (k - 1) * (1 - sum of variances / variance of the sum). `omega` is McDonald's
    (1999) total of one factor, (sum of loadings)^2 / variance of the sum that the factor model says. `item_total`
    is each item's correlation with the sum of the others.
    """

    n: int
    alpha: float | None
    omega: float | None
    item_total: tuple[float | None, ...]


def reliability(n: int, sums: Floats, products: Floats) -> Reliability:
    """From `n` complete answers: the sum of each item and the symmetric matrix of sums of products.

    With fewer than two answers or items, or without any spread, nothing is defined.
    """
    k = len(sums)
    nothing = Reliability(n, None, None, (None,) * k)
    if n < 2 or k < 2:
        return nothing
    covariance = covariances(n, sums, products)
    total = float(covariance.sum())
    if total <= 1e-12 * max(float(np.trace(covariance)), 1e-300):
        return nothing
    alpha = k / (k - 1) * (1 - float(np.trace(covariance)) / total)
    return Reliability(n, alpha, omega(covariance), tuple(_with_others(covariance, place) for place in range(k)))


def covariances(n: int, sums: Floats, products: Floats) -> Floats:
    """The covariance matrix (n - 1 below) from sums and sums of products."""
    return np.asarray((products - np.outer(sums, sums) / n) / (n - 1))


def omega(covariance: Floats) -> float | None:
    """McDonald's omega of the one-factor model that fits best by unweighted least squares.

    None with fewer than three items (the model then says nothing), where an item has no spread, where the fit does
    not settle, or where it gives an item more in common with the others than it has variance (a Heywood case).
    """
    loadings = one_factor(covariance)
    if loadings is None:
        return None
    unique = np.diag(covariance) - loadings**2
    common = float(loadings.sum()) ** 2
    return common / (common + float(unique.sum()))


def one_factor(covariance: Floats) -> Floats | None:
    """The loadings of one factor by unweighted least squares (principal axes, iterated until they stay); see `omega`.

    Works on correlations, so that items of different scales weigh alike, and returns loadings on the items' scale.
    """
    spread = np.sqrt(np.diag(covariance))
    if len(spread) < 3 or np.any(spread <= 0):
        return None
    correlation = covariance / np.outer(spread, spread)
    reduced = correlation.copy()
    shared = np.abs(correlation - np.eye(len(spread))).max(axis=1)
    for _ in range(_STEPS):
        np.fill_diagonal(reduced, shared)
        values, vectors = np.linalg.eigh(reduced)
        loadings = vectors[:, -1] * math.sqrt(max(float(values[-1]), 0.0))
        settled = float(np.abs(loadings**2 - shared).max())
        shared = loadings**2
        if np.any(shared > 1 + 1e-9):
            return None
        if settled < _SETTLED:
            return np.asarray(loadings * spread * (1 if loadings.sum() >= 0 else -1))
    return None


def _with_others(covariance: Floats, place: int) -> float | None:
    own = float(covariance[place, place])
    with_others = float(covariance[place].sum()) - own
    others = float(covariance.sum()) - own - 2 * with_others
    scale = own * others
    return with_others / math.sqrt(scale) if own > 0 and others > 1e-12 * own else None
