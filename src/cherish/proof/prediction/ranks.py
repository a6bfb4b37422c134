"""Customers in the order of a score, equal scores in one block: what every figure about ranking is counted on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np

from cherish.errors import QuestionError
from cherish.proof.prediction.influence import Floats, Whole


@dataclass(frozen=True)
class Ranks:
    """`values`: the distinct scores, lowest first; `sizes`: customers of each; `block`: each customer's place therein.

    Sorting takes O(n log n) and is done once; all figures about the score come from it.
    """

    values: Floats
    sizes: Floats
    block: Whole

    @classmethod
    def of(cls, score: Any, seed: int | None = None) -> Self:
        """Sort scores (infinite ones are ranked too); with a `seed` ties are broken at random, always the same way.

        Raises:
            QuestionError: a score that is not a number; or not one row of them.
        """
        score = np.asarray(score, dtype=np.float64)
        if score.ndim != 1:
            raise QuestionError(f"a score is one row of numbers, one per customer, not an array of shape {score.shape}")
        order = np.argsort(score) if seed is None else np.lexsort((_lots(len(score), seed), score))
        ordered = score[order]
        if len(ordered) and np.isnan(ordered[-1]):
            raise QuestionError("a score that is not a number can't be ranked; give nulls a rank of their own first")
        starts = np.ones(len(score), dtype=np.bool_)
        if seed is None:
            starts[1:] = ordered[1:] != ordered[:-1]
        places = np.cumsum(starts) - 1
        block = np.empty(len(score), dtype=np.intp)
        block[order] = places
        first = np.flatnonzero(starts)
        return cls(ordered[first], np.diff(first, append=len(score)).astype(np.float64), block)

    @property
    def n(self) -> int:
        """How many customers there are."""
        return len(self.block)

    @cached_property
    def below(self) -> Floats:
        """Per block: the share of customers with less, and half of those with as much; its mean is 1/2."""
        return np.asarray((self.sizes.cumsum() - self.sizes / 2) / self.n)

    def sums(self, values: Any) -> Floats:
        """Per block: the sum of a value per customer."""
        return np.bincount(self.block, weights=values, minlength=len(self.sizes)).astype(np.float64, copy=False)

    def above(self, sums: Floats) -> Floats:
        """Per block: the share of all n that those with more, and half of those with as much, sum up to."""
        return np.asarray((sums.sum() - sums.cumsum() + sums / 2) / self.n)

    def curve(self, sums: Floats) -> tuple[Floats, Floats]:
        """How many customers, and what they sum to, from the highest score down; both begin with 0.

        Between blocks the curve is drawn straight: within a block every order is as good as another, and the straight
        line is the mean over all of them.
        """
        counts, reached = (np.concatenate(([0.0], each[::-1].cumsum())) for each in (self.sizes, sums))
        return counts, reached


def ranked(score: Any) -> Ranks:
    """The order of scores, or the order itself where it was made before."""
    return score if isinstance(score, Ranks) else Ranks.of(score)


def _lots(n: int, seed: int) -> Any:
    # Raw output of the generator: what it gives for a seed is the same in every release of numpy.
    return np.random.PCG64(seed).random_raw(n)
