"""How near a forecast comes: errors of counts and money; of chances Brier score, log loss, calibration, reliability.

A forecast is a number per customer in the unit of the outcome: a count, money, or a chance from 0 to 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from cherish.errors import QuestionError
from cherish.proof.prediction.glm import LOGIT, fit
from cherish.proof.prediction.influence import Bools, Estimate, Floats, estimate, ratio, undefined
from cherish.statistics.intervals import wilson

_ERROR = (0.0, math.inf)


def rmse(forecast: Any, outcome: Any, *, level: float = 0.95) -> Estimate:
    """The root of the mean squared error, in the unit of the outcome."""
    forecast, outcome = _pair(forecast, outcome)
    if not len(outcome):
        return undefined("no_customers")
    squares = (forecast - outcome) ** 2
    mean = float(squares.mean())
    root = math.sqrt(mean)
    influence = (squares - mean) / (2 * root) if root else np.zeros(len(squares))
    return estimate(root, influence, level=level, within=_ERROR)


def mae(forecast: Any, outcome: Any, *, level: float = 0.95) -> Estimate:
    """The mean absolute error, in the unit of the outcome."""
    forecast, outcome = _pair(forecast, outcome)
    return _mean(np.abs(forecast - outcome), level)


def total_ratio(forecast: Any, outcome: Any, *, level: float = 0.95) -> Estimate:
    """What was forecast in all over what came in all: 1 is unbiased, 0.87 forecast 13 % too little."""
    forecast, outcome = _pair(forecast, outcome)
    if not len(outcome):
        return undefined("no_customers")
    if not outcome.sum() > 0:
        return undefined("no_money")
    value, influence = ratio(
        float(forecast.mean()), forecast - forecast.mean(), float(outcome.mean()), outcome - outcome.mean()
    )
    return estimate(value, influence, level=level)


def brier(chance: Any, outcome: Any, *, level: float = 0.95) -> Estimate:
    """The mean squared distance of chances from what happened, 1 or 0 (Brier 1950): 0 is perfect, 0.25 a coin's."""
    chance, did = _chances(chance, outcome)
    return _mean((chance - did) ** 2, level)


def log_loss(chance: Any, outcome: Any, *, level: float = 0.95) -> Estimate:
    """The mean of -log(chance given to what happened), natural logarithm: 0 is perfect, 0.693 a coin's.

    Null where something happened that was given no chance: the loss is infinite, and no chance is bent to hide it.
    """
    chance, did = _chances(chance, outcome)
    given = np.where(did, chance, 1 - chance)
    if not given.all():
        return undefined("certain_and_wrong")
    return _mean(-np.log(given), level)


@dataclass(frozen=True)
class Calibration:
    """How chances must be bent to fit what happened: logit P = intercept + slope * logit(chance) (Cox 1958).

    Perfect are 0 and 1; a slope below 1 means that chances are too extreme. `in_the_large` is the intercept with the
    slope held at 1: above 0 where too little is forecast. Null with `why` where they can't be found.
    """

    intercept: float | None
    slope: float | None
    in_the_large: float | None
    slope_se: float | None = None
    why: str = ""


def calibration(chance: Any, outcome: Any) -> Calibration:
    """Calibration's intercept and slope by likelihood, of chances strictly between 0 and 1."""
    chance, did = _chances(chance, outcome)
    why = _uncalibrated(chance, did)
    if why:
        return Calibration(None, None, None, why=why)
    odds = np.log(chance) - np.log1p(-chance)
    y = did.astype(np.float64)
    large = float(fit((), y, LOGIT, offset=odds).beta[0])
    if odds.min() == odds.max():
        return Calibration(None, None, large, why="constant_score")
    if odds[did].min() >= odds[~did].max() or odds[did].max() <= odds[~did].min():
        return Calibration(None, None, large, why="perfect")
    # Of standardised odds, which Newton's steps like best; without a ridge, so the fit is the likeliest.
    middle, spread = float(odds.mean()), float(odds.std())
    found = fit([(odds - middle) / spread], y, LOGIT, ridge=0.0)
    slope = float(found.beta[1]) / spread
    return Calibration(float(found.beta[0]) - slope * middle, slope, large, float(found.errors[1]) / spread)


def _uncalibrated(chance: Floats, did: Bools) -> str:
    if not len(did):
        return "no_customers"
    if not did.any() or did.all():
        return "no_negatives" if did.any() else "no_positives"
    return "" if chance.min() > 0 and chance.max() < 1 else "certain"


@dataclass(frozen=True)
class Bin:
    """Customers whose chance lay from `low` to `high`: their mean chance, and the share that did, with its interval."""

    low: float
    high: float
    customers: int
    positives: int
    chance: float | None
    share: float | None
    share_low: float | None
    share_high: float | None


def reliability(chance: Any, outcome: Any, bins: int = 10, *, level: float = 0.95) -> tuple[Bin, ...]:
    """Chances in bins of equal width, [0, 0.1) to [0.9, 1], beside what happened, with Wilson's intervals.

    Empty bins are there, with nulls.
    """
    chance, did = _chances(chance, outcome)
    _, customers, positives, sums = _binned(chance, did, bins)
    shares = wilson(positives, customers, level)
    return tuple(
        Bin(
            at / bins,
            (at + 1) / bins,
            int(customers[at]),
            int(positives[at]),
            *(float(each[at]) if customers[at] else None for each in (sums / np.maximum(customers, 1), *shares)),
        )
        for at in range(bins)
    )


def calibration_error(chance: Any, outcome: Any, bins: int = 10) -> Estimate:
    """Expected calibration error: the mean distance of share and chance over bins, weighted by customers (no interval).

    Chance alone makes it greater than 0; of bins of equal width as in `reliability` (Naeini et al. 2015).
    """
    chance, did = _chances(chance, outcome)
    if not len(did):
        return undefined("no_customers")
    _, _, positives, sums = _binned(chance, did, bins)
    return Estimate(float(np.abs(positives - sums).sum()) / len(did), within=(0.0, 1.0))


def _binned(chance: Floats, did: Bools, bins: int) -> tuple[Any, Floats, Floats, Floats]:
    if bins < 1:
        raise QuestionError(f"bins={bins}: chances are put into at least one bin, 10 are usual")
    # Against the edges themselves: 0.3 * 10 is not 3 in floats, and 0.3 belongs to the bin that begins with it.
    edges = np.arange(1, bins) / bins
    place = np.searchsorted(edges, chance, side="right")
    weights = (np.ones(len(did)), did.astype(np.float64), chance)
    customers, positives, sums = (
        np.bincount(place, weights=each, minlength=bins).astype(np.float64) for each in weights
    )
    return place, customers, positives, sums


def _mean(losses: Floats, level: float) -> Estimate:
    if not len(losses):
        return undefined("no_customers")
    mean = float(losses.mean())
    return estimate(mean, losses - mean, level=level, within=_ERROR)


def _pair(forecast: Any, outcome: Any) -> tuple[Floats, Floats]:
    forecast, outcome = np.asarray(forecast, dtype=np.float64), np.asarray(outcome, dtype=np.float64)
    if forecast.shape != outcome.shape or forecast.ndim != 1:
        raise QuestionError(f"{forecast.shape} forecasts and {outcome.shape} outcomes: there must be one per customer")
    if not (np.isfinite(forecast).all() and np.isfinite(outcome).all()):
        raise QuestionError("a forecast or an outcome is not a number: leave those customers out of both first")
    return forecast, outcome


def _chances(chance: Any, outcome: Any) -> tuple[Floats, Bools]:
    chance, did = _pair(chance, outcome)
    if len(chance) and (chance.min() < 0 or chance.max() > 1):
        raise QuestionError(f"a chance lies between 0 and 1; these reach from {chance.min():g} to {chance.max():g}")
    if not np.isin(did, (0.0, 1.0)).all():
        raise QuestionError("chances are held against what happened or did not: true or false (1 or 0) per customer")
    return chance, did.astype(np.bool_)
