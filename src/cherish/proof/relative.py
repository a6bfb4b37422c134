"""Relative lift: by what part of the control's mean an arm differs, with an interval that admits when it has no end."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cherish.errors import QuestionError
from cherish.statistics import tails
from cherish.statistics.quantiles import two_sided, two_sided_t

NEAR_ZERO = 0.05
"""Above this share (t * standard error / mean)^2 the delta method is left for Fieller's (Finney 1971, section 4.14)."""


@dataclass(frozen=True)
class Mean:
    """A mean (or ratio) of an arm: of `n` rows, with the variance of one row."""

    n: int
    value: float
    variance: float

    @property
    def error(self) -> float:
        """The standard error."""
        return math.sqrt(self.variance / self.n)


@dataclass(frozen=True)
class Relative:
    """The lift as a share of the control's mean; None where there is none, or no interval, and `reason` says why."""

    value: float | None
    low: float | None
    high: float | None
    method: str | None
    reason: str | None = None


def relative(arm: Mean, control: Mean, level: float = 0.95, reach: float | None = None) -> Relative:
    """arm / control - 1 with an interval.

    By the delta method on the logarithm of the ratio of means where both means are well away from 0, else by Fieller's
    theorem (1954), whose interval has no end where the control's mean can't be told from 0. `reach` widens it: so many
    standard errors of a normal distribution instead of those of the level (for always-valid intervals).

    Raises:
        QuestionError: a level outside (0, 1).
    """
    if control.value <= 0:
        word = "0" if control.value == 0 else "below 0"
        return Relative(None, None, None, None, f"the control's mean is {word}: a percentage of it says nothing")
    value = arm.value / control.value - 1
    if arm.variance + control.variance == 0:
        return Relative(value, None, None, None, "no customer differs from another within an arm: there is no interval")
    errors = _reach(freedom(arm, control), level, reach)
    if arm.value > 0 and max(_nearness(arm, errors), _nearness(control, errors)) < NEAR_ZERO:
        return _delta(arm, control, level, reach, value)
    return _fieller(arm, control, errors, value)


def freedom(one: Mean, other: Mean) -> float:
    """Welch's degrees of freedom of a difference (Welch 1947); at least those of the smaller group."""
    first, second = one.variance / one.n, other.variance / other.n
    part = first / (first + second)
    found = 1 / (part**2 / (one.n - 1) + (1 - part) ** 2 / (other.n - 1))
    return max(found, min(one.n, other.n) - 1.0)


def _reach(degrees: float, level: float, reach: float | None) -> float:
    if reach is None:
        return two_sided_t(level, degrees)
    if reach < two_sided(level):
        raise QuestionError(f"a reach of {reach} standard errors is less than the level {level} asks for")
    return tails.student_like(reach, degrees)


def _nearness(mean: Mean, errors: float) -> float:
    return (errors * mean.error / mean.value) ** 2


def _delta(arm: Mean, control: Mean, level: float, reach: float | None, value: float) -> Relative:
    parts = [Mean(each.n, 1.0, each.variance / each.value**2) for each in (arm, control)]
    half = _reach(freedom(*parts), level, reach) * math.hypot(parts[0].error, parts[1].error)
    return Relative(value, (1 + value) * math.exp(-half) - 1, (1 + value) * math.exp(half) - 1, "delta")


def _fieller(arm: Mean, control: Mean, errors: float, value: float) -> Relative:
    """The ratios R for which arm - R * control is within its own interval of 0."""
    square = control.value**2 - (errors * control.error) ** 2
    if square <= 0:
        return Relative(
            value, None, None, "Fieller",
            "the control's mean can't be told from 0, so the percentage has no bounds: read the difference",
        )  # fmt: skip
    product = arm.value * control.value
    room = product**2 - square * (arm.value**2 - (errors * arm.error) ** 2)
    half = math.sqrt(max(room, 0.0))
    return Relative(value, (product - half) / square - 1, (product + half) / square - 1, "Fieller")
