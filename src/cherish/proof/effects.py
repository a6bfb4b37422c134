"""Effects: how an arm differs from the control, in units and as a share, with intervals; from moments, no rows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cherish.errors import QuestionError
from cherish.proof.cuped import adjustment
from cherish.proof.metric import Metric, parsed
from cherish.proof.moments import Moments
from cherish.proof.relative import Mean, freedom, relative
from cherish.statistics import tails
from cherish.statistics.quantiles import two_sided_t

Covariate = str | tuple[str, str | None] | Metric


@dataclass(frozen=True)
class Effect:
    """What an arm did to a metric: `estimate` = `mean` - `mean_control`, with standard error and interval at `level`.

    Numbers that can't be are None, and `reason` (of the interval) or `relative_reason` (of the share) says why. The
    p-value is kept as `log10_p`, which does not underflow. With covariates both means are as they would be with the
    covariates' mean of both arms, `theta` is what they were adjusted by and `variance_left` the share of variance left.
    `n` counts what was drawn: customers, or units where moments are of units.
    """

    metric: str
    arm: str
    control: str
    n: int
    n_control: int
    mean: float | None = None
    mean_control: float | None = None
    estimate: float | None = None
    se: float | None = None
    low: float | None = None
    high: float | None = None
    z: float | None = None
    log10_p: float | None = None
    relative: float | None = None
    relative_low: float | None = None
    relative_high: float | None = None
    method: str = "mean"
    level: float = 0.95
    freedom: float | None = None
    se_arm: float | None = None
    se_control: float | None = None
    relative_method: str | None = None
    reason: str | None = None
    relative_reason: str | None = None
    theta: tuple[float, ...] = ()
    variance_left: float = 1.0

    @property
    def p(self) -> float | None:
        """The two-sided p-value; 0.0 only where it is below 1e-300 (show 10^`log10_p` then)."""
        if self.log10_p is None:
            return None
        return float(10**self.log10_p) if self.log10_p > -300 else 0.0

    @property
    def excludes_zero(self) -> bool | None:
        """Whether the interval leaves no effect out; None where there is no interval."""
        return None if self.low is None or self.high is None else self.low > 0 or self.high < 0


def difference(
    treated: Moments, control: Moments, y: str, x: str | None = None,
    covariate: Covariate | Sequence[Covariate] | None = None, level: float = 0.95,
    *, metric: str | None = None, arm: str = "treated", against: str = "control",
) -> Effect:  # fmt: skip
    """The effect on the mean of `y`, or on sum(y) / sum(x), by Welch's interval of a difference of two means.

    `covariate` is a column from before the assignment, a pair (y0, x0) for a ratio of two, or a list of such (CUPED;
    theta over both arms together). Proportions are means of ones and zeros. Where units, not customers, were drawn,
    give moments of units (`Moments.of_units`) and their size as `x`.

    Raises:
        QuestionError: a column that is not there, or a level outside (0, 1).
    """
    what = Metric(y, x)
    # A ratio before that nobody of an arm had takes nothing out.
    covariates = tuple(each for each in _metrics(covariate) if each.known(treated) and each.known(control))
    method = ("mean" if x is None else "ratio") + (", adjusted" if covariates else "")
    bare = Effect(metric or what.name, arm, against, treated.n, control.n, method=method, level=level)
    missing = _undefined(what, treated, control, bare)
    if missing:
        mean, other = (None if math.isnan(value) else value for value in (what.value(treated), what.value(control)))
        estimate = None if mean is None or other is None else mean - other
        return replace(
            bare, mean=mean, mean_control=other, estimate=estimate, reason=missing, relative_reason=missing
        )  # fmt: skip
    fitted = adjustment(what, covariates, treated + control)
    parts = (Mean(each.n, fitted.value(each), fitted.variance(each)) for each in (treated, control))
    return between(replace(bare, theta=fitted.theta, variance_left=fitted.left), *parts)


def against(
    arms: Mapping[str, Moments], control: str, y: str, x: str | None = None,
    covariate: Covariate | Sequence[Covariate] | None = None, level: float = 0.95, *, metric: str | None = None,
) -> tuple[Effect, ...]:  # fmt: skip
    """Every arm against one control, in the order given; adjust their p-values by `multiplicity.holm`.

    Raises:
        QuestionError: no such control, or as `difference`.
    """
    if control not in arms:
        raise QuestionError(f"there is no arm {control!r} to compare with: the arms are {', '.join(map(repr, arms))}")
    return tuple(
        difference(each, arms[control], y, x, covariate, level, metric=metric, arm=name, against=control)
        for name, each in arms.items()
        if name != control
    )


def between(bare: Effect, arm: Mean, control: Mean) -> Effect:
    """The effect named by `bare`, from two means with their variances, each of two rows or more."""
    share = relative(arm, control, bare.level)
    estimate, se = arm.value - control.value, math.hypot(arm.error, control.error)
    known = replace(
        bare, mean=arm.value, mean_control=control.value, estimate=estimate, se_arm=arm.error,
        se_control=control.error, relative=share.value, relative_low=share.low, relative_high=share.high,
        relative_method=share.method, relative_reason=share.reason,
    )  # fmt: skip
    if not se:
        reason = "no customer differs from another within an arm: there is no standard error and no test"
        return replace(known, reason=reason)
    degrees = freedom(arm, control)
    half = two_sided_t(bare.level, degrees) * se
    return replace(
        known, se=se, low=estimate - half, high=estimate + half, z=estimate / se, freedom=degrees,
        log10_p=tails.log10_two_sided(estimate / se, degrees),
    )  # fmt: skip


def _metrics(covariate: Covariate | Sequence[Covariate] | None) -> tuple[Metric, ...]:
    """One covariate or several; a tuple of two names is the ratio of the two, not two covariates."""
    if not covariate:
        return ()
    if isinstance(covariate, list) or (isinstance(covariate, tuple) and not isinstance(covariate[0], str)):
        return tuple(parsed(each) for each in covariate)
    return (parsed(covariate),)  # type: ignore[arg-type]  # `parsed` refuses what is none


def _undefined(what: Metric, treated: Moments, control: Moments, bare: Effect) -> str | None:
    for name, each in ((bare.arm, treated), (bare.control, control)):
        if each.n < 2:
            return f"{name} has {each.n} customer{'' if each.n == 1 else 's'}: an effect needs two or more in each arm"
        if not what.known(each):
            return f"the sum of {what.x} is 0 in {name}: there is no {what.name}"
    return None
