"""Who is heard, from counts by segment: ratios of shares with intervals, and how representative voices are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cherish.statistics.intervals import wilson


@dataclass(frozen=True)
class Heard:
    """The voices of one channel by segment: arrays with an entry per segment, NaN where nobody spoke at all."""

    base: Any
    voices: Any
    ratio: Any
    low: Any
    high: Any

    @property
    def unheard(self) -> Any:
        """The segments that are heard less than their share, whatever chance did."""
        return np.nan_to_num(self.high, nan=np.inf) < 1

    @property
    def representativity(self) -> float | None:
        """R = 1 - 2 sd(chance to speak) of Schouten, Cobben & Bethlehem (2009); None of one customer."""
        return representativity(self.base, self.voices)


def heard(base: Any, voices: Any, draws: int, seed: tuple[int, ...]) -> Heard:
    """Share among the voices / share in the base, with the middle 95 % of what `draws` new samples of all people give.

    A sample is drawn from the counts of each segment's voices and silent ones, which is drawing people with
    replacement. Where a segment has no voice at all every draw says 0; its upper end is then that of Wilson's interval
    of its chance to speak, over everybody's.
    """
    base, voices = (np.asarray(each, dtype=np.int64) for each in (base, voices))
    n, spoke = int(base.sum()), int(voices.sum())
    if not spoke:
        nothing = np.full(base.size, np.nan)
        return Heard(base, voices, nothing, nothing, nothing)
    cells = np.concatenate([voices, base - voices])
    drawn = np.random.default_rng(seed).multinomial(n, cells / n, size=draws)
    again, silent = drawn[:, : base.size], drawn[:, base.size :]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (voices / spoke) / (base / n)
        found = (again / again.sum(axis=1, keepdims=True)) / ((again + silent) / n)
        low, high = np.nanquantile(np.where(np.isfinite(found), found, np.nan), [0.025, 0.975], axis=0)
        mute = wilson(np.zeros(base.size), base).high / (spoke / n)
    return Heard(base, voices, ratio, low, np.where(voices == 0, mute, high))


def representativity(base: Any, voices: Any) -> float | None:
    """1 - 2 * sqrt(sum over people of (own segment's share that speaks - everybody's)^2 / (n - 1)); None under two."""
    base, voices = (np.asarray(each, dtype=np.float64) for each in (base, voices))
    n = base.sum()
    if n < 2:
        return None
    chance = np.divide(voices, base, out=np.zeros_like(base), where=base > 0)
    return float(1 - 2 * np.sqrt((base * (chance - voices.sum() / n) ** 2).sum() / (n - 1)))
