"""Expected purchases under a chance of dropout that nobody knows: the mean that BG/NBD and MBG/NBD predict by.

Who buys at a gamma rate (shape `power`, scale S) and drops out with chance p after each purchase is expected to buy
(1 - (1 + p w)^-power) / p times within a time t = w S. The mean over p ~ Beta(a, b) is what the papers write as
(a+b-1)/(a-1) (1 - (1+w)^-power 2F1(power, b; a+b-1; w/(1+w))), which has a hole at a = 1, and loses all digits where
large numbers are divided by each other (a household that shops daily). Gauss-Jacobi adds positive terms only; where
it would need too many nodes, steps in the logarithm of the odds of p take over; and for b < 1, where the law has a
pole at 1, the hypergeometric function in Euler's form, without large numbers in between.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from cherish.proof.clv import special
from cherish.proof.clv.cells import Floats

_NODES = 96
_NUDGE = 1e-8
_LARGE = 30.0
_GATHERED = 8.0
"""From this a on the law has next to no weight near 0, where the rest is steep."""
_FAR = 200.0
_SLICE = 8_192
_STEEP = 400.0
_STEPS = 320


def purchases(power: Any, a: float, b: Any, w: Any) -> Floats:
    """The mean over p ~ Beta(a, b) of (1 - (1 + p w)^-power) / p, for arrays that broadcast together."""
    given = np.broadcast_arrays(*(np.asarray(each, dtype=np.float64) for each in (power, b, w)))
    k, left, far = (np.atleast_1d(each).ravel() for each in given)
    reach = (a + _LARGE) / (a + left + _LARGE) * far
    easy = (a > _GATHERED) | ((reach <= _FAR) & (reach * k <= _STEEP))
    found = np.empty(len(k))
    for way, rows in ((_by_nodes, easy), (_by_steps, ~easy & (left >= 1)), (_by_function, ~easy & (left < 1))):
        found[rows] = way(k[rows], a, left[rows], far[rows])
    return found.reshape(given[0].shape)


def _by_nodes(power: Floats, a: float, b: Floats, w: Floats) -> Floats:
    found = np.empty(len(power))
    distinct, place = np.unique(b, return_inverse=True)
    order = np.argsort(place, kind="stable")
    ends = np.searchsorted(place[order], np.arange(len(distinct) + 1))
    for at, each in enumerate(distinct):
        chance, weight = _rule(a, float(each))
        for start in range(ends[at], ends[at + 1], _SLICE):
            rows = order[start : min(start + _SLICE, ends[at + 1])]
            stopped = -np.expm1(-power[rows, None] * np.log1p(w[rows, None] * chance)) / chance
            found[rows] = (stopped * weight).sum(axis=1)
    return found


def _by_steps(power: Floats, a: float, b: Floats, w: Floats) -> Floats:
    """k w (1 - the mean of 1 - g), g = (1 - (1+pw)^-k) / (k w p): what is averaged vanishes at both ends.

    The trapezoidal rule in v = log(p / (1-p)) is then good to all digits but those that 1 - 1 loses.
    """
    found = np.empty(len(power))
    for start in range(0, len(power), _SLICE // 8):
        at = slice(start, start + _SLICE // 8)
        k, far, right = (each[at, None] for each in (power, w, b))
        low, high = -np.log(np.maximum(k * far, 1)) - 42 / (1 + a), np.log(np.expm1((45 + 4 * a) / right))
        step = (high - low) / _STEPS
        v = low + step * np.arange(_STEPS + 1)
        stay, p = -np.logaddexp(0, v), special.functions().expit(v)
        law = np.exp(a * (v + stay) + right * stay - special.log_beta(a, right))
        bent = 1 + np.expm1(-k * np.log1p(p * far)) / (k * far * p)
        found[at] = (k * far)[:, 0] * (1 - (law * bent).sum(axis=1) * step[:, 0])
    return found


def _by_function(power: Floats, a: float, b: Floats, w: Floats) -> Floats:
    a = a if abs(a - 1) > _NUDGE else 1 + _NUDGE
    c = a + b - 1
    inner = special.functions().hyp2f1(c - power, a - 1, c, w / (1 + w)) * np.exp((1 - a) * np.log1p(w))
    return np.asarray(c / (a - 1) * (1 - inner))


@lru_cache(maxsize=1024)
def _rule(a: float, b: float) -> tuple[Floats, Floats]:
    """Nodes and weights of Gauss-Jacobi for Beta(a, b), by the eigenvalues of its recurrence (Golub & Welsch 1969)."""
    n = np.arange(1, _NODES)
    right, left = b - 1, a - 1
    both = 2 * n + right + left
    diagonal = np.concatenate([[(left - right) / (left + right + 2)], (left**2 - right**2) / (both * (both + 2))])
    side = 4 * n * (n + right) * (n + left) * (n + right + left) / (both**2 * (both + 1) * np.maximum(both - 1, 1e-300))
    side[0] = 4 * (1 + right) * (1 + left) / ((2 + right + left) ** 2 * (3 + right + left))
    matrix = np.diag(diagonal) + np.diag(np.sqrt(side), 1) + np.diag(np.sqrt(side), -1)
    nodes, vectors = np.linalg.eigh(matrix)
    return np.maximum((nodes + 1) / 2, np.finfo(float).tiny), vectors[0] ** 2
