"""Two ways to the same answer, side by side in one process: alternating, warm, the median of several runs."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """One comparison: seconds of ours and theirs (medians), whether the answers are equal, the goal for the ratio."""

    name: str
    ours: float
    theirs: float
    equal: bool
    goal: float = 1.5

    @property
    def ratio(self) -> float:
        return self.ours / self.theirs

    @property
    def passed(self) -> bool:
        return self.equal and self.ratio <= self.goal

    def __str__(self) -> str:
        verdict = "ok" if self.passed else ("SLOWER" if self.equal else "ANSWERS DIFFER")
        return (
            f"{self.name:<52} ours {self.ours:8.3f} s  by hand {self.theirs:8.3f} s  ratio {self.ratio:5.2f}  {verdict}"
        )


def compare(
    name: str,
    ours: Callable[[], Any],
    theirs: Callable[[], Any],
    same: Callable[[Any, Any], bool],
    runs: int = 5,
    goal: float = 1.5,
) -> Row:
    """Time both in turn (A B A B ...), after one unmeasured run of each whose answers are compared."""
    equal = same(ours(), theirs())
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(runs):
        for kept, work in zip(times, (ours, theirs), strict=True):
            start = time.perf_counter()
            work()
            kept.append(time.perf_counter() - start)
    return Row(name, statistics.median(times[0]), statistics.median(times[1]), equal, goal)
