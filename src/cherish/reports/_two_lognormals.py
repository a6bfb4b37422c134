"""Two lognormal distributions fitted to grouped data, and where they cross."""

from __future__ import annotations

from dataclasses import dataclass
from math import erf, log, sqrt
from typing import Any

import numpy as np

STEPS = 20_000
CLOSE = 1e-12
LEAST_SHARE = 0.005
"""A kind with a smaller share than that is noise."""
LEAST_SPREAD = 0.02
"""Of logarithms: a distribution narrower than a bin would swallow single values."""
STARTS = (0.1, 0.25, 0.5, 0.75, 0.9)
"""Where the data are parted to begin with; of the fits from there the likeliest is kept."""


@dataclass(frozen=True)
class Mixture:
    """Shares, means and standard deviations of the logarithms, the smaller mean first, and the mean log-likelihood."""

    shares: Any
    means: Any
    spreads: Any
    likelihood: float

    def second(self, x: Any) -> Any:
        """How likely values with these logarithms are of the kind with the greater mean."""
        first, second = self.logs(np.asarray(x, dtype=np.float64))
        return 1 / (1 + np.exp(np.clip(first - second, -700, 700)))

    def share(self, low: Any, high: Any) -> Any:
        """The share of values whose logarithms lie between these bounds."""
        return sum(
            share * np.array([_below((top - mean) / spread) - _below((bottom - mean) / spread)
                              for bottom, top in zip(low, high, strict=True)])
            for share, mean, spread in zip(self.shares, self.means, self.spreads, strict=True)
        )  # fmt: skip

    def cut(self) -> float | None:
        """The logarithm between the two means at which both kinds are equally likely; None where there is none."""
        (m1, m2), (s1, s2), (w1, w2) = self.means, self.spreads, self.shares
        if min(w1, w2) < LEAST_SHARE:
            return None
        # w1 N(x | m1, s1) = w2 N(x | m2, s2), logarithms taken, is a quadratic.
        a = 1 / (2 * s2**2) - 1 / (2 * s1**2)
        b = m1 / s1**2 - m2 / s2**2
        c = m2**2 / (2 * s2**2) - m1**2 / (2 * s1**2) + log(w1 * s2 / (w2 * s1))
        roots = np.roots([a, b, c]) if abs(a) > 1e-12 else np.array([-c / b] if b else [])
        inside = [float(root.real) for root in roots if abs(root.imag) < 1e-9 and m1 < root.real < m2]
        return inside[0] if len(inside) == 1 else None

    def logs(self, x: Any) -> tuple[Any, Any]:
        """The logarithms of both kinds' densities times shares, but for a constant."""
        first, second = (
            log(share) - np.log(spread) - ((x - mean) / spread) ** 2 / 2
            for share, mean, spread in zip(self.shares, self.means, self.spreads, strict=True)
        )
        return first, second


def fitted(x: Any, counts: Any) -> Mixture | None:
    """The likeliest two kinds for values with logarithms `x`, so many of each; None where there is nothing to part.

    Expectation and maximisation from the same few starts every time, so the answer is the same on every run.
    """
    if len(x) < 3:
        return None
    total = counts.sum()
    found = [_climbed(x, counts / total, part) for part in STARTS]
    kept = [each for each in found if each is not None]
    return max(kept, key=lambda each: each.likelihood, default=None)


def _climbed(x: Any, weight: Any, part: float) -> Mixture | None:
    below = np.cumsum(weight) <= part
    if not below.any() or below.all():
        return None
    second = (~below).astype(np.float64)
    made, before = _maximised(x, weight, second), -np.inf
    for _ in range(STEPS):
        if made is None:
            return None
        likelihood = float(weight @ np.logaddexp(*made.logs(x)))
        if likelihood - before < CLOSE:
            order = np.argsort(made.means)
            return Mixture(made.shares[order], made.means[order], made.spreads[order], likelihood)
        made, before = _maximised(x, weight, made.second(x)), likelihood
    return None


def _maximised(x: Any, weight: Any, second: Any) -> Mixture | None:
    parts = np.stack([weight * (1 - second), weight * second])
    shares = parts.sum(axis=1)
    if shares.min() < 1e-9:
        return None
    means = parts @ x / shares
    spreads = np.sqrt(np.maximum((parts * (x - means[:, None]) ** 2).sum(axis=1) / shares, LEAST_SPREAD**2))
    return Mixture(shares, means, spreads, 0.0)


def _below(z: float) -> float:
    return (1 + erf(z / sqrt(2))) / 2
