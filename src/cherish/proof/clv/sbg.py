"""sBG: contracts that are renewed or not; the chance to renew rises with tenure because the leavers have left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from cherish.errors import QuestionError, Unanswerable
from cherish.proof.clv import special
from cherish.proof.clv.cells import LEAST, Floats, dot
from cherish.proof.clv.fitting import Fitting, maximise, slopes

NAMES = ("alpha", "beta")


@dataclass(frozen=True)
class Sbg:
    """Fader & Hardie 2007, *How to Project Customer Retention*: churn chances of customers follow a beta law.

    Retention rises with tenure through sorting alone: never read that as growing loyalty.
    """

    alpha: float
    beta: float
    fitting: Fitting | None = field(default=None, compare=False, repr=False, kw_only=True)

    name: ClassVar[str] = "sBG"

    def survival(self, period: Any) -> Floats:
        """The share of starters who are still there after so many renewals."""
        t, betaln = np.asarray(period, dtype=np.float64), special.log_beta
        return np.asarray(np.exp(betaln(self.alpha, self.beta + t) - betaln(self.alpha, self.beta)))

    def retention(self, period: Any) -> Floats:
        """The share of those there at the start of a period (1, 2, ...) who renew at its end."""
        t = np.asarray(period, dtype=np.float64)
        return np.asarray((self.beta + t - 1) / (self.alpha + self.beta + t - 1))

    def worth(self, discount: float, renewals: Any = 0) -> Floats:
        """Discounted renewals to come, the next one included in full, of somebody who renewed `renewals` times so far.

        The chance of each, discounted from the next one on (Fader & Hardie 2010, the discounted expected residual
        lifetime just before the next renewal).
        """
        if not discount > 0:
            raise QuestionError(f"the discount per period must be above 0, as 0.1, not {discount:g}")
        done = np.asarray(renewals, dtype=np.float64)
        left, all_ = self.beta + done, self.alpha + self.beta + done
        return np.asarray(left / all_ * special.functions().hyp2f1(1, left + 1, all_ + 1, 1 / (1 + discount)))


def fit(survivors: Sequence[float]) -> Sbg:
    """The likeliest parameters from counts of survivors: starters first, then those left after each renewal.

    Raises `QuestionError` where the counts rise or are fewer than three, `Unanswerable` where too few left.
    """
    left = np.asarray(survivors, dtype=np.float64)
    if len(left) < 3 or not (np.isfinite(left).all() and (left >= 0).all() and (np.diff(left) <= 0).all()):
        raise QuestionError("sBG takes how many were there at the start and after each of two renewals or more, "
                            "none of them above the one before")  # fmt: skip
    gone = -np.diff(left)
    if gone.sum() < LEAST:
        raise Unanswerable(f"sBG needs at least {LEAST} customers who left; {gone.sum():.0f} of {left[0]:.0f} did")
    betaln, periods = special.log_beta, np.arange(1, len(left))

    def value(parameters: Floats) -> float:
        alpha, beta = parameters
        died = betaln(alpha + 1, beta + periods - 1) - betaln(alpha, beta)
        stayed = betaln(alpha, beta + periods[-1]) - betaln(alpha, beta)
        return dot(gone, died) + float(left[-1] * stayed)

    starts = [(1.0, 1.0), (0.5, 3.0), (3.0, 10.0)]
    found, fitting = maximise(slopes(value), NAMES, starts, int(left[0]))
    return Sbg(*found, fitting=fitting)
