"""Survival: how long until something happens, where for some it had not yet when the data end; from grouped counts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cherish.errors import QuestionError
from cherish.statistics.intervals import Floats
from cherish.statistics.quantiles import chi_square_tail, two_sided


@dataclass(frozen=True)
class Survival:
    """A Kaplan-Meier curve: arrays with one entry per distinct time, first to last.

    `survival` is S(t) = prod(1 - events / at_risk); `low` and `high` its interval by Greenwood's variance on the scale
    of log(-log S), NaN where S is 0 or 1; `hazard` the Nelson-Aalen sum of events / at_risk.
    """

    time: Floats
    at_risk: Floats
    events: Floats
    censored: Floats
    survival: Floats
    low: Floats
    high: Floats
    hazard: Floats

    @property
    def median(self) -> float | None:
        """The first time at which at most half remain; None where more than half still do at the end."""
        return self.quantile(0.5)

    def quantile(self, share: float) -> float | None:
        """The first time by which `share` have had the event (S <= 1 - share); None where the data end before.

        Raises:
            QuestionError: a share outside (0, 1).
        """
        if not 0 < share < 1:
            raise QuestionError(f"share={share}: a quantile lies between 0 and 1")
        # The product of many factors may end a rounding error above the share it stands for.
        reached = np.flatnonzero(self.survival <= (1 - share) * (1 + 1e-12))
        return float(self.time[reached[0]]) if reached.size else None

    def at(self, time: float) -> float:
        """S(time): the share still without the event after `time`."""
        place = int(np.searchsorted(self.time, time, side="right"))
        return float(self.survival[place - 1]) if place else 1.0


@dataclass(frozen=True)
class LogRank:
    """The log-rank test of several curves: chi-square, its degrees of freedom, p, and events seen and expected."""

    chi_square: float
    freedom: int
    p: float
    observed: tuple[float, ...]
    expected: tuple[float, ...]


def kaplan_meier(time: Any, events: Any, censored: Any, entered: Any = None, level: float = 0.95) -> Survival:
    """The survival curve of spells (Kaplan & Meier 1958), from counts by time.

    `time` is a length of spell, each once or more, in any order; `events` how many ended so, `censored` how many were
    still open then (at risk at that very time); `entered` how many came under observation just after that time instead
    of at 0 (delayed entry).

    Raises:
        QuestionError: no spells, a negative count or time, or more that ended than were at risk.
    """
    time, counts = _by_time(time, events, censored, entered)
    events, censored, entered = counts
    at_risk = _at_risk(counts)
    if np.any(at_risk < events):
        raise QuestionError("more spells end at a time than were under observation; are entries missing?")
    with np.errstate(divide="ignore", invalid="ignore"):
        step = np.where(events > 0, events / at_risk, 0.0)
        survival = np.cumprod(1 - step)
        greenwood = np.cumsum(np.where(events > 0, events / (at_risk * (at_risk - events)), 0.0))
        log = np.log(survival)
        half = two_sided(level) * np.sqrt(greenwood) / -log
        low, high = survival ** np.exp(half), survival ** np.exp(-half)
    unknown = (survival <= 0) | (survival >= 1)
    low, high = (np.where(unknown, np.nan, each) for each in (low, high))
    return Survival(time, at_risk, events, censored, survival, low, high, np.cumsum(step))


def log_rank(groups: Sequence[tuple[Any, Any, Any]]) -> LogRank:
    """Do curves differ? The log-rank test (Mantel 1966) of two groups or more, each (time, events, censored).

    Raises:
        QuestionError: fewer than two groups, a negative count, or no event after which two groups are compared.
    """
    if len(groups) < 2:
        raise QuestionError("a log-rank test compares two groups or more")
    each = [_by_time(*group, None) for group in groups]
    times = np.unique(np.concatenate([time for time, _ in each]))
    counts = np.zeros((len(groups), 3, times.size))
    for place, (time, found) in enumerate(each):
        counts[place][:, np.searchsorted(times, time)] = found
    at_risk, events = np.array([_at_risk(found) for found in counts]), counts[:, 0]
    n, d = at_risk.sum(axis=0), events.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = np.where(n > 0, at_risk * d / n, 0.0).sum(axis=1)
        spread = np.where(n > 1, d * (n - d) / (n - 1) / n**2, 0.0)
    covariance = np.diag((at_risk * n * spread).sum(axis=1)) - (at_risk * spread) @ at_risk.T
    gap = (events.sum(axis=1) - expected)[:-1]
    if np.linalg.matrix_rank(covariance[:-1, :-1]) < len(gap):
        raise QuestionError("no event happened while two groups were under observation, so curves can't be compared")
    value = float(gap @ np.linalg.solve(covariance[:-1, :-1], gap))
    tail = chi_square_tail(max(value, 0.0), len(gap))
    return LogRank(value, len(gap), tail, tuple(events.sum(axis=1).tolist()), tuple(expected.tolist()))


def _at_risk(counts: Floats) -> Floats:
    """How many are under observation just before each time: not yet gone, and already there."""
    events, censored, entered = counts
    gone = np.cumsum(events + censored) - (events + censored)
    late = entered.sum() - (np.cumsum(entered) - entered)
    return np.asarray((events + censored).sum() - gone - late)


def _by_time(time: Any, events: Any, censored: Any, entered: Any) -> tuple[Floats, Floats]:
    time = np.asarray(time, dtype=np.float64)
    entered = np.zeros_like(time) if entered is None else entered
    parts = [np.asarray(each, dtype=np.float64) for each in (events, censored, entered)]
    if not time.size or not (parts[0].sum() + parts[1].sum()):
        raise QuestionError("there are no spells to make a curve of")
    if any(np.any(each < 0) for each in (time, *parts)) or not math.isfinite(float(time.sum())):
        raise QuestionError("a spell's length and the counts are 0 or more")
    distinct, place = np.unique(time, return_inverse=True)
    found = np.zeros((3, distinct.size))
    for row, part in zip(found, parts, strict=True):
        np.add.at(row, place, part)
    return distinct, found
