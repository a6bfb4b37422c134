"""Overlap: whether two groups that nobody drew by lot hold like people at all, and what is left when only those count.

Everything rests on cells of people who are alike in what was known beforehand: the propensity of a cell is the share of
its people who were treated, so weights, balance and effects come from counts and sums (Rosenbaum & Rubin 1983, The
central role of the propensity score; trimming by Crump, Hotz, Imbens & Mitnik 2009).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

import numpy as np

from cherish.proof.did import Moved
from cherish.statistics.intervals import Floats
from cherish.statistics.quantiles import two_sided

LEAST_EFFECTIVE = 100
MOST_TRIMMED = 0.5
TRIM = (0.1, 0.9)
BALANCED = 0.1
"""What a standardised difference should stay below."""


@dataclass(frozen=True)
class Cells:
    """People in cells of the like: how many of each group, their outcome and its square summed, per cell (arrays (m,)).

    `covariates` holds for each name four arrays: sums over treated and control, sums of squares over both.
    """

    treated: Floats
    control: Floats
    y_treated: Floats
    y_control: Floats
    y2_treated: Floats
    y2_control: Floats
    covariates: Mapping[str, tuple[Floats, Floats, Floats, Floats]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, *, treated: Any, control: Any, y_treated: Any, y_control: Any, y2_treated: Any, y2_control: Any,
        covariates: Mapping[str, Any] | None = None,
    ) -> Cells:  # fmt: skip
        """From sequences of numbers."""
        n, m, y, y_other, y2, y2_other = map(_floats, (treated, control, y_treated, y_control, y2_treated, y2_control))
        beside = {name: _four(each) for name, each in (covariates or {}).items()}
        return cls(n, m, y, y_other, y2, y2_other, beside)

    def kept(self, rows: Any) -> Cells:
        """Only these cells."""
        return Cells.of(
            treated=self.treated[rows], control=self.control[rows], y_treated=self.y_treated[rows],
            y_control=self.y_control[rows], y2_treated=self.y2_treated[rows], y2_control=self.y2_control[rows],
            covariates={name: [each[rows] for each in four] for name, four in self.covariates.items()},
        )  # fmt: skip


@dataclass(frozen=True)
class Overlap:
    """What must be known before any weighted number: who is left, how alike, how many they are worth.

    `propensity` per cell; `kept` the cells inside the trim; `trimmed` the share of the treated outside it; `effective`
    what the weighted controls are worth in people, `heaviest` the share of the weight that one of them has; the
    standardised mean differences by covariate before and after weighting. `refused` says why no number may follow.
    """

    propensity: Floats
    kept: Any
    trimmed: float
    effective: float
    heaviest: float
    before: Mapping[str, float | None]
    after: Mapping[str, float | None]
    refused: str | None


def overlap(cells: Cells, trim: tuple[float, float] = TRIM) -> Overlap:
    """The diagnostics of a comparison weighted to the treated, and whether it may be made.

    Refused (`no_overlap`) where more than half of the treated have nobody like them, `few_alike` where the weighted
    controls are worth fewer than 100 people or fewer than half as many as the treated.
    """
    both = cells.treated + cells.control
    propensity = np.divide(cells.treated, both, out=np.full(both.size, np.nan), where=both > 0)
    kept = (propensity >= trim[0]) & (propensity <= trim[1])
    treated = float(cells.treated.sum())
    inside = cells.kept(kept)
    left = float(inside.treated.sum())
    trimmed = 1 - left / treated if treated else 1.0
    weight = np.divide(inside.treated, inside.control, out=np.zeros(inside.treated.size), where=inside.control > 0)
    squares = float((weight**2 * inside.control).sum())
    effective = left**2 / squares if squares else 0.0
    heaviest = float(weight.max(initial=0.0)) / left if left else 0.0
    refused = _refused(trimmed, effective, left)
    before = {name: _standardised(cells, name, None) for name in cells.covariates}
    after = {name: _standardised(inside, name, weight) for name in cells.covariates}
    return Overlap(propensity, kept, trimmed, effective, heaviest, before, after, refused)


def _refused(trimmed: float, effective: float, treated: float) -> str | None:
    if trimmed > MOST_TRIMMED:
        return "no_overlap"
    return "few_alike" if effective < LEAST_EFFECTIVE or effective < treated / 2 else None


def _standardised(cells: Cells, name: str, weight: Floats | None) -> float | None:
    """(mean of the treated - mean of the controls) / their pooled deviation; the deviation is the unweighted one."""
    t, c, t2, c2 = cells.covariates[name]
    n_t, n_c = float(cells.treated.sum()), float(cells.control.sum())
    if n_t < 2 or n_c < 2:
        return None
    spread = sqrt((_variance(n_t, t, t2) + _variance(n_c, c, c2)) / 2)
    if weight is None:
        other = float(c.sum()) / n_c
    else:
        whole = float((weight * cells.control).sum())
        if not whole:
            return None
        other = float((weight * c).sum()) / whole
    gap = float(t.sum()) / n_t - other
    return gap / spread if spread else (0.0 if not gap else None)


def _variance(n: float, sums: Floats, squares: Floats) -> float:
    mean = float(sums.sum()) / n
    return max((float(squares.sum()) - n * mean * mean) / (n - 1), 0.0)


@dataclass(frozen=True)
class Weighted:
    """The naive difference, and those averaged over everybody, over the treated, over the controls."""

    naive: float
    ate: float
    att: float
    atc: float


def effects(cells: Cells) -> Weighted | None:
    """Differences of means within cells, averaged four ways; None where no cell has both groups."""
    sound = cells.kept((cells.treated > 0) & (cells.control > 0))
    if not sound.treated.size:
        return None
    gap = sound.y_treated / sound.treated - sound.y_control / sound.control
    naive = float(cells.y_treated.sum() / cells.treated.sum() - cells.y_control.sum() / cells.control.sum())
    ways = (sound.treated + sound.control, sound.treated, sound.control)
    return Weighted(naive, *(float((gap * way).sum() / way.sum()) for way in ways))


def weighted_to_treated(cells: Cells, level: float = 0.95) -> Moved | None:
    """The difference within cells averaged over the treated, with its interval; cells are taken as they are.

    None where no cell has both groups; without an interval where a cell has fewer than two of a group.
    """
    sound = cells.kept((cells.treated > 0) & (cells.control > 0))
    if not sound.treated.size:
        return None
    share = sound.treated / sound.treated.sum()
    means = sound.y_treated / sound.treated, sound.y_control / sound.control
    treated, control = (float((share * each).sum()) for each in means)
    if (sound.treated < 2).any() or (sound.control < 2).any():
        return Moved(treated, control, treated - control, None, None, None)
    spread = _spread(sound.treated, means[0], sound.y2_treated) + _spread(sound.control, means[1], sound.y2_control)
    se = sqrt(float((share**2 * spread).sum()))
    half = two_sided(level) * se
    estimate = treated - control
    return Moved(treated, control, estimate, se, estimate - half, estimate + half)


def _spread(n: Floats, mean: Floats, squares: Floats) -> Floats:
    """The variance of each cell's mean."""
    return np.asarray(np.maximum((squares - n * mean**2) / (n - 1), 0.0) / n)


def _four(parts: Sequence[Any]) -> tuple[Floats, Floats, Floats, Floats]:
    one, other, one_squared, other_squared = map(_floats, parts)
    return one, other, one_squared, other_squared


def _floats(values: Sequence[float] | Any) -> Floats:
    return np.asarray(values, dtype=np.float64)
