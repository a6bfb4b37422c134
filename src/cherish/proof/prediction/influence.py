"""An estimate and what each customer does to it: standard errors, paired differences, bootstraps follow from that."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cherish.errors import QuestionError
from cherish.statistics.quantiles import two_sided

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Whole = NDArray[np.intp]
Influence = NDArray[np.float32]

REASONS = {
    "no_customers": "there are no customers to judge by",
    "no_positives": "no customer had the outcome, so there is nobody to tell apart",
    "no_negatives": "every customer had the outcome, so there is nobody to tell apart",
    "no_money": "the money of all customers sums to nothing or less",
    "equal_money": "every customer brought the same money, so that no order is better than another",
    "constant_score": "every customer has the same score",
    "constant_outcome": "every customer has the same outcome",
    "one_case": "one case says nothing of how much cases differ, so the figure has no interval",
    "perfect": "the figure stands at the end of its range, where the data show no spread to make an interval of",
    "certain_and_wrong": "a chance of 0 or 1 was given to a customer who did otherwise",
    "certain": "a chance of exactly 0 or 1 has no odds",
    "few_customers": "there are fewer customers than groups to part them into",
}
"""Why a figure, or its interval, is null: code and sentence."""

ANYWHERE = (-math.inf, math.inf)
_EXACT = 1e-12


@dataclass(frozen=True)
class Estimate:
    """A figure over n customers with its standard error and interval; null with `why` (a key of `REASONS`) else.

    `influence` (n float32, sums to 0) is what one more of each customer would do to the figure, times n: the
    variance is sum(influence^2) / n^2. `within` is the range that the figure can't leave. A figure may be known
    while its interval isn't: then `why` tells of the interval.
    """

    value: float | None
    se: float | None = None
    low: float | None = None
    high: float | None = None
    influence: Influence | None = field(default=None, repr=False, compare=False)
    why: str = ""
    within: tuple[float, float] = field(default=ANYWHERE, repr=False)

    @property
    def known(self) -> bool:
        """Whether there is a figure."""
        return self.value is not None

    def scaled(self, factor: float, shift: float = 0.0) -> Estimate:
        """factor * figure + shift for a factor above 0, with all that belongs to it."""
        if self.value is None:
            return self
        low, high = (None if end is None else factor * end + shift for end in (self.low, self.high))
        return Estimate(
            factor * self.value + shift,
            None if self.se is None else factor * self.se,
            low,
            high,
            None if self.influence is None else self.influence * np.float32(factor),
            self.why,
            (factor * self.within[0] + shift, factor * self.within[1] + shift),
        )

    def between(self, low: float, high: float, se: float | None) -> Estimate:
        """The same figure with another interval, which is kept within its range."""
        return replace(self, se=se, low=max(low, self.within[0]), high=min(high, self.within[1]))


def undefined(why: str) -> Estimate:
    """A figure that there isn't, and why: a key of `REASONS`."""
    return Estimate(None, why=why)


def estimate(
    value: float, influence: Floats, *, level: float = 0.95, within: tuple[float, float] = ANYWHERE, lost: int = 1
) -> Estimate:
    """A figure from its influence values: normal interval, kept `within` the figure's range.

    `lost` is how many degrees of freedom the values lack (1 where they are centred on one mean, 0 where they are scaled
    already). A figure at the end of its range, such as an AUC of 1, shows no spread: it has no interval, and says so.
    """
    n = len(influence)
    if n <= lost:
        return Estimate(value, why="one_case", within=within)
    scaled = influence * math.sqrt(n / (n - lost)) if lost else influence
    found = Estimate(value, influence=scaled.astype(np.float32), within=within)
    if min(abs(value - within[0]), abs(value - within[1])) < _EXACT:
        return replace(found, why="perfect")
    se = _error(scaled)
    half = two_sided(level) * se
    return found.between(value - half, value + half, se)


def ratio(top: float, of_top: Floats, bottom: float, of_bottom: Floats) -> tuple[float, Floats]:
    """top / bottom and its influence values, from those of both (the delta method)."""
    value = top / bottom
    return value, (of_top - value * of_bottom) / bottom


def difference(
    one: Estimate, other: Estimate, *, level: float = 0.95, clusters: Whole | None = None
) -> Estimate:  # fmt: skip
    """One - other of figures over the same customers, paired: what both share cancels.

    For two AUCs it is the test of DeLong, DeLong & Clarke-Pearson (1988). `clusters` as in `clustered`.
    """
    if one.value is None or other.value is None:
        return undefined(one.why if one.value is None else other.why)
    value = one.value - other.value
    if one.influence is None or other.influence is None:
        return Estimate(value, why="one_case")
    if len(one.influence) != len(other.influence):
        raise QuestionError(
            f"figures over {len(one.influence):,} and {len(other.influence):,} customers are no pair: "
            "judge both on the same customers"
        )
    return with_clusters(Estimate(value, influence=one.influence - other.influence), clusters, level=level)


def with_clusters(found: Estimate, clusters: Whole | None, *, level: float = 0.95) -> Estimate:
    """The same figure with standard error and normal interval for customers who come in clusters."""
    if found.value is None or found.influence is None or found.why:
        return found
    summed = clustered(found.influence, clusters)
    groups = len(summed)
    if groups < 2:
        return replace(found, se=None, low=None, high=None, why="one_case")
    se = _error(summed) * (1.0 if clusters is None else math.sqrt(groups / (groups - 1)))
    half = two_sided(level) * se
    return found.between(found.value - half, found.value + half, se)


def clustered(influence: NDArray[Any], clusters: Whole | None) -> Floats:
    """Influence values of households or accounts: the sums within each, scaled so that they read as before.

    `clusters` holds each customer's group as a number from 0, every number in use; None: each for itself.
    """
    if clusters is None:
        return influence.astype(np.float64)
    if len(clusters) != len(influence):
        raise QuestionError(f"{len(clusters):,} groups were given for {len(influence):,} customers")
    sums = np.bincount(clusters, weights=influence)
    return np.asarray(sums * (len(sums) / len(influence)), dtype=np.float64)


def pooled(
    parts: Sequence[Estimate], rows: Sequence[Whole], customers: int, *,
    level: float = 0.95, within: tuple[float, float] | None = None,
) -> Estimate:  # fmt: skip
    """The plain mean of a figure over several cut-offs, with an interval that knows that they share customers.

    `rows` says of each part at which of all `customers` its own stand; those who were not there yet count nothing.
    `within` is the figure's range where it is another than that of the first part.
    """
    for part in parts:
        if part.value is None:
            return undefined(part.why)
    kept = parts[0].within if within is None else within
    value = math.fsum(part.value for part in parts if part.value is not None) / len(parts)
    spread = np.zeros(customers)
    for part, at in zip(parts, rows, strict=True):
        if part.influence is None:
            return Estimate(value, why=part.why, within=kept)
        spread[at] += part.influence * (customers / len(at) / len(parts))
    return estimate(value, spread, level=level, within=kept, lost=0)


def _error(influence: Floats) -> float:
    return math.sqrt(float((influence * influence).sum())) / len(influence)
