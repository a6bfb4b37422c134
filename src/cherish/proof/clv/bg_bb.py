"""BG/BB: purchases at fixed occasions (a campaign, a season, a year), until the customer leaves unseen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np

from cherish.errors import QuestionError, Unanswerable
from cherish.proof.clv import special
from cherish.proof.clv.cells import LEAST, Floats, dot, grouped
from cherish.proof.clv.fitting import Fitting, maximise, slopes

NAMES = ("alpha", "beta", "gamma", "delta")


@dataclass(frozen=True)
class Occasions:
    """Customers by how often they bought (x), at which occasion last (t_x, 0: at none) and of how many (n)."""

    repeats: Floats
    last: Floats
    occasions: Floats
    customers: Floats

    @classmethod
    def of(cls, repeats: Any, last: Any, occasions: Any, customers: Any = 1) -> Self:
        """Group arrays of equal length; raises `QuestionError` where a row can't be."""
        given = (np.asarray(each, dtype=np.float64) for each in (repeats, last, occasions, customers))
        x, t, n, count = (np.atleast_1d(each) for each in np.broadcast_arrays(*given))
        whole = (x == np.floor(x)) & (t == np.floor(t)) & (n == np.floor(n))
        if not (whole & (x >= 0) & (x <= t) & (t <= n) & ((x > 0) == (t > 0)) & (count > 0)).all():
            raise QuestionError("BG/BB takes whole numbers with 0 <= bought <= last occasion <= occasions")
        return cls(*grouped((x, t, n), count))


@dataclass(frozen=True)
class BgBb:
    """Fader, Hardie & Shang 2010, *Customer-Base Analysis in a Discrete-Time Noncontractual Setting*.

    alpha, beta: the chances to buy at an occasion; gamma, delta: the chances to leave before one.
    """

    alpha: float
    beta: float
    gamma: float
    delta: float
    fitting: Fitting | None = field(default=None, compare=False, repr=False, kw_only=True)

    name: ClassVar[str] = "BG/BB"

    def loglik(self, cells: Occasions) -> float:
        """The log-likelihood of customers under these parameters."""
        return dot(cells.customers, self._log(cells.repeats, cells.last, cells.occasions))

    def alive(self, repeats: Any, last: Any, occasions: Any) -> Floats:
        """P(alive) at the next occasion."""
        x, t, n = _flat(repeats, last, occasions)
        log = self._bought(x, n) + self._stayed(n + 1) - self._log(x, t, n)
        return np.asarray(np.exp(log).reshape(np.broadcast(repeats, last, occasions).shape))

    def expected(self, occasions: int) -> float:
        """Expected purchases of a new customer at so many occasions."""
        return float(self.alpha / (self.alpha + self.beta) * np.exp(self._stayed(np.arange(1, occasions + 1))).sum())

    def ahead(self, more: int, repeats: Any, last: Any, occasions: Any) -> Floats:
        """Expected purchases at the next `more` occasions, of customers with this past."""
        n = np.asarray(occasions, dtype=np.float64)
        steps = np.arange(1, more + 1)
        lasting = np.exp(self._stayed(n[..., None] + steps) - self._stayed(n[..., None] + 1)).sum(axis=-1)
        return np.asarray(self._rate(repeats, n) * self.alive(repeats, last, occasions) * lasting)

    def chance(self, count: Any, occasions: int) -> Floats:
        """P(X = count): how likely a new customer buys so many times at so many occasions."""
        x = np.atleast_1d(np.asarray(count, dtype=np.float64))[:, None]
        i = np.arange(occasions + 1)
        choose = _choose(i, x)
        leaving = np.where(i < occasions, self._left(i), self._stayed(np.asarray(occasions)))
        with np.errstate(invalid="ignore"):
            log = np.where(i >= x, choose + self._bought(x, np.maximum(i, x)) + leaving, -np.inf)
        return np.asarray(np.exp(log).sum(axis=1).reshape(np.shape(count)))

    def worth(self, discount: float, repeats: Any, last: Any, occasions: Any) -> Floats:
        """Purchases ahead for ever, the k-th occasion from now discounted by (1 + discount)^k."""
        if not discount > 0:
            raise QuestionError(f"the discount per occasion must be above 0, as 0.1, not {discount:g}")
        n = np.asarray(occasions, dtype=np.float64)
        both = self.gamma + self.delta + n + 1
        lasting = special.functions().hyp2f1(1, self.delta + n + 1, both, 1 / (1 + discount)) / (1 + discount)
        return np.asarray(self._rate(repeats, n) * self.alive(repeats, last, occasions) * lasting)

    def _rate(self, repeats: Any, n: Floats) -> Floats:
        return np.asarray((self.alpha + np.asarray(repeats)) / (self.alpha + self.beta + n))

    def _bought(self, x: Floats, n: Floats) -> Any:
        betaln = special.log_beta
        return betaln(self.alpha + x, self.beta + n - x) - betaln(self.alpha, self.beta)

    def _stayed(self, n: Any) -> Any:
        betaln = special.log_beta
        return betaln(self.gamma, self.delta + n) - betaln(self.gamma, self.delta)

    def _left(self, n: Any) -> Any:
        betaln = special.log_beta
        return betaln(self.gamma + 1, self.delta + n) - betaln(self.gamma, self.delta)

    def _log(self, x: Floats, t: Floats, n: Floats) -> Floats:
        """log L of each row: alive after all occasions, or gone after one of those since the last purchase."""
        total = self._bought(x, n) + self._stayed(n)
        for silent in range(int((n - t).max(initial=0))):
            seen = t + silent
            gone = self._bought(x, np.minimum(seen, n)) + self._left(seen)
            total = np.where(seen < n, np.logaddexp(total, gone), total)
        return np.asarray(total)


def fit(cells: Occasions) -> BgBb:
    """The likeliest parameters; raises `Unanswerable` where too few customers bought at an occasion."""
    buyers = int(cells.customers[cells.repeats > 0].sum())
    if buyers < LEAST:
        raise Unanswerable(f"BG/BB needs at least {LEAST} customers who bought at an occasion; there are {buyers}")

    def value(parameters: Floats) -> float:
        return BgBb(*(float(each) for each in parameters)).loglik(cells)

    starts = [(1.0, 1.0, 0.5, 2.0), (0.5, 2.0, 1.0, 5.0), (2.0, 1.0, 0.3, 1.0)]
    found, fitting = maximise(slopes(value), NAMES, starts, int(cells.customers.sum()))
    return BgBb(*found, fitting=fitting)


def _choose(n: Any, k: Any) -> Any:
    sp = special.functions()
    return sp.gammaln(n + 1.0) - sp.gammaln(k + 1.0) - sp.gammaln(np.maximum(n - k, 0) + 1.0)


def _flat(*given: Any) -> tuple[Floats, ...]:
    arrays = np.broadcast_arrays(*(np.asarray(one, dtype=np.float64) for one in given))
    return tuple(np.atleast_1d(each).ravel() for each in arrays)
