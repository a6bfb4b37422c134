"""Regressions by Newton's steps: the logit of a chance, the logarithm of a count, the logarithm of an amount.

All three are convex in the coefficients, so there is one best fit, and a step that is halved until it does not
overshoot leads down to it. A small ridge (half the squared slopes times `ridge`, columns being standardised) keeps
slopes finite where a column tells the groups apart without fail, and shares them where columns say the same. Customers
are passed over slice by slice, so that a million of them need no more memory than their columns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from cherish.errors import QuestionError
from cherish.proof.prediction.influence import Floats

RIDGE = 1.0
"""As if each standardised slope had been seen once, at zero, with a standard error of 1."""

_STEPS, _HALVES, _SMALL = 60, 40, 1e-13
_SLICE = 8_192
_MANY, _SOME = 200_000, 20_000
"""From so many customers on, the first steps are taken on so few of them, spread evenly; the last ones on all."""
_FAR = 50.0
"""Linear predictors are kept within this, e^50 from 1: beyond, floats tell nothing apart."""

Columns = Sequence[Floats] | Floats
"""Standardised columns: p arrays of n, or one of p x n."""


@dataclass(frozen=True)
class Family:
    """What is modelled: slope and bend of each customer's loss by the linear predictor, and the mean it stands for."""

    name: str
    parts: Callable[[Floats, Floats], tuple[Floats, Floats]]
    mean: Callable[[Floats], Floats]
    start: Callable[[float], float]


def _logit(eta: Floats, y: Floats) -> tuple[Floats, Floats]:
    chance = 1 / (1 + np.exp(-eta))
    return chance - y, chance * (1 - chance)


def _poisson(eta: Floats, y: Floats) -> tuple[Floats, Floats]:
    mean = np.exp(eta)
    return mean - y, mean


def _gamma(eta: Floats, y: Floats) -> tuple[Floats, Floats]:
    part = y * np.exp(-eta)
    return 1 - part, part


LOGIT = Family("logit", _logit, lambda eta: 1 / (1 + np.exp(-eta)), lambda mean: float(np.log(mean / (1 - mean))))
"""An outcome of 0 or 1."""
POISSON = Family("poisson", _poisson, np.exp, lambda mean: float(np.log(mean)))
"""A count: the mean is right whatever its spread (Gourieroux, Monfort & Trognon 1984)."""
GAMMA = Family("gamma", _gamma, np.exp, lambda mean: float(np.log(mean)))
"""An amount above 0."""


@dataclass(frozen=True)
class Fit:
    """Coefficients (the intercept first), their standard errors, and whether the steps came to rest."""

    family: Family
    beta: Floats
    errors: Floats
    converged: bool
    steps: int

    def predictor(self, columns: Columns, n: int) -> Floats:
        """The linear predictor of each of n customers, from columns as they were fitted.

        Added column by column: customers who are alike get the very same number, so that they stay tied.
        """
        found = np.full(n, self.beta[0])
        for slope, column in zip(self.beta[1:], columns, strict=True):
            found += slope * column
        return np.asarray(np.clip(found, -_FAR, _FAR))

    def mean(self, columns: Columns, n: int) -> Floats:
        """The expected outcome of each customer."""
        return self.family.mean(self.predictor(columns, n))


def fit(
    columns: Columns, y: Floats, family: Family, *,
    ridge: float = RIDGE, start: Floats | None = None, offset: Floats | None = None,
) -> Fit:  # fmt: skip
    """The coefficients of standardised columns and an intercept; `offset` is added with a slope of 1.

    `start` holds coefficients to begin with, of the intercept and the first columns.

    Raises:
        QuestionError: columns and outcomes of different length, or an outcome whose mean the family can't have.
    """
    for column in columns:
        if len(column) != len(y):
            raise QuestionError(f"{len(column):,} rows of a column and {len(y):,} outcomes: there must be one of each")
    mean = float(y.mean()) if len(y) else 0.0
    if not mean > 0 or (family is LOGIT and not mean < 1):
        raise QuestionError(f"a {family.name} regression of outcomes that are all alike has no fit")
    penalty = np.full(len(columns) + 1, ridge)
    penalty[0] = 0.0
    beta = np.zeros(len(penalty))
    beta[0] = family.start(mean)
    if start is not None:
        beta[: len(start)] = start
    data = _Data(tuple(columns), y, offset, family, penalty)
    if len(y) >= _MANY:
        some = data.every(len(y) // _SOME)
        if some.y.min() < some.y.max():
            beta = _descended(some, beta).beta
    return _descended(data, beta)


class _Place(NamedTuple):
    """Slope and curvature of the penalised loss at some coefficients."""

    slope: Floats
    curve: Floats


@dataclass(frozen=True)
class _Data:
    columns: tuple[Floats, ...]
    y: Floats
    offset: Floats | None
    family: Family
    penalty: Floats

    def every(self, step: int) -> _Data:
        """Every so many of the customers."""
        offset = None if self.offset is None else self.offset[::step]
        return _Data(tuple(each[::step] for each in self.columns), self.y[::step], offset, self.family, self.penalty)

    def at(self, beta: Floats) -> _Place:
        slope, curve = self.penalty * beta, np.diag(self.penalty)
        for begin in range(0, len(self.y), _SLICE):
            here = slice(begin, begin + _SLICE)
            y = self.y[here]
            design = np.ones((len(beta), len(y)))
            for row, column in enumerate(self.columns, 1):
                design[row] = column[here]
            eta = beta @ design
            if self.offset is not None:
                eta += self.offset[here]
            rise, bend = self.family.parts(np.clip(eta, -_FAR, _FAR, out=eta), y)
            slope += design @ rise
            curve += (design * bend) @ design.T
        return _Place(slope, curve)


def _descended(data: _Data, beta: Floats) -> Fit:
    here = data.at(beta)
    for step in range(_STEPS):
        move = np.linalg.lstsq(here.curve, here.slope, rcond=None)[0]
        gain = float(here.slope @ move)
        # Newton's steps end quadratically: one that moves predictors by 3e-7 leaves next to no error.
        if gain <= _SMALL * len(data.y):
            return Fit(data.family, beta - move, _errors(here.curve), True, step + 1)
        for _ in range(_HALVES):
            there = data.at(beta - move)
            # Still going down, or past the lowest point on this line by less than it was before it.
            if -float(there.slope @ move) <= gain / 2:
                break
            move, gain = move / 2, gain / 2
        else:
            return Fit(data.family, beta, _errors(here.curve), False, step)
        beta, here = beta - move, there
    return Fit(data.family, beta, _errors(here.curve), False, _STEPS)


def _errors(curve: Floats) -> Floats:
    """Standard errors from the curvature; infinite along directions without any."""
    bent, directions = np.linalg.eigh(curve)
    flat = bent <= 1e-12 * max(float(bent[-1]), 1e-300)
    spread = (directions[:, ~flat] ** 2 / bent[~flat]).sum(axis=1)
    return np.where((directions[:, flat] ** 2).sum(axis=1) > 1e-6, np.inf, np.sqrt(spread))
