"""Rating scales: how a latent attitude becomes a rounded answer, and what that leaves of its reliability."""

from dataclasses import dataclass
from math import erf, sqrt

import numpy as np

from .arrays import Floats, Integers
from .parameters import PARAMETERS

GRID = 4001


@dataclass(frozen=True)
class Scale:
    """An item's mean and spread before rounding, and the ends of its scale."""

    mean: float
    spread: float
    lowest: int
    highest: int

    def answer(self, attitude: Floats, noise: Floats) -> Integers:
        """Answer an item: attitude and noise, both standard normal, rounded to the scale."""
        loading = PARAMETERS.surveying.loading
        latent = loading * attitude + sqrt(1 - loading**2) * noise
        return np.clip(np.rint(self.mean + self.spread * latent), self.lowest, self.highest).astype(np.int16)

    def expected(self, attitude: Floats) -> Floats:
        """Expected answer at an attitude."""
        return self.moments(attitude)[0]

    def moments(self, attitude: Floats) -> tuple[Floats, Floats]:
        """First and second moment of the answer at an attitude, summed over the steps of the scale."""
        loading = PARAMETERS.surveying.loading
        steps = np.arange(self.lowest + 1, self.highest + 1)
        edges = (steps - 0.5 - self.mean) / self.spread
        above = normal_cdf((loading * attitude[:, None] - edges) / sqrt(1 - loading**2))
        first = self.lowest + above.sum(axis=1)
        second = self.lowest**2 + (above * (2 * steps - 1)).sum(axis=1)
        return np.asarray(first), np.asarray(second)


def normal_cdf(values: Floats) -> Floats:
    """Standard normal distribution function; for small arrays, as it goes through `math.erf`."""
    return np.array([0.5 * (1 + erf(each / sqrt(2))) for each in values.ravel()]).reshape(values.shape)


def weights() -> tuple[Floats, Floats]:
    """Attitudes from -6 to 6 with their standard normal weights, summing to one."""
    attitude = np.linspace(-6, 6, GRID)
    density = np.exp(-0.5 * attitude**2)
    return attitude, density / density.sum()


def item_mean(scale: Scale) -> float:
    """Mean answer over everybody."""
    attitude, weight = weights()
    return float(weight @ scale.expected(attitude))


def item_correlation(scale: Scale) -> float:
    """Correlation between two items of the scale, rounding included: the items' reliability."""
    attitude, weight = weights()
    first, second = scale.moments(attitude)
    mean = weight @ first
    return float((weight @ first**2 - mean**2) / (weight @ second - mean**2))


def alpha(scale: Scale, items: int) -> float:
    """Cronbach's alpha of the mean of parallel items (Spearman 1910; Brown 1910)."""
    correlation = item_correlation(scale)
    return items * correlation / (1 + (items - 1) * correlation)


SATISFACTION = Scale(*PARAMETERS.surveying.satisfaction)
RECOMMEND = Scale(*PARAMETERS.surveying.recommend)
AFFECTION = Scale(*PARAMETERS.surveying.affection)
