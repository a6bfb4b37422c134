"""Always-valid reading: intervals and p-values that hold at every look together, however often and whenever one looks.

The normal-mixture boundary (Robbins 1970; Howard, Ramdas, McAuliffe & Sekhon 2021, equation 14): with S the sum and V
its variance so far, P(|S| ever reaches sqrt((V + rho) ln((V + rho) / (rho alpha^2)))) <= alpha.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cherish.errors import QuestionError
from cherish.proof.effects import Effect
from cherish.proof.relative import Mean, relative
from cherish.statistics import tails
from cherish.statistics.intervals import Interval
from cherish.statistics.quantiles import two_sided_t

LEAST = 30
"""So many customers must be in each arm before an always-valid interval is read: it rests on averages being normal."""


def best_rho(variance: float, alpha: float = 0.05) -> float:
    """The rho that makes the two-sided boundary narrowest at `variance` (Howard et al. 2021, section 3.5, first order).

    Raises:
        QuestionError: a variance that is not above 0, or an alpha outside (0, 1).
    """
    if not variance > 0:
        raise QuestionError(f"variance={variance}: where the boundary is to be narrowest lies above 0")
    odds = 2 * math.log(1 / _checked(alpha))
    return variance / (odds + math.log1p(odds))


def boundary(variance: Any, rho: float, alpha: float = 0.05) -> Any:
    """What |S| may reach at variance `variance` so far; a number or an array."""
    reached = np.asarray(variance, dtype=np.float64) + rho
    return np.sqrt(reached * (np.log(reached / rho) - 2 * math.log(_checked(alpha))))[()]


def log_evidence(total: Any, variance: Any, rho: float) -> Any:
    """ln of the mixture of likelihood ratios against no effect: 1 over it is an always-valid p-value."""
    reached = np.asarray(variance, dtype=np.float64) + rho
    return (0.5 * np.log(rho / reached) + np.asarray(total, dtype=np.float64) ** 2 / (2 * reached))[()]


def reach(fraction: Any, alpha: float = 0.05) -> Any:
    """How many standard errors an always-valid interval spans to each side, when `fraction` of the planned n is in.

    Narrowest about fraction = 1, where it is 3.035 for alpha = 0.05, against 1.960 of a single look; a number or array.

    Raises:
        QuestionError: a fraction that is not above 0.
    """
    part = np.asarray(fraction, dtype=np.float64)
    if not (part > 0).all():
        raise QuestionError("the share of the planned number that is in must be above 0")
    return (boundary(part, best_rho(1.0, alpha), alpha) / np.sqrt(part))[()]


def asymptotic(estimate: Any, deviation: Any, n: Any, rho_squared: float, alpha: float = 0.05) -> Interval:
    """The asymptotic confidence sequence of a mean (Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas 2024, theorem 2.2).

    `deviation` is the standard deviation of one row, `rho_squared` the variance of the mixture (1 / `best_rho` at the
    variance where it should be narrowest). For a difference give its n and sqrt(n) times its standard error.
    """
    spread = np.asarray(n, dtype=np.float64) * np.asarray(deviation, dtype=np.float64) ** 2
    half = boundary(spread, 1 / rho_squared, alpha) / np.asarray(n, dtype=np.float64)
    return Interval(estimate, (estimate - half)[()], (estimate + half)[()])


def log_mixture_ratio(n: Any, difference: Any, variance: Any, tau_squared: float) -> Any:
    """ln of the mixture likelihood ratio of the mSPRT (Johari, Koomen, Pekelis & Walsh 2017), for n pairs.

    `variance` is that of one pair's difference (p(1-p) of both arms added up), `tau_squared` that of the effects that
    the mixture expects. It is `log_evidence` of n * difference / variance at n / variance with rho = 1 / tau^2.
    """
    rows = np.asarray(n, dtype=np.float64) / variance
    return log_evidence(rows * difference, rows, 1 / tau_squared)


def p_values(log_ratios: Iterable[float]) -> list[float]:
    """Always-valid p-values look by look: p_n = min(p_(n-1), 1 / ratio_n), beginning at 1."""
    found, last = [], 0.0
    for each in log_ratios:
        last = min(last, -each)
        found.append(math.exp(last))
    return found


@dataclass(frozen=True)
class Readout:
    """An effect as it may be read: at any time (`always-valid`), or on its declared day at full strength (`planned`).

    `reach` is how many standard errors the interval spans; `fraction` how much of the planned number is in. None with a
    `reason` where there is nothing to read yet.
    """

    kind: str
    effect: Effect
    fraction: float | None = None
    reach: float | None = None
    low: float | None = None
    high: float | None = None
    log10_p: float | None = None
    relative_low: float | None = None
    relative_high: float | None = None
    reason: str | None = None

    @property
    def excludes_zero(self) -> bool | None:
        """Whether the interval leaves no effect out; None where there is no interval."""
        return None if self.low is None or self.high is None else self.low > 0 or self.high < 0


def always_valid(effect: Effect, planned: float) -> Readout:
    """The effect with an interval that holds at every look together, at the effect's own level.

    `planned` is how many customers (in both arms) the experiment is laid out for: there the interval is narrowest; a
    smaller or larger number keeps its guarantee. The guarantee is asymptotic: with Student's tails in place of normal
    ones and from `LEAST` customers in each arm on.

    Raises:
        QuestionError: a planned number that is not above 0.
    """
    if not planned > 0:
        raise QuestionError(f"planned={planned}: how many customers the experiment is laid out for is above 0")
    now = effect.n + effect.n_control
    if effect.se is None or effect.estimate is None or effect.freedom is None or effect.z is None:
        return Readout("always-valid", effect, now / planned, reason=effect.reason)
    if min(effect.n, effect.n_control) < LEAST:
        least = f"fewer than {LEAST} customers in an arm: the interval rests on averages of many"
        return Readout("always-valid", effect, now / planned, reason=least)
    fraction, alpha = now / planned, 1 - effect.level
    errors = float(reach(fraction, alpha))
    half = tails.student_like(errors, effect.freedom) * effect.se
    z = tails.normal_like(effect.z, effect.freedom)
    evidence = float(log_evidence(z * math.sqrt(fraction), fraction, best_rho(1.0, alpha)))
    share = _relative(effect, errors)
    return Readout(
        "always-valid", effect, fraction, errors, effect.estimate - half, effect.estimate + half,
        min(-evidence / tails.LN10, 0.0), *share,
    )  # fmt: skip


def readout(effect: Effect, planned: float, *, declared: bool = False) -> Readout:
    """How an effect may be read: always-valid until its declared day, and on that day once at full strength.

    `declared` says that the effect is that of the day (or number of customers) written down before the start, computed
    as of that day: read later it stays the same reading. Whoever stops early on the always-valid interval and otherwise
    reads the planned day uses two rules, which together err a little more than either: in 5.3 % of cases at 95 %, with
    nineteen looks before the day (measured: `tests/calibration`).
    """
    if not declared:
        return always_valid(effect, planned)
    errors = None if effect.freedom is None else two_sided_t(effect.level, effect.freedom)
    return Readout(
        "planned", effect, (effect.n + effect.n_control) / planned, errors, effect.low, effect.high, effect.log10_p,
        effect.relative_low, effect.relative_high, effect.reason,
    )  # fmt: skip


def bernoulli(successes: int, n: int, planned: float, alpha: float = 0.05) -> Interval:
    """The confidence sequence of a share, exact for 0 and 1: all shares that the beta-binomial mixture doesn't refute.

    (Howard et al. 2021, proposition 7, two-sided, tuned where `planned` are in.)

    Raises:
        QuestionError: more successes than trials, no trial, or a planned number that is not above 0.
    """
    if not 0 <= successes <= n or n < 1:
        raise QuestionError(f"{successes} of {n}: a share needs one trial or more, and from none to all of them")
    share, limit = successes / n, -math.log(_checked(alpha))

    def refuted(p: float) -> bool:
        return _log_beta_binomial(successes, n, p, planned, alpha) > limit

    return Interval(share, _edge(0.0, share, refuted), _edge(1.0, share, refuted))


def _log_beta_binomial(successes: int, n: int, p: float, planned: float, alpha: float) -> float:
    spread = p * (1 - p)
    r = max(best_rho(spread * planned, alpha) - spread, 1e-3 * spread)
    hits, misses = r / (1 - p), r / p
    prior = math.lgamma(hits) + math.lgamma(misses) - math.lgamma(hits + misses)
    now = math.lgamma(hits + successes) + math.lgamma(misses + n - successes) - math.lgamma(hits + misses + n)
    return now - prior - successes * math.log(p) - (n - successes) * math.log1p(-p)


def _edge(outside: float, inside: float, refuted: Any) -> float:
    """Where refuted shares end, between an end of [0, 1] and the share seen, by halving; the end if none is refuted."""
    if outside == inside:
        return outside
    for _ in range(45):
        middle = (outside + inside) / 2
        outside, inside = (middle, inside) if refuted(middle) else (outside, middle)
    return outside if outside in (0.0, 1.0) else inside


def _relative(effect: Effect, errors: float) -> tuple[float | None, float | None]:
    """The relative interval at so many standard errors, from the two means of the effect."""
    if effect.mean is None or effect.mean_control is None or effect.se_arm is None or effect.se_control is None:
        return None, None
    arm = Mean(effect.n, effect.mean, effect.se_arm**2 * effect.n)
    control = Mean(effect.n_control, effect.mean_control, effect.se_control**2 * effect.n_control)
    found = relative(arm, control, effect.level, errors)
    return found.low, found.high


def _checked(alpha: float) -> float:
    if not 0 < alpha < 1:
        raise QuestionError(f"alpha={alpha}: an error rate lies between 0 and 1, such as 0.05")
    return alpha
