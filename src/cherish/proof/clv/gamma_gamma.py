"""Gamma-gamma: what a purchase of a customer is worth on average, shrunk to everybody's where little was seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from cherish.errors import Unanswerable
from cherish.proof.clv import special
from cherish.proof.clv.cells import LEAST, Floats, Spends, dot
from cherish.proof.clv.fitting import Fitting, Likelihood, maximise

NAMES = ("p", "q", "gamma")
_RELATED = 0.2
"""Past this correlation, spend and frequency are told to be related, which the model takes them not to be."""


@dataclass(frozen=True)
class GammaGamma:
    """Colombo & Jiang 1999; Fader, Hardie & Lee 2005, *RFM and CLV*: p, q, gamma of the spend per purchase.

    The mean goes over *repeat* purchase days only; customers with a mean of zero or less are left out, and said so.
    """

    p: float
    q: float
    gamma: float
    fitting: Fitting | None = field(default=None, compare=False, repr=False, kw_only=True)

    name: ClassVar[str] = "gamma-gamma"

    def loglik(self, spends: Spends) -> float:
        """The log-likelihood of mean spends under these parameters."""
        return likelihood(spends)(np.array([self.p, self.q, self.gamma]))[0]

    def mean(self, repeats: Any, mean: Any) -> Floats:
        """Expected spend per purchase of customers with `repeats` purchases of `mean`; without any, everybody's mean.

        A population mean exists for q > 1 only; else customers without repeats get null (nan).
        """
        x = np.asarray(repeats, dtype=np.float64)
        m = np.where(x > 0, np.asarray(mean, dtype=np.float64), 0.0)
        below = self.p * x + self.q - 1
        return np.asarray(np.where(below > 0, self.p * (self.gamma + x * m) / np.where(below > 0, below, 1), np.nan))


def fit(spends: Spends) -> GammaGamma:
    """The likeliest parameters; raises `Unanswerable` where too few customers are left to learn from."""
    told = _left_out(spends)
    if spends.total < LEAST:
        raise Unanswerable(
            f"gamma-gamma needs at least {LEAST} customers whose repeat orders are worth more than 0; there are "
            f"{spends.total:,}" + (f" ({told})" if told else "")
        )
    middle = float(np.average(spends.mean, weights=spends.customers))
    starts = [(2.0, 3.0, middle), (6.0, 4.0, middle / 2), (1.0, 1.5, middle / 2)]
    notes = ((told,) if told else ()) + _related(spends)
    found, fitting = maximise(likelihood(spends), NAMES, starts, spends.total, notes, units=(1, 1, middle / 10))
    return GammaGamma(*found, fitting=fitting)


def likelihood(spends: Spends) -> Likelihood:
    """The log-likelihood of the spends and its slopes; gamma functions are asked once for each count of repeats."""
    sp, n, x, m = special.functions(), spends.customers, spends.repeats, spends.mean
    counts, of_count = np.unique(x, return_inverse=True)
    per_count, total, spent = np.bincount(of_count, weights=n).astype(float), float(n.sum()), x * m
    logs, logs_each, each_repeat = dot(n, np.log(m)), dot(n, x * np.log(m)), n * x

    def value(parameters: Floats) -> tuple[float, Floats]:
        p, q, gamma = parameters
        summed, px = np.log(spent + gamma), p * counts
        base = sp.gammaln(px + q) - sp.gammaln(px) - sp.gammaln(q) + q * np.log(gamma) + px * np.log(counts)
        per_repeat, per_customer = dot(each_repeat, summed), dot(n, summed)
        loglik = dot(per_count, base) + p * logs_each - logs - p * per_repeat - q * per_customer
        rising = sp.digamma(px + q)
        slope_p = dot(per_count, counts * (rising - sp.digamma(px) + np.log(counts))) + logs_each - per_repeat
        slope_q = dot(per_count, rising) + total * (np.log(gamma) - sp.digamma(q)) - per_customer
        slope_gamma = total * q / gamma - dot(each_repeat * p + n * q, 1 / (spent + gamma))
        return float(loglik), np.array([slope_p, slope_q, slope_gamma])

    return value


def _left_out(spends: Spends) -> str:
    if not spends.left_out:
        return ""
    return f"{spends.left_out:,} customers whose repeat orders are worth 0 or less in all were left out"


def _related(spends: Spends) -> tuple[str, ...]:
    related = spends.correlation
    if related is None or abs(related) < _RELATED:
        return ()
    return (
        f"how often and how much are related (correlation {related:.2f}): gamma-gamma takes them to be independent, "
        "so it misjudges the spend of the most frequent",
    )
