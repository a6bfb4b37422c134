"""A customer's own rhythm: the usual gap between active days, the silence since the last, how long people stay away."""

from __future__ import annotations

from typing import Any

import ibis
import numpy as np

from cherish.points.fact import Fact, count, last_day, median
from cherish.points.relations.gaps import Gaps
from cherish.statistics.survival import Survival, kaplan_meier


def facts(names: tuple[str, ...] | None) -> dict[str, Fact]:
    """The facts of a rhythm: `days` (active ones), `usual` (the median gap), `last` (active day)."""
    gaps = Gaps(names)
    return {"days": count(gaps), "usual": median(gaps, "gap"), "last": last_day(gaps)}


def usual_gap(known: Any, least: int) -> Any:
    """The median of the own gaps in days, from the columns of `facts`; null with fewer than `least` gaps."""
    return ibis.ifelse(known.days > least, known.usual.cast("float64"), ibis.null("float64"))


def stay_away(gap: Any, closed: Any, n: Any) -> Survival:
    """The curve of staying away, from arrays: gaps in days, whether each is over, and how many have it.

    Of an open gap `gap` is the silence so far, which counts like recency (1 for yesterday's visitors): such a customer
    was seen to stay away for all of the day before.
    """
    lasted = np.where(closed, gap, np.maximum(gap - 1, 0))
    return kaplan_meier(lasted, np.where(closed, n, 0), np.where(closed, 0, n))
