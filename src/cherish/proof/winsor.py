"""Winsorising: what the largest few spend is capped, so that one customer doesn't decide; beside the plain figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cherish.errors import QuestionError
from cherish.proof.moments import Floats

SHARE = 0.999


@dataclass(frozen=True)
class Cap:
    """Values above `value` are taken as `value`; `touched` customers had more, `removed` is what they lose in all."""

    value: float
    share: float
    touched: int
    removed: float

    def of(self, values: Any) -> Floats:
        """The values, those above the cap at the cap."""
        return np.minimum(np.asarray(values, dtype=np.float64), self.value)


def cap(values: Any, counts: Any = None, share: float = SHARE) -> Cap:
    """The cap at the quantile `share` of all arms together: one for all, since a cap per arm would hide an effect.

    `values` per customer, or distinct values with their `counts`. The quantile interpolates linearly between the two
    nearest customers, as percentiles do everywhere here. Capping estimates another mean, a little lower than the plain
    one: report both.

    Raises:
        QuestionError: nobody to rank, a value that is not a number, or a share outside (0, 1].
    """
    if not 0 < share <= 1:
        raise QuestionError(f"share={share}: values are capped at a share above 0 and up to 1, such as 0.999")
    rows = np.asarray(values, dtype=np.float64).ravel()
    times = np.ones_like(rows) if counts is None else np.asarray(counts, dtype=np.float64).ravel()
    rows, times = rows[times > 0], times[times > 0]
    if not rows.size or not np.isfinite(rows).all():
        raise QuestionError("a cap needs values that are numbers, of one customer or more")
    order = np.argsort(rows, kind="stable")
    rows, times = rows[order], times[order]
    upto = times.cumsum()
    place = share * (upto[-1] - 1)
    below, above = (rows[np.searchsorted(upto, rank, side="right")] for rank in (np.floor(place), np.ceil(place)))
    value = float(below + (above - below) * (place - np.floor(place)))
    over = rows > value
    return Cap(value, share, int(times[over].sum()), float(((rows - value) * times)[over].sum()))
