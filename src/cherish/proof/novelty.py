"""Novelty: does an effect wear off (or grow) with the days since a customer was first exposed?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cherish.errors import QuestionError
from cherish.proof.effects import Effect, difference
from cherish.proof.moments import Moments

Word = Literal["wears off", "grows", "no trend seen", "not known"]
_TREND = "trend"


@dataclass(frozen=True)
class Novelty:
    """The effect on each span since exposure, and `trend`, the effect on each customer's own slope per day.

    `wears off` where the trend is against the mean effect and its interval excludes 0, `grows` where it goes with it.
    """

    word: Word
    spans: tuple[Effect, ...]
    trend: Effect


def novelty(
    treated: Moments, control: Moments, columns: Sequence[str], days: Sequence[float], level: float = 0.95,
    *, metric: str | None = None, arm: str = "treated", against: str = "control",
) -> Novelty:  # fmt: skip
    """The check on `columns`, what a customer did in each span since exposure, and `days`, the middle of each span.

    Only customers whose spans are all over may be in: else later spans would hold other customers than earlier ones.
    One customer's spans go together; the slope is therefore taken within each customer (least squares over spans) and
    compared between arms, which needs no assumption on how they do.

    Raises:
        QuestionError: less than two spans, two at one day, or columns and days of different number.
    """
    middle = np.asarray(days, dtype=np.float64)
    if len(columns) != middle.size or middle.size < 2 or np.unique(middle).size < middle.size:
        raise QuestionError("a trend since exposure needs two spans or more, a column and a different day for each")
    apart = middle - middle.mean()
    weights = dict(zip(columns, map(float, apart / (apart**2).sum()), strict=True))
    spans = tuple(difference(treated, control, each, level=level, arm=arm, against=against) for each in columns)
    one, other = treated.with_sum(_TREND, weights), control.with_sum(_TREND, weights)
    trend = difference(one, other, _TREND, level=level, metric=metric, arm=arm, against=against)
    return Novelty(_word(spans, trend), spans, trend)


def _word(spans: tuple[Effect, ...], trend: Effect) -> Word:
    known = [each.estimate for each in spans if each.estimate is not None]
    if trend.estimate is None or trend.excludes_zero is None:
        return "not known"
    if not trend.excludes_zero:
        return "no trend seen"
    return "grows" if (sum(known) > 0) == (trend.estimate > 0) else "wears off"
