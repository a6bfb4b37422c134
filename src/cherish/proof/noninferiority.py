"""Guardrails: an arm may not make a metric worse by more than a margin, and silence is no proof that it doesn't."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from cherish.errors import QuestionError
from cherish.proof.effects import Effect
from cherish.proof.sequential import Readout
from cherish.statistics import tails

Word = Literal["safe", "worse", "not known"]


@dataclass(frozen=True)
class Guard:
    """`safe`: the arm is worse by less than the margin, if at all; `worse`: by more; `not known`: it may be either.

    `margin` is in the metric's unit. `log10_p` is the one-sided p-value of a harm of the margin or more; None for an
    always-valid reading, whose interval stands alone, and where there is a `reason`.
    """

    word: Word
    margin: float
    log10_p: float | None = None
    reason: str | None = None


def guard(found: Effect | Readout, margin: float, *, share: bool = False, higher_is_better: bool = True) -> Guard:
    """Whether the arm is no worse than the control by `margin`, a number above 0 in the metric's unit.

    With `share` the margin is a part of the control's mean (0.02: two percent) and what is tested is arm - 0.98 *
    control, with the control's own uncertainty. The interval is two-sided: at 95 % a harm of the margin is called safe
    in 2.5 % of cases at most.

    Raises:
        QuestionError: a margin that is not above 0.
    """
    if not (margin > 0 and math.isfinite(margin)):
        raise QuestionError(f"margin={margin}: how much worse is still allowed is a number above 0")
    effect = found.effect if isinstance(found, Readout) else found
    if found.low is None or found.high is None or effect.mean is None or effect.mean_control is None or not effect.se:
        return Guard("not known", margin, reason=found.reason)
    if share and effect.mean_control <= 0:
        return Guard(
            "not known", margin, reason="a share of a control's mean of 0 or less is no margin: give it in units"
        )
    better = 1.0 if higher_is_better else -1.0
    # What the control is held to: itself less the margin as a share of it, or itself and the margin apart.
    held = 1 - better * margin if share else 1.0
    room = better * (effect.mean - held * effect.mean_control) + (0.0 if share else margin)
    se = math.hypot(effect.se_arm or 0.0, held * (effect.se_control or 0.0))
    half = (found.high - found.low) / 2 / effect.se * se
    word: Word = "safe" if room > half else "worse" if room < -half else "not known"
    allowed = margin * effect.mean_control if share else margin
    return Guard(word, allowed, _one_sided(room / se, effect.freedom) if isinstance(found, Effect) else None)


def _one_sided(statistic: float, freedom: float | None) -> float:
    tail = tails.log_normal(statistic) if freedom is None else tails.log_student(statistic, freedom)
    return tail / tails.LN10
