"""The customer bootstrap: every customer weighted by a Poisson(1) count, all statistics of one draw from one product.

A statistic whose influence values are known moves, to first order, by the mean of weight times influence. So a
thousand bootstraps of K statistics over n customers are one matrix product, weights (1000 x n) times influence
(n x K), done block by block: memory stays bounded, every statistic sees the same weights (so differences are
paired), and no score is sorted again. Influence values are rounded to whole numbers of a grid so fine (2^-30 of
the largest for a million customers) that all sums are exact: the same seed gives the same bits on every machine,
whatever its number of threads.

Hanley & MacGibbon 2006 and Chamandy, Muralidharan, Najmi & Naidu 2012 for the weights; Efron & Tibshirani 1993 for the
percentiles and for what influence values say of a bootstrap.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cherish.errors import QuestionError
from cherish.proof.prediction.influence import Estimate, Floats, Whole, clustered

TIMES = 1000
BLOCK = 512
"""Customers whose weights are drawn at once; part of what a seed means."""

STEPS = (41_427, 17_317, 5_263, 1_244, 240, 39, 5, 1)
"""P(weight >= 1), P(weight >= 2) ... in 65,536ths: Poisson(1) rounded, its mean exactly 1 and its variance 0.99997."""

_EXACT = 52


def deviations(
    influence: Sequence[NDArray[Any]], *, times: int = TIMES, seed: int = 0, clusters: Whole | None = None
) -> Floats:
    """By how much each statistic would differ in each bootstrap: `times` x K, the same weights in each row.

    `influence` holds a row of n values per statistic, all over the same customers in the same order (zeros for
    those who were not there); `clusters` as `influence.clustered` takes them, drawn whole.

    Raises:
        QuestionError: rows of different length, or no bootstraps asked for.
    """
    if times < 1:
        raise QuestionError(f"{times} bootstraps: at least one must be drawn, 1000 are usual")
    if len({len(row) for row in influence}) > 1:
        raise QuestionError("the statistics of one bootstrap must be over the same customers")
    if not influence:
        return np.zeros((times, 0))
    rows = [clustered(row, clusters) for row in influence] if clusters is not None else list(influence)
    units, grid = len(rows[0]), _grid(rows)
    found = np.zeros((times, len(rows)))
    for start, weights in _drawn(units, times, seed):
        part = np.stack([row[start : start + BLOCK] for row in rows], axis=1).astype(np.float64)
        found += weights @ np.rint(part / grid)
    return np.asarray(found * grid / units)


def intervals(
    estimates: Sequence[Estimate], *, times: int = TIMES, seed: int = 0, level: float = 0.95,
    clusters: Whole | None = None,
) -> tuple[Estimate, ...]:  # fmt: skip
    """The same estimates with percentile intervals and the bootstrap's standard errors; paired by one seed.

    Those without influence values (null, or without spread) come back as they are.
    """
    able = {at: each.influence for at, each in enumerate(estimates) if each.influence is not None and not each.why}
    drawn = deviations(list(able.values()), times=times, seed=seed, clusters=clusters)
    columns = dict(zip(able, drawn.T, strict=True))
    return tuple(
        percentiles(each, columns[at], level=level) if at in columns else each for at, each in enumerate(estimates)
    )


def percentiles(found: Estimate, drawn: Floats, *, level: float = 0.95) -> Estimate:
    """An estimate with the interval between two percentiles of its bootstraps (deviations from it)."""
    if found.value is None:
        return found
    low, high = np.percentile(drawn, [50 * (1 - level), 50 * (1 + level)]) + found.value
    return found.between(float(low), float(high), float(drawn.std(ddof=1)) if len(drawn) > 1 else None)


def _grid(rows: Sequence[NDArray[Any]]) -> Floats:
    """Per row the step that values are rounded to: so fine as sums of weights times whole numbers stay exact."""
    units = max(len(rows[0]), 1)
    bits = _EXACT - math.ceil(math.log2(units * len(STEPS))) if units > 1 else 40
    largest = np.array([float(np.abs(row).max()) if len(row) else 0.0 for row in rows])
    return np.where(largest > 0, largest, 1.0) / 2.0 ** min(bits, 40)


def _drawn(units: int, times: int, seed: int) -> Iterator[tuple[int, Floats]]:
    """The weights less one (times x block) of every block of customers; one block is drawn while another is used."""
    starts = range(0, units, BLOCK)
    drawers = (_Drawer(seed, times), _Drawer(seed, times))
    with ThreadPoolExecutor(1) as beside:
        coming: Future[Floats] | None = None
        for block, start in enumerate(starts):
            weights = coming.result() if coming else drawers[0](0)
            following = block + 1
            coming = beside.submit(drawers[following % 2], following) if following < len(starts) else None
            yield start, weights[:, : units - start]


class _Drawer:
    """Poisson(1) counts less one, from raw output of the generator: that never changes between releases of numpy.

    What it drew is overwritten by its next draw: memory that is asked for anew costs more than the draws themselves.
    """

    def __init__(self, seed: int, times: int) -> None:
        self._seed = seed
        self._below = np.empty((times, BLOCK), dtype=np.bool_)
        self._counts = np.empty((times, BLOCK), dtype=np.int8)
        self._weights = np.empty((times, BLOCK))

    def __call__(self, block: int) -> Floats:
        raw = np.random.SFC64(np.random.SeedSequence([self._seed, block])).random_raw(self._counts.size // 4)
        lots = raw.astype("<u8", copy=False).view("<u2").reshape(self._counts.shape)
        below = self._below.view(np.int8)
        self._counts.fill(-1)
        for step in STEPS:
            np.less(lots, step, out=self._below)
            np.add(self._counts, below, out=self._counts)
        np.copyto(self._weights, self._counts)
        return self._weights
