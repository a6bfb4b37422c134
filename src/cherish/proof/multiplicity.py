"""Many tests at once: p-values adjusted so that a claim is as rarely wrong as if it were the only one."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from cherish.errors import QuestionError


def holm(p: Sequence[float | None], *, log10: bool = False) -> list[float | None]:
    """Holm's adjusted p-values (1979): below alpha they keep the chance of any wrong claim at alpha.

    In the order given; None (no test) stays None and isn't counted. With `log10` both what is given and what comes back
    are logarithms, which don't underflow.

    Raises:
        QuestionError: a p-value outside [0, 1].
    """
    return _adjusted(p, log10, lambda order, m: _running_max(order, [math.log10(m - rank) for rank in range(m)]))


def benjamini_hochberg(p: Sequence[float | None], *, log10: bool = False) -> list[float | None]:
    """Benjamini and Hochberg's adjusted p-values (1995): below q they keep the share of wrong claims among claims at q.

    Valid for tests that are independent or rise and fall together. Otherwise as `holm`.

    Raises:
        QuestionError: a p-value outside [0, 1].
    """
    return _adjusted(p, log10, lambda order, m: _running_min(order, [math.log10(m / rank) for rank in range(1, m + 1)]))


def _adjusted(
    p: Sequence[float | None], log10: bool, of_sorted: Callable[[list[float], int], list[float]]
) -> list[float | None]:
    """In logarithms, smallest first, and back to the order given."""
    logs = [None if each is None else each if log10 else _log10(each) for each in p]
    known = sorted((value, place) for place, value in enumerate(logs) if value is not None)
    if any(not value <= 0 for value, _ in known):
        raise QuestionError("a p-value lies between 0 and 1, and its logarithm isn't above 0")
    found: list[float | None] = [None] * len(p)
    for (_, place), value in zip(known, of_sorted([value for value, _ in known], len(known)), strict=True):
        found[place] = value if log10 else 10**value
    return found


def _log10(p: float) -> float:
    return math.log10(p) if p > 0 else -math.inf if p == 0 else math.nan


def _running_max(order: list[float], add: list[float]) -> list[float]:
    found: list[float] = []
    for value, more in zip(order, add, strict=True):
        found.append(min(max(value + more, found[-1] if found else -math.inf), 0.0))
    return found


def _running_min(order: list[float], add: list[float]) -> list[float]:
    return _running_max_back([min(value + more, 0.0) for value, more in zip(order, add, strict=True)])


def _running_max_back(values: list[float]) -> list[float]:
    found: list[float] = []
    for value in reversed(values):
        found.append(min(value, found[-1]) if found else value)
    return found[::-1]
