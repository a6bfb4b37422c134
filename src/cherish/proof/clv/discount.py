"""Purchases ahead at today's value: week by week to a horizon, or continuously for ever."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cherish.errors import QuestionError
from cherish.proof.clv.cells import Floats

RATE = 0.0027
"""The customary discount per week: 15 % a year, compounded continuously."""

_STEP, _LEFT, _RIGHT = 0.25, -18.0, 3.75


def checked(rate: float) -> float:
    """A rate above zero; at zero or below, purchases for ever may add up to infinity."""
    if not rate > 0:
        raise QuestionError(f"the discount rate {rate:g} must be above 0, as 0.0027 per week (15 % a year)")
    return rate


def discounted(ahead: Callable[[float], Floats], rate: float, horizon: float) -> Floats:
    """The increments of `ahead` (expected purchases within a time) unit by unit, each at exp(-rate k)."""
    if not horizon > 0:
        raise QuestionError(f"a horizon of {horizon:g} is over before it begins; give one above 0")
    ends = [*range(1, int(np.ceil(horizon))), horizon]
    total, before = np.zeros(()), np.zeros(())
    for end in ends:
        until = ahead(float(end))
        total, before = total + (until - before) * np.exp(-rate * end), until
    return np.asarray(total)


def forever(ahead: Callable[[float], Floats], rate: float) -> Floats:
    """The integral of exp(-rate t) over the purchases to come: rate times that of exp(-rate t) `ahead`(t).

    By the trapezoidal rule in the logarithm of time, where the integrand and all its slopes vanish at both ends, so
    that the rule is good to ten digits or so (Takahasi & Mori 1974).
    """
    checked(rate)
    total = np.zeros(())
    for place in np.arange(_LEFT, _RIGHT, _STEP):
        units = np.exp(place)
        total = total + ahead(float(units / rate)) * (units * np.exp(-units))
    return np.asarray(total * _STEP)


def fading(rate: Floats, power: float) -> Floats:
    """The integral of exp(-rate t) (1+t)^-power over t from 0 to infinity: Tricomi's U(1, 2-power, rate)."""
    rate = np.asarray(rate, dtype=np.float64)
    places = np.arange(-38.0, 4.0, _STEP)
    time = np.exp(places) / rate[..., None]
    grown = np.exp(places - np.exp(places)) / rate[..., None]
    return np.asarray((grown * np.exp(-power * np.log1p(time))).sum(axis=-1) * _STEP)
