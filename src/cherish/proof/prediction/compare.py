"""Contestants against a baseline: paired differences, Holm over all of them, and win, tie or loss by a margin."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from cherish.errors import QuestionError
from cherish.proof.prediction.influence import Estimate, Whole, difference
from cherish.statistics.quantiles import two_sided

MARGIN = 0.005
"""A difference of AUC that matters in practice: less is a tie, however certain."""

Outcome = Literal["win", "tie", "loss"]


@dataclass(frozen=True)
class Contest:
    """One contestant against the baseline.

    `difference` is paired, with its own interval. `low` and `high` are the bounds adjusted over all contestants
    (Holm 1979): the contestant wins where `low` lies above the margin, and loses where `high` lies below minus
    the margin; the chance that any of the wins and losses is a false one is at most 1 - level. Else it is a tie:
    `alike` where the interval lies within the margin, so that the two are shown to be as good as each other;
    otherwise for want of data. Null `verdict` where there is no difference to judge; `difference.why` says why."""

    name: str
    difference: Estimate
    low: float | None
    high: float | None
    verdict: Outcome | None
    alike: bool
    log10_p: float | None
    """The logarithm of the two-sided p of no difference, adjusted by Holm: the p itself may be below all floats."""

    @property
    def p(self) -> float | None:
        """The adjusted two-sided p of no difference; 0 only where it is below 1e-308 (see `log10_p`)."""
        return None if self.log10_p is None else 10**self.log10_p


def compare(
    contestants: Mapping[str, Estimate], baseline: Estimate, *,
    margin: float = MARGIN, level: float = 0.95, clusters: Whole | None = None,
) -> dict[str, Contest]:  # fmt: skip
    """Every contestant against one baseline over the same customers, in the given order.

    Raises:
        QuestionError: a negative margin, or figures over different customers.
    """
    return judge(
        {name: difference(each, baseline, level=level, clusters=clusters) for name, each in contestants.items()},
        margin=margin, level=level,
    )  # fmt: skip


def judge(differences: Mapping[str, Estimate], *, margin: float = MARGIN, level: float = 0.95) -> dict[str, Contest]:
    """Verdicts on differences that are known already, adjusted over all of them.

    Upwards and downwards are two families of one-sided tests, each at half of 1 - level, stepped down by Holm. A bound
    has the level of its step; from the first that does not pass, all have that one's.
    """
    if not margin >= 0:
        raise QuestionError(f"margin={margin}: a difference that matters is 0 or more")
    spreads = {name: (each.value, each.se) for name, each in differences.items() if each.value is not None}
    known = {name: (value, se) for name, (value, se) in spreads.items() if value is not None and se is not None}
    up = _steps({name: _z(value - margin, se) for name, (value, se) in known.items()}, level)
    down = _steps({name: _z(-value - margin, se) for name, (value, se) in known.items()}, level)
    p = _adjusted({name: _z(abs(value), se) for name, (value, se) in known.items()})
    found = {}
    for name, each in differences.items():
        if name not in known:
            found[name] = Contest(name, each, None, None, None, False, None)
            continue
        value, se = known[name]
        low, high = value - up[name] * se, value + down[name] * se
        verdict: Outcome = "win" if low > margin else "loss" if high < -margin else "tie"
        alike = -margin <= low and high <= margin
        found[name] = Contest(name, each, low, high, verdict, alike, p[name])
    return found


def log10_tail(z: float) -> float:
    """The logarithm (base 10) of P(|Z| > z) for z >= 0, also where the chance itself is below every float."""
    if z < 30:
        return math.log10(math.erfc(z / math.sqrt(2)))
    if z == math.inf:
        return -math.inf
    # Abramowitz & Stegun 1964, 26.2.12: from 30 on four terms are right to ten digits.
    series = 1 - 1 / z**2 + 3 / z**4 - 15 / z**6
    return (-z * z / 2) / math.log(10) + math.log10(2 / (z * math.sqrt(2 * math.pi)) * series)


def _z(value: float, se: float) -> float:
    if se > 0:
        return value / se
    return math.inf if value > 0 else -math.inf if value < 0 else 0.0


def _steps(z: Mapping[str, float], level: float) -> dict[str, float]:
    """The quantile that each bound is made with: that of its step in Holm's procedure."""
    quantiles, stopped = {}, math.nan
    for place, name in enumerate(sorted(z, key=lambda name: -z[name])):
        quantile = two_sided(1 - (1 - level) / (len(z) - place)) if math.isnan(stopped) else stopped
        quantiles[name] = quantile
        if math.isnan(stopped) and not z[name] > quantile:
            stopped = quantile
    return quantiles


def _adjusted(z: Mapping[str, float]) -> dict[str, float]:
    found, largest = {}, -math.inf
    for place, name in enumerate(sorted(z, key=lambda name: -z[name])):
        largest = max(largest, min(log10_tail(z[name]) + math.log10(len(z) - place), 0.0))
        found[name] = largest
    return found
