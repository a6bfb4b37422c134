"""Sample ratio: are the arms as large as the design says? If not, not the lot alone decided who is in which."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cherish.errors import QuestionError
from cherish.proof.multiplicity import holm
from cherish.statistics import tails

BLOCK, WARN = 0.001, 0.01
"""Below the first p no effect is shown, below the second it is shown with a warning (Fabijan et al. 2019)."""
_EXACT, _EXACT_OF_SEVERAL = 100.0, 25.0
"""Below so many expected in an arm the chi-square alarms at p = .001 up to half too often, measured by exact sums."""

Verdict = Literal["ok", "warn", "block", "not known"]


@dataclass(frozen=True)
class SampleRatio:
    """Counts against what the design expects; `log10_p` is that of the test, adjusted where it is one of several.

    `chi_square` is None where few are expected and exact binomial tests were used; `log10_p` too where nobody is there
    to check (`reason`).
    """

    counts: Mapping[str, int]
    expected: Mapping[str, float]
    chi_square: float | None
    freedom: int
    log10_p: float | None
    reason: str | None = None

    @property
    def p(self) -> float | None:
        """The p-value; 0.0 only where it is below 1e-300."""
        if self.log10_p is None:
            return None
        return float(10**self.log10_p) if self.log10_p > -300 else 0.0

    @property
    def verdict(self) -> Verdict:
        """`block` below p = .001, `warn` below .01, else `ok`; `not known` where there are too few."""
        if self.log10_p is None:
            return "not known"
        return "block" if self.log10_p < math.log10(BLOCK) else "warn" if self.log10_p < math.log10(WARN) else "ok"


def sample_ratio(counts: Mapping[str, int], design: Mapping[str, float] | None = None) -> SampleRatio:
    """Pearson's chi-square of the counts against the shares of the design (any positive weights; equal by default).

    An arm of the design that nobody is in counts as 0. Where few are expected in an arm (below 100 of two, below 25 of
    several), the exact binomial test: of several, each arm's against the others, the least p times their number.

    Raises:
        QuestionError: less than two arms, a share that is not above 0, a negative count, or an arm outside the design.
    """
    shares = _shares(counts, design)
    n = sum(counts.values())
    seen = {arm: int(counts.get(arm, 0)) for arm in shares}
    expected = {arm: n * share for arm, share in shares.items()}
    freedom = len(shares) - 1
    if not n:
        return SampleRatio(seen, expected, None, freedom, None, "nobody is in any arm: there is no ratio to check")
    if min(expected.values()) < (_EXACT if len(shares) == 2 else _EXACT_OF_SEVERAL):
        single = [_against_rest(seen[arm], n, share) for arm, share in shares.items()]
        several = math.log10(len(single)) if len(single) > 2 else 0.0
        return SampleRatio(seen, expected, None, freedom, min(min(single) + several, 0.0))
    chi_square = sum((seen[arm] - expected[arm]) ** 2 / expected[arm] for arm in shares)
    return SampleRatio(seen, expected, chi_square, freedom, tails.log_chi_square(chi_square, freedom) / tails.LN10)


def by_stratum(
    counts: Mapping[str, Mapping[str, int]], design: Mapping[str, float] | None = None
) -> dict[str, SampleRatio]:
    """The check in every stratum (day, platform), with p-values adjusted by Holm over all of them.

    Without a design the arms of all strata are taken in equal shares.

    Raises:
        QuestionError: as `sample_ratio`.
    """
    arms = design or {arm: 1.0 for each in counts.values() for arm in each}
    single = {stratum: sample_ratio(each, arms) for stratum, each in counts.items()}
    adjusted = holm([each.log10_p for each in single.values()], log10=True)
    return {
        stratum: SampleRatio(each.counts, each.expected, each.chi_square, each.freedom, log10_p, each.reason)
        for (stratum, each), log10_p in zip(single.items(), adjusted, strict=True)
    }


def _shares(counts: Mapping[str, int], design: Mapping[str, float] | None) -> dict[str, float]:
    weights = dict(design) if design else dict.fromkeys(counts, 1.0)
    if len(weights) < 2:
        raise QuestionError("a sample ratio is one of two arms or more")
    wrong = [arm for arm, weight in weights.items() if not (weight > 0 and math.isfinite(weight))]
    if wrong:
        raise QuestionError(f"the design gives arm {wrong[0]!r} a share of {weights[wrong[0]]}: shares are above 0")
    stray = [arm for arm in counts if arm not in weights]
    if stray:
        raise QuestionError(f"arm {stray[0]!r} is not in the design, which has {', '.join(map(repr, weights))}")
    if any(count < 0 for count in counts.values()):
        raise QuestionError("a count is negative")
    whole = math.fsum(weights.values())
    return {arm: weight / whole for arm, weight in weights.items()}


def _against_rest(k: int, n: int, share: float) -> float:
    """log10 of the p of one arm against all others: exact from the rarer side where few are there, else chi-square."""
    if share > 0.5:
        k, share = n - k, 1 - share
    if n * share < _EXACT:
        return _binomial(k, n, share)
    return tails.log_chi_square((k - n * share) ** 2 / (n * share * (1 - share)), 1) / tails.LN10


def _binomial(k: int, n: int, share: float) -> float:
    """log10 of the exact two-sided p: of all counts that are at most as likely as the one seen."""
    # Of the rare arm: beyond a thousand over twice the count seen nothing is left that a digit would show.
    counts = range(min(n, 2 * k + 1_000) + 1)
    ways = [-math.lgamma(each + 1) - math.lgamma(n - each + 1) for each in counts]
    odds = math.log(share), math.log1p(-share)
    chances = [each * odds[0] + (n - each) * odds[1] for each in counts]
    logs = math.lgamma(n + 1) + np.array(ways) + np.array(chances)
    rare = logs[logs <= logs[k] + 1e-7]
    top = float(rare.max())
    return min((top + math.log(float(np.exp(rare - top).sum()))) / tails.LN10, 0.0)
