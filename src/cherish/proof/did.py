"""Difference of differences: how two groups moved apart between periods, what they did before, and what it is worth.

Units are customers, each seen in the same periods, so a customer is its own cluster: every estimate is the difference
of two groups' means of one weighted sum of a customer's periods, and its standard error is that of a difference of
means with unequal variances. That holds however strongly a customer's periods hang together (Bertrand, Duflo &
Mullainathan 2004, How much should we trust differences-in-differences estimates?).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cherish.proof.effects import difference
from cherish.proof.moments import Moments
from cherish.statistics.quantiles import two_sided

ASSOCIATION = (
    "Association only. Held against 663 experiments, estimates from people who were not drawn by lot missed the true "
    "effect by 115, 107 and 62 percentage points in the middle case (upper, middle and lower end of the funnel), where "
    "the true effects were 28, 19 and 6 % (Gordon, Moakler & Zettelmeyer 2022)."
)
"""What is printed with every estimate of people who were not drawn by lot."""
LEAST = 30
"""Below so many units in a group a normal interval is too narrow, and none is given."""
_MOVE = "the move"


@dataclass(frozen=True)
class Moved:
    """How much more the treated moved than the controls, per head, in units of the outcome.

    `treated` and `control` are the two means that `estimate` is the difference of. `se`, `low` and `high` are None
    where a group has fewer than 30 units (LEAST), or nobody in it differs from anybody.
    """

    treated: float
    control: float
    estimate: float
    se: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies on one side of nought; of people who were chosen that proves nothing."""
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high


def contrast(treated: Moments, control: Moments, weights: Mapping[str, float], level: float = 0.95) -> Moved | None:
    """The difference between the groups of a weighted sum of their columns; None where one of them is empty.

    Unequal variances, a cluster being one unit; the interval is normal, as robust errors of many clusters have it.
    """
    if not treated.n or not control.n:
        return None
    one, other = treated.with_sum(_MOVE, weights), control.with_sum(_MOVE, weights)
    mean, mean_other = one.mean(_MOVE), other.mean(_MOVE)
    estimate, se = mean - mean_other, difference(one, other, _MOVE, level=level).se
    if se is None or min(one.n, other.n) < LEAST:
        return Moved(mean, mean_other, estimate)
    half = two_sided(level) * se
    return Moved(mean, mean_other, estimate, se, estimate - half, estimate + half)


def difference_of_differences(
    treated: Moments, control: Moments, before: str = "before", after: str = "after", level: float = 0.95
) -> Moved | None:
    """(Y_T1 - Y_T0) - (Y_C1 - Y_C0) per head, of two columns; None where a group is empty."""
    return contrast(treated, control, {after: 1.0, before: -1.0}, level)


def of_means(treated_after: float, treated_before: float, control_after: float, control_before: float) -> float:
    """The difference of differences of four printed means, of which nobody can tell how sure they are."""
    return (treated_after - treated_before) - (control_after - control_before)


def placebos(
    treated: Moments, control: Moments, periods: Sequence[str], level: float = 0.95
) -> tuple[Moved | None, ...]:
    """The same arithmetic where nothing happened: each two neighbours of the periods before, the nearest first."""
    pairs = reversed(list(pairwise(periods)))
    return tuple(difference_of_differences(treated, control, *pair, level=level) for pair in pairs)


def slope_before(treated: Moments, control: Moments, periods: Sequence[str], level: float = 0.95) -> Moved | None:
    """By how much more per period the treated rose than the controls over the periods before; None with fewer than two.

    The slope of a straight line through each unit's periods, compared between the groups.
    """
    if len(periods) < 2:
        return None
    middle = (len(periods) - 1) / 2
    whole = sum((place - middle) ** 2 for place in range(len(periods)))
    weights = {name: (place - middle) / whole for place, name in enumerate(periods)}
    return contrast(treated, control, weights, level)
