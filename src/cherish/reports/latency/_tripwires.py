"""Where a tripwire lies: the four rules, for one step and everybody's past at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cherish.reports.latency._nbd import Nbd
from cherish.statistics.survival import Survival


@dataclass(frozen=True)
class Rule:
    """A rule with its numbers."""

    name: str
    quantile: float
    times: float
    shrinkage: float
    nbd: Nbd | None

    @property
    def own(self) -> bool:
        """Whether each customer has a threshold of their own."""
        return self.name in ("personal", "nbd")

    def threshold(self, k: int, age: Any, mean: float | None, curve: Survival) -> Any | None:
        """The days after which the tripwire fires, for each `age` (days from the first event to the k-th); else None.

        `mean` is that of the completed gaps of this step, None where there is none.
        """
        if self.name == "km_quantile":
            found = curve.quantile(self.quantile)
            return None if found is None else np.full(age.shape, found)
        if self.name == "nbd":
            return None if self.nbd is None else self.nbd.wait(k - 1, age, self.quantile)
        if mean is None:
            return None
        if self.name == "novo_mean":
            return np.full(age.shape, mean)
        # Nobody has gaps before the first event: then the mean of all stands for them.
        weight = self.shrinkage if k > 1 else max(self.shrinkage, 1.0)
        return self.times * (age + weight * mean) / (k - 1 + weight)

    def __str__(self) -> str:
        if self.name == "nbd" and self.nbd is not None:
            return f"nbd({self.quantile:g};r={self.nbd.r:.4g};alpha={self.nbd.alpha:.4g}d)"
        if self.name == "personal":
            return f"personal({self.times:g};shrinkage={self.shrinkage:g})"
        return f"km_quantile({self.quantile:g})" if self.name == "km_quantile" else self.name

    def words(self) -> str:
        """The rule as a sentence says it."""
        if self.name == "km_quantile":
            return f"the day by which {self.quantile:.0%} of all have come back, open gaps counted"
        if self.name == "novo_mean":
            return "the mean of the completed gaps, which is too short while long ones are still open"
        if self.name == "personal":
            return f"{self.times:g} times the customer's own mean gap, drawn towards the mean of all"
        own = f" (r = {self.nbd.r:.3f}, alpha = {self.nbd.alpha:.1f} days)" if self.nbd else ""
        return f"the day by which the own rate makes a return {self.quantile:.0%} likely, if nobody ever left{own}"
