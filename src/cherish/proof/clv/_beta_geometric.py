"""What BG/NBD and MBG/NBD share: purchases at a gamma rate, dropout by a beta chance after a purchase.

The two differ in one point: whether a customer may drop out right after the very first purchase. With k the number
of dropout chances that were survived for certain (x - 1, or x where the first purchase counts too), both have the
likelihood L = A1 A2 (1/(alpha+T)^(r+x) + [k >= 0] a/(b+k) 1/(alpha+t_x)^(r+x)), A1 = Gamma(r+x) alpha^r / Gamma(r),
A2 = B(a, b+k+1) / B(a, b). All of it is computed in logarithms.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np

from cherish.proof.clv import special
from cherish.proof.clv._dropping import purchases
from cherish.proof.clv.cells import Cells, Floats, dot
from cherish.proof.clv.discount import discounted, forever
from cherish.proof.clv.fitting import Fitting, Likelihood, maximise

NAMES = ("r", "alpha", "a", "b")


@dataclass(frozen=True)
class BetaGeometric:
    """The parameters (r, alpha: purchase rates; a, b: chances of dropout), and what follows from them."""

    r: float
    alpha: float
    a: float
    b: float
    fitting: Fitting | None = field(default=None, compare=False, repr=False, kw_only=True)

    name: ClassVar[str]
    first: ClassVar[int]
    """1 where a customer may drop out right after the first purchase, else 0."""

    @classmethod
    def fit(cls, cells: Cells) -> Self:
        """The likeliest parameters; raises `Unanswerable` where too few customers came back."""
        cells.enough(cls.name)
        scale = 4 * cells.unit
        starts = [(0.5, scale, 1.0, 2.0), (0.2, 5 * scale, 0.3, 3.0), (1.5, 2 * scale, 2.0, 10.0)]
        found, fitting = maximise(likelihood(cells, cls.first), NAMES, starts, cells.total, units=(1, cells.unit, 1, 1))
        return cls(*found, fitting=fitting)

    def loglik(self, cells: Cells) -> float:
        """The log-likelihood of customers under these parameters."""
        return likelihood(cells, self.first)(np.array([self.r, self.alpha, self.a, self.b]))[0]

    def alive(self, repeats: Any, last: Any, age: Any) -> Floats:
        """P(alive) of customers with this past."""
        x, t, end = (np.asarray(each, dtype=np.float64) for each in (repeats, last, age))
        return np.asarray(special.functions().expit(-self._dead(x, t, end)))

    def expected(self, time: Any) -> Floats:
        """Expected repeat purchases of a new customer within `time`."""
        t = np.asarray(time, dtype=np.float64)
        kept = self.b / (self.a + self.b) if self.first else 1.0
        return kept * purchases(self.r, self.a, self.b + self.first, t / self.alpha)

    def ahead(self, time: Any, repeats: Any, last: Any, age: Any) -> Floats:
        """Expected purchases within `time` from now, of customers with this past."""
        t, x, seen, end = (np.asarray(each, dtype=np.float64) for each in (time, repeats, last, age))
        living = purchases(self.r + x, self.a, self.b + self.first + x, t / (self.alpha + end))
        return np.asarray(living * self.alive(x, seen, end))

    def chance(self, count: Any, time: Any) -> Floats:
        """P(X(time) = count): how likely a new customer makes so many repeat purchases within `time`."""
        x, t = (np.asarray(each, dtype=np.float64) for each in (count, time))
        k, sp, betaln = x - 1 + self.first, special.functions(), special.log_beta
        part = t / (self.alpha + t)
        log_count = sp.gammaln(self.r + x) - sp.gammaln(self.r) - sp.gammaln(x + 1)
        log_count = log_count + self.r * np.log1p(-part) + sp.xlogy(x, part)
        stayed = np.exp(betaln(self.a, self.b + k + 1) - betaln(self.a, self.b) + log_count)
        enough = np.where(x > 0, sp.betainc(np.maximum(x, 1), self.r, part), 1.0)
        left = np.exp(betaln(self.a + 1, self.b + np.maximum(k, 0)) - betaln(self.a, self.b))
        return np.asarray(stayed + np.where(k >= 0, left * enough, 0.0))

    def worth(self, rate: float, repeats: Any, last: Any, age: Any, horizon: float | None = None) -> Floats:
        """Purchases ahead, each discounted at the continuous `rate` per unit of time; `horizon` None: for ever."""

        def ahead(time: float) -> Floats:
            return self.ahead(time, repeats, last, age)

        return forever(ahead, rate) if horizon is None else discounted(ahead, rate, horizon)

    def _dead(self, x: Floats, t: Floats, end: Floats) -> Floats:
        """The logarithm of the odds of having dropped out; minus infinity where that can't be."""
        k = x - 1 + self.first
        with np.errstate(divide="ignore"):
            ahead = np.where(k >= 0, np.log(self.a) - np.log(np.maximum(self.b + k, 0)), -np.inf)
        return np.asarray(ahead + (self.r + x) * np.log((self.alpha + end) / (self.alpha + t)))


def likelihood(cells: Cells, first: int) -> Likelihood:
    """The log-likelihood of the cells and its slopes; logarithms are taken once for each distinct time and count."""
    sp, n, total = special.functions(), cells.customers, float(cells.customers.sum())
    x, of_x = np.unique(cells.repeats, return_inverse=True)
    last, of_last = np.unique(cells.last, return_inverse=True)
    age, of_age = np.unique(cells.age, return_inverse=True)
    k, per_x = x - 1 + first, np.bincount(of_x, weights=n).astype(float)
    can = k >= 0

    def value(parameters: Floats) -> tuple[float, Floats]:
        r, alpha, a, b = parameters
        with np.errstate(divide="ignore"):
            chance = np.where(can, np.log(a) - np.log(np.where(can, b + k, 1.0)), -np.inf)
        late, early = np.log(alpha + age)[of_age], np.log(alpha + last)[of_last]
        power = (r + x)[of_x]
        odds = chance[of_x] + power * (late - early)
        gone = sp.expit(odds)
        base = np.where(can, sp.betaln(a, b + k + 1) - sp.betaln(a, b), 0.0)
        base += sp.gammaln(r + x) - sp.gammaln(r) + r * np.log(alpha)
        both = float((n * (np.logaddexp(0.0, odds) - power * late)).sum())
        lost, kept = n * gone, n * (1 - gone)
        per_gone = np.bincount(of_x, weights=lost).astype(float)
        joint = np.where(can, sp.digamma(a + b) - sp.digamma(a + b + k + 1), 0.0)
        slope_r = dot(per_x, sp.digamma(r + x) - sp.digamma(r) + np.log(alpha)) - dot(kept, late) - dot(lost, early)
        slope_alpha = total * r / alpha - dot(kept * power, (1 / (alpha + age))[of_age])
        slope_alpha -= dot(lost * power, (1 / (alpha + last))[of_last])
        slope_a = dot(per_x, joint) + float(per_gone.sum()) / a
        slope_b = dot(per_x, joint + np.where(can, sp.digamma(b + k + 1) - sp.digamma(b), 0.0))
        slope_b -= dot(per_gone, np.where(can, 1 / np.where(can, b + k, 1.0), 0.0))
        return dot(per_x, base) + both, np.array([slope_r, slope_alpha, slope_a, slope_b])

    return value
