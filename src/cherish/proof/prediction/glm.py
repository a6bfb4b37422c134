"""Regressions by Newton's steps: the logit of a chance, the logarithm of a count, the logarithm of an amount.

All three are convex in the coefficients, so there is one best fit and a halved step always leads down to it. A
small ridge (half the squared slopes times `ridge`, columns being standardised) keeps slopes finite where a column
tells the groups apart without fail, and shares them where columns say the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from cherish.errors import QuestionError
from cherish.proof.prediction.influence import Floats

RIDGE = 1.0
"""As if each standardised slope had been seen once, at zero, with a standard error of 1."""

_STEPS, _HALVES, _SMALL = 60, 40, 1e-10
_FAR = 50.0
"""Linear predictors are kept within this, e^50 from 1: beyond, floats tell nothing apart."""


class Parts(NamedTuple):
    """Of each customer: the loss, its slope and its curvature by the linear predictor."""

    loss: Floats
    slope: Floats
    bend: Floats


@dataclass(frozen=True)
class Family:
    """What is modelled: the loss of a linear predictor, and the mean outcome that it stands for."""

    name: str
    parts: Callable[[Floats, Floats], Parts]
    mean: Callable[[Floats], Floats]
    start: Callable[[float], float]


def _logit(eta: Floats, y: Floats) -> Parts:
    small = np.exp(-np.abs(eta))
    chance = np.where(eta >= 0, 1.0, small) / (1 + small)
    return Parts(np.log1p(small) + np.maximum(eta, 0) - y * eta, chance - y, chance * (1 - chance))


def _poisson(eta: Floats, y: Floats) -> Parts:
    mean = np.exp(eta)
    return Parts(mean - y * eta, mean - y, mean)


def _gamma(eta: Floats, y: Floats) -> Parts:
    part = y * np.exp(-eta)
    return Parts(part + eta, 1 - part, part)


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

    def predictor(self, columns: Floats) -> Floats:
        """The linear predictor of each customer, from columns (p x n) as they were fitted.

        Added column by column: customers who are alike get the very same number, so that they stay tied.
        """
        found = np.full(columns.shape[1], self.beta[0])
        for slope, column in zip(self.beta[1:], columns, strict=True):
            found += slope * column
        return np.asarray(np.clip(found, -_FAR, _FAR))

    def mean(self, columns: Floats) -> Floats:
        """The expected outcome of each customer."""
        return self.family.mean(self.predictor(columns))


def fit(
    columns: Floats, y: Floats, family: Family, *,
    ridge: float = RIDGE, start: Floats | None = None, offset: Floats | None = None,
) -> Fit:  # fmt: skip
    """The coefficients of p standardised columns (p x n) and an intercept; `offset` is added with a slope of 1.

    Raises:
        QuestionError: columns and outcomes of different length, or an outcome whose mean the family can't have.
    """
    if columns.shape[1] != len(y):
        raise QuestionError(f"{columns.shape[1]:,} rows of columns and {len(y):,} outcomes: there must be one of each")
    mean = float(y.mean()) if len(y) else 0.0
    if not mean > 0 or (family is LOGIT and not mean < 1):
        raise QuestionError(f"a {family.name} regression of outcomes that are all alike has no fit")
    design = np.concatenate([np.ones((1, len(y))), columns])
    penalty = np.full(len(design), ridge)
    penalty[0] = 0.0
    beta = np.zeros(len(design))
    beta[0] = family.start(mean)
    if start is not None:
        beta[: len(start)] = start
    return _descended(design, y, family, penalty, beta, np.zeros(len(y)) if offset is None else offset)


def _descended(design: Floats, y: Floats, family: Family, penalty: Floats, beta: Floats, offset: Floats) -> Fit:
    parts, cost = _at(design, y, family, penalty, beta, offset)
    for step in range(_STEPS):
        slope = design @ parts.slope + penalty * beta
        curve = _curve(design, parts.bend, penalty)
        move = np.linalg.lstsq(curve, slope, rcond=None)[0]
        # Newton's steps end quadratically: one that moves predictors by 1e-5 leaves an error of some 1e-10.
        if float(slope @ move) <= _SMALL * len(y):
            return Fit(family, beta - move, _errors(curve), True, step + 1)
        for _ in range(_HALVES):
            next_parts, next_cost = _at(design, y, family, penalty, beta - move, offset)
            if next_cost < cost:
                break
            move = move / 2
        else:
            return Fit(family, beta, _errors(curve), False, step)
        beta, parts, cost = beta - move, next_parts, next_cost
    return Fit(family, beta, _errors(_curve(design, parts.bend, penalty)), False, _STEPS)


def _at(
    design: Floats, y: Floats, family: Family, penalty: Floats, beta: Floats, offset: Floats
) -> tuple[Parts, float]:  # fmt: skip
    parts = family.parts(np.clip(beta @ design + offset, -_FAR, _FAR), y)
    return parts, float(parts.loss.sum() + (penalty * beta * beta).sum() / 2)


def _curve(design: Floats, bend: Floats, penalty: Floats) -> Floats:
    return np.asarray((design * bend) @ design.T + np.diag(penalty))


def _errors(curve: Floats) -> Floats:
    """Standard errors from the curvature; of directions without any, infinite ones."""
    bent, directions = np.linalg.eigh(curve)
    with np.errstate(divide="ignore"):
        spread = np.where(bent > 1e-12 * max(float(bent[-1]), 1e-300), 1 / np.maximum(bent, 1e-300), np.inf)
    return np.sqrt((directions**2 @ np.where(np.isinf(spread), 0, spread)) + _flat(directions, spread))


def _flat(directions: Floats, spread: Floats) -> Floats:
    part = (directions[:, np.isinf(spread)] ** 2).sum(axis=1)
    return np.where(part > 1e-6, np.inf, 0.0)
