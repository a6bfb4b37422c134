"""Buying at random with a rate of one's own (NBD): fitted to counts, and how long such a customer may stay away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cherish.errors import Unanswerable
from cherish.spec.report import Run

_STEPS = 100
_ENOUGH = 1e-10
_ALIKE = 12.0
"""log r from which on all rates are one."""


@dataclass(frozen=True)
class Nbd:
    """Rates are gamma distributed with shape r and scale alpha (in units of time) over customers (Ehrenberg 1959)."""

    r: float
    alpha: float

    def wait(self, x: Any, age: Any, share: float) -> Any:
        """The time by which a customer with x returns in `age` has come back with probability `share`.

        The smallest t with ((alpha + age) / (alpha + age + t)) ** (r + x) <= 1 - share, in closed form.
        """
        return (self.alpha + age) * np.expm1(-np.log1p(-share) / (self.r + x))


def fitted(days: Any, today: int, run: Run) -> Nbd:
    """The parameters most likely for the returns of all customers, each over the time since the first day.

    Raises:
        Unanswerable: nobody came back.
    """
    each = days.group_by("customer_id").agg(x=days.count() - 1, t=(today - 1) - days.d.min())
    found = run(each.group_by("x", "t").agg(n=each.count()).order_by("x", "t"))
    x, t, n = (found[name].to_numpy().astype(np.float64) for name in ("x", "t", "n"))
    x, t, n = (part[t > 0] for part in (x, t, n))
    if not n.size or (x * n).sum() == 0:
        raise Unanswerable("rule=nbd: nobody has come back yet, so there is no rate to learn; try rule=novo_mean")
    return most_likely(x, t, n)


def most_likely(x: Any, t: Any, n: Any) -> Nbd:
    """The maximum of the likelihood of n customers each with x events in a time t: Newton's steps on a log scale.

    Where customers differ no more than chance makes them there is none: r and alpha grow without end at one rate, and
    the steps stop where that can't be told from one rate for all.
    """
    at = np.array([0.0, np.log((t * n).sum() / (x * n).sum())])
    best, slope, bend = _likelihood(at, x, t, n)
    for _ in range(_STEPS):
        move = _uphill(slope, bend)
        size = 1.0
        while size > 1e-9 and not (there := _likelihood(at + size * move, x, t, n))[0] >= best:
            size /= 2
        if size <= 1e-9 or at[0] > _ALIKE:
            break
        at, (best, slope, bend) = at + size * move, there
        if np.abs(size * move).max() < _ENOUGH:
            break
    return Nbd(*(float(value) for value in np.exp(at)))


def _uphill(slope: Any, bend: Any) -> Any:
    """Newton's step where the surface is a hill, else along the slope; never a jump of more than e squared."""
    hill = bend[0, 0] < 0 and np.linalg.det(bend) > 0
    move = -np.linalg.solve(bend, slope) if hill else slope / max(np.abs(slope).max(), 1e-300)
    return move * min(1.0, 2.0 / max(np.abs(move).max(), 1e-300))


def _likelihood(at: Any, x: Any, t: Any, n: Any) -> tuple[float, Any, Any]:
    """The log-likelihood at log r and log alpha without its constant, its slope and its second derivatives."""
    r, alpha = np.exp(at)
    places = x.astype(np.int64)
    steps = r + np.arange(places.max() + 1)
    # Gamma(r + x) / Gamma(r) is a product of whole steps, and so are its derivatives sums of them.
    log, one, two = (np.concatenate([[0.0], np.cumsum(part)[:-1]])[places] for part in (
        np.log(steps), 1 / steps, -1 / steps**2))  # fmt: skip
    both = np.log(alpha + t)
    value = float((n * (log + r * at[1] - (r + x) * both)).sum())
    by_r, by_alpha = (n * (one + at[1] - both)).sum(), (n * (r / alpha - (r + x) / (alpha + t))).sum()
    rr, aa = (n * two).sum(), (n * ((r + x) / (alpha + t) ** 2 - r / alpha**2)).sum()
    ra = (n * (1 / alpha - 1 / (alpha + t))).sum()
    slope = np.array([r * by_r, alpha * by_alpha])
    bend = np.array([[r * r * rr, r * alpha * ra], [r * alpha * ra, alpha * alpha * aa]]) + np.diag(slope)
    return value, slope, bend
