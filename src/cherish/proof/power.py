"""Power: how many customers show an effect, which effect so many customers show, when, and what a holdout costs.

One row's variance stands for the metric: p(1-p) of a share, the square of the standard deviation of a mean; with CUPED
multiply it by the share of variance that is left. All by the normal approximation, two-sided.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

from cherish.errors import QuestionError
from cherish.proof.sequential import reach
from cherish.statistics import tails
from cherish.statistics.quantiles import two_sided

ALPHA, POWER = 0.05, 0.8


def per_arm(
    variance: float, difference: float, alpha: float = ALPHA, power: float = POWER, *,
    variance_control: float | None = None, always_valid: bool = False,
) -> int:  # fmt: skip
    """How many customers each of two equal arms needs to show `difference`; rounded up.

    (z(1-alpha/2) + z(power))^2 (variance of one arm + of the other) / difference^2. `always_valid`: enough at the
    planned number when it is read by an always-valid interval, which needs about 1.9 times as many.

    Raises:
        QuestionError: a difference of 0, a variance below 0, or an alpha or power outside (0, 1).
    """
    return math.ceil(total(variance, difference, 0.5, alpha, power, variance_control, always_valid) / 2 - 1e-9)


def per_arm_of_shares(
    base: float, other: float, alpha: float = ALPHA, power: float = POWER, *, always_valid: bool = False
) -> int:
    """How many customers each of two equal arms needs to tell the share `base` from `other`; rounded up."""
    return per_arm(
        share_variance(other), other - base, alpha, power,
        variance_control=share_variance(base), always_valid=always_valid,
    )  # fmt: skip


def total(
    variance: float, difference: float, share_control: float, alpha: float = ALPHA, power: float = POWER,
    variance_control: float | None = None, always_valid: bool = False,
) -> float:  # fmt: skip
    """How many customers both arms need together when `share_control` of them are control (or held out); not rounded.

    Raises:
        QuestionError: as `per_arm`, or a share outside (0, 1).
    """
    if not difference:
        raise QuestionError("no number of customers shows a difference of 0: name the smallest one that matters")
    spread = _spread(variance, variance_control, share_control)
    return (_errors(alpha, power, always_valid) / difference) ** 2 * spread


def visible(
    variance: float, n: float, n_control: float, alpha: float = ALPHA, power: float = POWER, *,
    always_valid: bool = False,
) -> float | None:  # fmt: skip
    """The smallest difference that so many customers show: (z + z) sqrt(variance (1/n + 1/n_control)).

    With `variance` that of the control, for the effect isn't known. None where an arm is empty: nothing is visible.

    Raises:
        QuestionError: a variance below 0, or an alpha or power outside (0, 1).
    """
    if n <= 0 or n_control <= 0:
        return None
    return _errors(alpha, power, always_valid) * math.sqrt(_positive(variance) * (1 / n + 1 / n_control))


def power_of(variance: float, difference: float, n: float, n_control: float, alpha: float = ALPHA) -> float:
    """The chance that such arms show `difference`: that its interval excludes 0, on either side.

    Raises:
        QuestionError: an empty arm, a variance that is not above 0, or an alpha outside (0, 1).
    """
    if n <= 0 or n_control <= 0 or not variance > 0:
        raise QuestionError("power needs customers in both arms and a variance above 0")
    errors, z = two_sided(1 - alpha), abs(difference) / math.sqrt(variance * (1 / n + 1 / n_control))
    return math.exp(tails.log_normal(errors - z)) + math.exp(tails.log_normal(errors + z))


@dataclass(frozen=True)
class Wait:
    """How long until an effect is visible: `customers` in all, `days` until their outcome is known; or why never."""

    customers: int
    days: float | None
    reason: str | None = None


def wait(
    variance: float, difference: float, share_control: float, *, waiting: float = 0.0, inflow: float = 0.0,
    horizon: float = 0.0, alpha: float = ALPHA, power: float = POWER, always_valid: bool = False,
) -> Wait:  # fmt: skip
    """Days until `difference` is visible, with `waiting` customers on the first day and `inflow` more each day.

    Each customer's outcome takes `horizon` days from the day they come, so the last one's is known that much later.

    Raises:
        QuestionError: as `total`, or a negative number of customers or days.
    """
    if min(waiting, inflow, horizon) < 0:
        raise QuestionError("customers waiting, customers a day and days of the outcome are 0 or more")
    needed = math.ceil(total(variance, difference, share_control, alpha, power, None, always_valid) - 1e-9)
    if waiting >= needed:
        return Wait(needed, float(horizon))
    if not inflow:
        return Wait(needed, None, f"{needed:,} customers are needed, {waiting:,.0f} are there and no more come")
    return Wait(needed, (needed - waiting) / inflow + horizon)


def price(held_out: float, effect: float, margin: float = 1.0) -> float:
    """What a holdout costs in margin: customers held out times the effect per head times the margin on it.

    Raises:
        QuestionError: fewer than no customers, or a margin outside (0, 1].
    """
    if held_out < 0 or not 0 < margin <= 1:
        raise QuestionError("a holdout's price needs 0 customers or more and a margin above 0 and at most 1")
    return held_out * effect * margin


def share_variance(share: float) -> float:
    """The variance of a one or zero: p (1 - p).

    Raises:
        QuestionError: a share outside [0, 1].
    """
    if not 0 <= share <= 1:
        raise QuestionError(f"a share lies from 0 to 1, not {share:g}: write 5 % as 0.05")
    return share * (1 - share)


def _spread(variance: float, variance_control: float | None, share_control: float) -> float:
    if not 0 < share_control < 1:
        raise QuestionError(f"the control's share lies between 0 and 1, not {share_control:g}: write 10 % as 0.1")
    control = variance if variance_control is None else variance_control
    return _positive(variance) / (1 - share_control) + _positive(control) / share_control


def _errors(alpha: float, power: float, always_valid: bool) -> float:
    """How many standard errors the difference must be."""
    if not 0 < power < 1:
        raise QuestionError(f"power={power}: the chance to see an effect lies between 0 and 1, such as 0.8")
    level = float(reach(1.0, alpha)) if always_valid else two_sided(1 - alpha)
    return level + NormalDist().inv_cdf(power)


def _positive(variance: float) -> float:
    if not (variance >= 0 and math.isfinite(variance)):
        raise QuestionError(f"a variance is a number from 0, not {variance}")
    return variance
