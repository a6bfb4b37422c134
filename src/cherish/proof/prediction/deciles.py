"""Customers in ten equal parts by a score: what each part did, and whether more of the score always goes with more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cherish.errors import QuestionError
from cherish.proof.prediction.influence import Floats
from cherish.proof.prediction.ranks import Ranks, ranked
from cherish.statistics.intervals import Interval, mean_interval, wilson
from cherish.statistics.quantiles import two_sided


@dataclass(frozen=True)
class Part:
    """One tenth of the customers; 1 has the highest scores.

    `customers` is n / 10, not always a whole number: a block of equal scores that a line cuts lies in both parts, each
    with its share of the block's outcomes. `share` is the part's share of all outcomes, `reached` that of it and the
    parts above, `lift` its mean over that of all; null where outcomes sum to nothing.
    """

    part: int
    customers: float
    least: float
    most: float
    mean: float
    low: float | None
    high: float | None
    share: float | None
    reached: float | None
    lift: float | None


@dataclass(frozen=True)
class Deciles:
    """The parts from the highest scores down, and where the order breaks.

    `monotone`: no part has a higher mean than the one before it. `rises`: the parts that do so by more than chance
    would (two-sided, at the level asked). Null parts with `why` where there are fewer customers than parts.
    """

    parts: tuple[Part, ...]
    monotone: bool | None
    rises: tuple[int, ...] = ()
    why: str = ""


def deciles(score: Any, outcome: Any, parts: int = 10, *, level: float = 0.95) -> Deciles:
    """Equal parts by score. Intervals are Wilson's where the outcome is true or false (1 or 0), else Student's."""
    ranks, values = ranked(score), np.asarray(outcome, dtype=np.float64)
    if values.shape != (ranks.n,):
        raise QuestionError(f"{ranks.n:,} scores and {len(values):,} outcomes: there must be one of each per customer")
    if parts < 2:
        raise QuestionError(f"parts={parts}: customers are put into at least two parts, 10 are usual")
    if ranks.n < parts:
        return Deciles((), None, why="few_customers")
    size = ranks.n / parts
    sums, squares = (_cut(ranks, each, parts) for each in (values, values * values))
    means = sums / size
    spread = np.sqrt(np.maximum(squares / size - means**2, 0) * (size / (size - 1) if size > 1 else np.nan))
    binary = bool(np.isin(values, (0.0, 1.0)).all())
    bars = wilson(np.clip(sums, 0, size), size, level) if binary else mean_interval(size, means, spread, level)
    rows = _rows(sums, means, bars, _ends(ranks, parts), size)
    steps = np.diff(means)
    noise = two_sided(level) * np.sqrt(spread[1:] ** 2 + spread[:-1] ** 2) / np.sqrt(size)
    # Means of one block that lies in both parts differ by rounding alone.
    up = steps > 1e-12 * max(float(np.abs(means).max()), 1e-300)
    return Deciles(rows, not up.any(), tuple(int(at) + 2 for at in np.flatnonzero(up & (steps > noise))))


def _cut(ranks: Ranks, values: Floats, parts: int) -> Floats:
    counts, reached = ranks.curve(ranks.sums(values))
    return np.diff(np.interp(np.arange(parts + 1) * ranks.n / parts, counts, reached))


def _ends(ranks: Ranks, parts: int) -> list[tuple[float, float]]:
    """The least and the greatest score of each part."""
    counts, _ = ranks.curve(ranks.sizes)
    lines = np.arange(parts + 1) * ranks.n / parts
    falling = ranks.values[::-1]
    last = len(falling) - 1
    most = np.minimum(np.searchsorted(counts, lines[:-1], side="right") - 1, last)
    least = np.clip(np.searchsorted(counts, lines[1:], side="left") - 1, 0, last)
    return [(float(falling[below]), float(falling[above])) for below, above in zip(least, most, strict=True)]


def _rows(
    sums: Floats, means: Floats, bars: Interval, ends: list[tuple[float, float]], size: float
) -> tuple[Part, ...]:  # fmt: skip
    total = float(sums.sum())
    reached = sums.cumsum()
    return tuple(
        Part(
            at + 1,
            size,
            *ends[at],
            float(means[at]),
            _number(bars.low[at]),
            _number(bars.high[at]),
            float(sums[at]) / total if total > 0 else None,
            float(reached[at]) / total if total > 0 else None,
            float(means[at]) * size * len(sums) / total if total > 0 else None,
        )
        for at in range(len(sums))
    )


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
