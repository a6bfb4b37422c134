"""Interaction: does an arm do more in one context (country, device, new or old) than in another?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from cherish.proof.effects import Effect
from cherish.statistics import tails
from cherish.statistics.intervals import Interval
from cherish.statistics.quantiles import two_sided


@dataclass(frozen=True)
class Interaction:
    """Whether the effects at the levels of a context are one and the same; `log10_p` is that of their being so.

    `common` is what they have in common (weighted by 1 / se^2), `chi_square` how far they lie from it (Cochran's Q, the
    Wald test of equal effects), `left_out` levels without an effect and why. None, with a `reason`, below two levels.
    """

    levels: tuple[str, ...]
    left_out: Mapping[str, str]
    common: float | None = None
    chi_square: float | None = None
    freedom: int = 0
    log10_p: float | None = None
    reason: str | None = None


def interaction(effects: Mapping[str, Effect]) -> Interaction:
    """The test over the levels of one context, from the effect of one arm on one metric at each level.

    Levels hold different customers, so their effects are independent. Choose contexts before the start and adjust over
    all of them (`multiplicity.holm`): a context found afterwards is a guess for the next experiment.
    """
    known = {
        level: (found.estimate, found.se)
        for level, found in effects.items()
        if found.estimate is not None and found.se is not None
    }
    left_out = {level: found.reason or "no effect" for level, found in effects.items() if level not in known}
    if len(known) < 2:
        return Interaction(tuple(known), left_out, reason="effects compare at two levels or more of a context")
    weights = [1 / se**2 for _, se in known.values()]
    values = [estimate for estimate, _ in known.values()]
    common = math.fsum(w * v for w, v in zip(weights, values, strict=True)) / math.fsum(weights)
    chi_square = math.fsum(w * (v - common) ** 2 for w, v in zip(weights, values, strict=True))
    freedom = len(known) - 1
    log10_p = tails.log_chi_square(chi_square, freedom) / tails.LN10
    return Interaction(tuple(known), left_out, common, chi_square, freedom, log10_p)


def gap(one: Effect, other: Effect) -> Interval | None:
    """How much more the arm does at one level than at another, with its interval; None where an effect is missing."""
    if one.estimate is None or other.estimate is None or one.se is None or other.se is None:
        return None
    difference, half = one.estimate - other.estimate, two_sided(one.level) * math.hypot(one.se, other.se)
    return Interval(difference, difference - half, difference + half)
