"""Inequality: how unequally something is spread, from distinct values and how many have each."""

from __future__ import annotations

from typing import Any

import numpy as np

from cherish.errors import QuestionError
from cherish.statistics.intervals import Floats


def gini(values: Any, counts: Any = None) -> float:
    """The Gini coefficient 2 * sum(i * x_(i)) / (n * sum(x)) - (n + 1) / n; 0 where all have the same.

    `values` in any order, `counts` how many have each (one by default). NaN where nobody is counted or the sum is 0:
    nothing can't be spread unequally. Its largest value is (n - 1) / n, not 1.

    Raises:
        QuestionError: a negative value or count.
    """
    values, counts = _sorted(values, counts)
    n, total = counts.sum(), float((values * counts).sum())
    if not n or not total:
        return float("nan")
    # Equal values take the mean of the ranks that they fill.
    ranks = counts.cumsum() - (counts - 1) / 2
    return float(2 * (ranks * values * counts).sum() / (n * total) - (n + 1) / n)


def top_share(values: Any, counts: Any = None, share: float = 0.01) -> float:
    """What part of the sum the top `share` of the cases hold; NaN where nobody is counted or the sum is 0.

    A case that is cut counts in part: of 250 cases the top 1 % are two and a half.

    Raises:
        QuestionError: a negative value or count, or a share outside (0, 1].
    """
    if not 0 < share <= 1:
        raise QuestionError(f"share={share}: a top share lies above 0 and up to 1, such as 0.01")
    values, counts = _sorted(values, counts)
    total = float((values * counts).sum())
    if not total:
        return float("nan")
    values, counts = values[::-1], counts[::-1]
    before = counts.cumsum() - counts
    taken = np.clip(share * counts.sum() - before, 0, counts)
    return float((values * taken).sum() / total)


def _sorted(values: Any, counts: Any) -> tuple[Floats, Floats]:
    values = np.asarray(values, dtype=np.float64)
    counts = np.ones_like(values) if counts is None else np.asarray(counts, dtype=np.float64)
    if np.any(values < 0) or np.any(counts < 0):
        raise QuestionError("inequality is defined for values and counts of 0 or more")
    order = np.argsort(values, kind="stable")
    return values[order], counts[order]
