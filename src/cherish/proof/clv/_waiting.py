"""The integral behind Pareto/NBD: of all moments at which a silent customer may have left, weighted by the chances.

I = integral over tau from t_x to T of (alpha + tau)^-(r+x) (beta + tau)^-(s+1). The papers write it as a difference of
two hypergeometric functions, which loses its digits where both are nearly equal (132 purchases give 6.2, 133 give
nothing). Gauss-Legendre over u = log(min(alpha, beta) + tau) adds only positive numbers, keeps its slopes, and is good
to some twelve digits: the integrand's nearest singularity is pi away from the real line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from cherish.proof.clv.cells import Floats

_NODES = 32
_TAIL = 40.0
"""Where the integrand has fallen by so many powers of e, the rest is nothing."""
_SLICE = 8_192


@dataclass(frozen=True)
class Waited:
    """The logarithm of the integral, and (where asked for) the means of what its slopes are made of.

    The means are over tau, weighted by the integrand: of log(alpha+tau), 1/(alpha+tau), log(beta+tau), 1/(beta+tau).
    """

    log: Floats
    means: tuple[Floats, ...] = ()


def waited(
    power: Floats, alpha: float, other: float, beta: float, last: Floats, age: Floats, slopes: bool = False
) -> Waited:
    """log of the integral of (alpha+tau)^-power (beta+tau)^-other from `last` to `age`; -inf where they are equal.

    `power`, `last` and `age` are arrays of one length.
    """
    parts = [_part(power[at], alpha, other, beta, last[at], age[at], slopes) for at in _slices(len(power))]
    log = np.concatenate([part.log for part in parts]) if parts else np.zeros(0)
    if not slopes:
        return Waited(log)
    return Waited(log, tuple(np.concatenate(each) for each in zip(*(part.means for part in parts), strict=True)))


def _part(
    power: Floats, alpha: float, other: float, beta: float, last: Floats, age: Floats, slopes: bool
) -> Waited:  # fmt: skip
    near, far = min(alpha, beta), max(alpha, beta)
    with np.errstate(over="ignore"):
        fallen = (alpha + last) * np.exp(_TAIL / np.maximum(power - 1, 0.05)) - alpha
    start, end = np.log(near + last), np.log(near + np.minimum(age, fallen))
    points, weights = _rule()
    u = start[:, None] + (end - start)[:, None] * points
    beyond = np.log(np.exp(u) + (far - near))
    of_alpha, of_beta = (u, beyond) if alpha <= beta else (beyond, u)
    height = u - power[:, None] * of_alpha - other * of_beta
    top = height.max(axis=1)
    mass = np.exp(height - top[:, None]) * weights
    area = mass.sum(axis=1)
    with np.errstate(divide="ignore"):
        log = top + np.log(area) + np.log(end - start)
    if not slopes:
        return Waited(log)
    mass /= area[:, None]
    return Waited(
        log,
        (
            (mass * of_alpha).sum(axis=1), (mass * np.exp(-of_alpha)).sum(axis=1),
            (mass * of_beta).sum(axis=1), (mass * np.exp(-of_beta)).sum(axis=1),
        ),
    )  # fmt: skip


@cache
def _rule() -> tuple[Floats, Floats]:
    points, weights = np.polynomial.legendre.leggauss(_NODES)
    return (points + 1) / 2, weights / 2


def _slices(count: int) -> Iterator[slice]:
    """Slices small enough for the processor's cache, whatever the number of rows."""
    return (slice(start, start + _SLICE) for start in range(0, count, _SLICE))
