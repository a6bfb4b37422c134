"""Pareto/NBD: purchases at a rate of the customer's own, until the customer leaves at a moment that nobody sees."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from cherish.proof.clv import special
from cherish.proof.clv._shared_waiting import SharedWaiting
from cherish.proof.clv._waiting import waited
from cherish.proof.clv.cells import Cells, Floats, dot
from cherish.proof.clv.discount import checked, discounted, fading
from cherish.proof.clv.fitting import Fitting, Likelihood, maximise

NAMES = ("r", "alpha", "s", "beta")


@dataclass(frozen=True)
class ParetoNbd:
    """Schmittlein, Morrison & Colombo 1987, *Counting Your Customers*: r, alpha of purchase rates, s, beta of dropout.

    With I the integral of `_waiting`, L = Gamma(r+x)/Gamma(r) alpha^r beta^s (1/((alpha+T)^(r+x) (beta+T)^s) + s I).
    Beware its paradox: of two customers last seen on the same day, the one who bought more often is expected to buy
    less, because such a silence is less like them.
    """

    r: float
    alpha: float
    s: float
    beta: float
    fitting: Fitting | None = field(default=None, compare=False, repr=False, kw_only=True)

    name: ClassVar[str] = "Pareto/NBD"

    def loglik(self, cells: Cells) -> float:
        """The log-likelihood of customers under these parameters."""
        return likelihood(cells)(np.array([self.r, self.alpha, self.s, self.beta]))[0]

    def alive(self, repeats: Any, last: Any, age: Any) -> Floats:
        """P(alive) of customers with this past."""
        x, t, end = _flat(repeats, last, age)
        log = waited(self.r + x, self.alpha, self.s + 1, self.beta, t, end).log
        odds = np.log(self.s) + log + (self.r + x) * np.log(self.alpha + end) + self.s * np.log(self.beta + end)
        return np.asarray(special.functions().expit(-odds)).reshape(np.broadcast(repeats, last, age).shape)

    def expected(self, time: Any) -> Floats:
        """Expected repeat purchases of a new customer within `time`."""
        return np.asarray(self.r / self.alpha * self._lasting(self.beta, np.asarray(time, dtype=np.float64)))

    def ahead(self, time: Any, repeats: Any, last: Any, age: Any) -> Floats:
        """Expected purchases within `time` from now, of customers with this past."""
        t, x, end = (np.asarray(each, dtype=np.float64) for each in (time, repeats, age))
        rate = (self.r + x) / (self.alpha + end)
        return np.asarray(self.alive(repeats, last, age) * rate * self._lasting(self.beta + end, t))

    def chance(self, count: Any, time: Any) -> Floats:
        """P(X(time) = count): how likely a new customer makes so many repeat purchases within `time`."""
        x, t = _flat(count, time)
        sp = special.functions()
        log = sp.gammaln(self.r + x) - sp.gammaln(self.r) - sp.gammaln(x + 1)
        stayed = np.exp(log + self.r * np.log(self.alpha / (self.alpha + t)) + sp.xlogy(x, t / (self.alpha + t))
                        + self.s * np.log(self.beta / (self.beta + t)))  # fmt: skip
        points, weights = np.polynomial.legendre.leggauss(64)
        near = min(self.alpha, self.beta)
        width = np.log1p(t / near)[:, None]
        u = width * (points + 1) / 2
        moment = near * np.expm1(u)
        part = moment / (self.alpha + moment)
        height = u + log[:, None] + self.r * np.log1p(-part) + sp.xlogy(x[:, None], part)
        height += np.log(near * self.s / self.beta) - (self.s + 1) * np.log1p(moment / self.beta)
        left = (np.exp(height) * weights / 2).sum(axis=1) * width[:, 0]
        return np.asarray(stayed + left).reshape(np.broadcast(count, time).shape)

    def worth(self, rate: float, repeats: Any, last: Any, age: Any, horizon: float | None = None) -> Floats:
        """Purchases ahead, each discounted at the continuous `rate` per unit of time; `horizon` None: for ever."""
        if horizon is not None:
            return discounted(lambda time: self.ahead(time, repeats, last, age), rate, horizon)
        checked(rate)
        x, end = (np.asarray(each, dtype=np.float64) for each in (repeats, age))
        ends, place = np.unique(end, return_inverse=True)
        lasting = ((self.beta + ends) * fading(rate * (self.beta + ends), self.s))[place].reshape(end.shape)
        return np.asarray(self.alive(repeats, last, age) * (self.r + x) / (self.alpha + end) * lasting)

    def _lasting(self, beta: Any, time: Floats) -> Any:
        """The expected part of `time` that is lived, for somebody alive now; smooth at s = 1."""
        grown, power = np.log1p(time / beta), self.s - 1
        return beta * (grown if power == 0 else -np.expm1(-power * grown) / power)


def fit(cells: Cells) -> ParetoNbd:
    """The likeliest parameters; raises `Unanswerable` where too few customers came back."""
    cells.enough(ParetoNbd.name)
    scale = 4 * cells.unit
    starts = [(0.5, 2 * scale, 0.5, 2 * scale), (1.0, 5 * scale, 1.0, 10 * scale), (0.3, scale, 1.5, 20 * scale)]
    found, fitting = maximise(likelihood(cells), NAMES, starts, cells.total, units=(1, cells.unit, 1, cells.unit))
    return ParetoNbd(*found, fitting=fitting)


def likelihood(cells: Cells) -> Likelihood:
    """The log-likelihood of the cells and its slopes."""
    sp, n, total = special.functions(), cells.customers, float(cells.customers.sum())
    x, of_x = np.unique(cells.repeats, return_inverse=True)
    per_x, waiting = np.bincount(of_x, weights=n).astype(float), SharedWaiting.of(cells)

    def value(parameters: Floats) -> tuple[float, Floats]:
        r, alpha, s, beta = parameters
        power = r + cells.repeats
        wait = waiting.at(r, alpha, s, beta)
        of_alpha, of_beta = np.log(alpha + cells.age), np.log(beta + cells.age)
        here = -power * of_alpha - s * of_beta
        gone = np.log(s) + wait.log
        lost = n * sp.expit(gone - here)
        kept = n - lost
        base = sp.gammaln(r + x) - sp.gammaln(r)
        loglik = dot(per_x, base) + total * (r * np.log(alpha) + s * np.log(beta)) + dot(n, np.logaddexp(here, gone))
        log_a, one_a, log_b, one_b = wait.means
        slope_r = dot(per_x, sp.digamma(r + x) - sp.digamma(r)) + total * np.log(alpha)
        slope_r -= dot(kept, of_alpha) + dot(lost, log_a)
        slope_alpha = total * r / alpha - dot(kept * power, 1 / (alpha + cells.age)) - dot(lost * power, one_a)
        slope_s = total * np.log(beta) - dot(kept, of_beta) + float(lost.sum()) / s - dot(lost, log_b)
        slope_beta = total * s / beta - s * dot(kept, 1 / (beta + cells.age)) - (s + 1) * dot(lost, one_b)
        return float(loglik), np.array([slope_r, slope_alpha, slope_s, slope_beta])

    return value


def _flat(*given: Any) -> tuple[Floats, ...]:
    """Arrays of one length from anything that broadcasts together."""
    return tuple(
        np.atleast_1d(each).ravel()
        for each in np.broadcast_arrays(*(np.asarray(one, dtype=np.float64) for one in given))
    )
