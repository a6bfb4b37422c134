"""Customer lifetime value: margin times spend per purchase times discounted purchases; a shortcut for contracts."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from cherish.errors import QuestionError
from cherish.proof.clv.cells import Floats
from cherish.proof.clv.discount import RATE
from cherish.proof.clv.gamma_gamma import GammaGamma


class Purchases(Protocol):
    """A fitted model of purchases: BG/NBD, MBG/NBD or Pareto/NBD."""

    def worth(self, rate: float, repeats: Any, last: Any, age: Any, horizon: float | None = None) -> Floats:
        """Discounted purchases ahead."""
        ...


def lifetime_value(
    purchases: Purchases, spend: GammaGamma, *, repeats: Any, last: Any, age: Any, mean: Any,
    margin: float = 1.0, rate: float = RATE, horizon: float | None = None,
) -> Floats:  # fmt: skip
    """margin x E[M] x discounted purchases, per customer (Fader, Hardie & Lee 2005).

    `rate` is the continuous discount per unit of time; with a `horizon`, increments of expected purchases are
    discounted unit by unit up to it; without, continuously for ever. Refunds, costs of acquisition and what a
    customer brings through others are not in it.
    """
    if not 0 < margin <= 1:
        raise QuestionError(
            f"margin is the share of money that is left of a sale, above 0 and at most 1, not {margin:g}"
        )
    ahead = purchases.worth(rate, repeats, last, age, horizon)
    return np.asarray(margin * spend.mean(repeats, mean) * ahead)


def contract_value(margin: float, retention: float, discount: float, *, paid_now: bool = True) -> float:
    """The value of a contract with a constant chance of renewal: m (1+d) / (1+d-r), less m where the first is paid.

    `margin` is money per period, `retention` the chance to renew and `discount` the rate, both per period. A constant
    chance undervalues customers who have stayed: see `sbg`.
    """
    if not 0 <= retention <= 1:
        raise QuestionError(f"retention is a chance from 0 to 1, not {retention:g}")
    if not discount > retention - 1 or discount <= 0:
        raise QuestionError(f"the discount per period must be above 0, as 0.1, not {discount:g}")
    return margin * (1 + discount) / (1 + discount - retention) - (0.0 if paid_now else margin)
