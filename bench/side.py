"""Several ways to the same answer, side by side in one process: warm, in turn, the median and minimum of all rounds."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench import memory
from bench.answers import Answer, same

OURS, HAND = "cherish", "sql"
GOAL = 1.5
"""How many times as long as the best hand-written statement ours may take."""


@dataclass(frozen=True)
class Way:
    """One way to the answer: `work` makes it, `plain` brings what it made into the form that all are compared in."""

    work: Callable[[], object]
    plain: Callable[[object], Answer]


@dataclass(frozen=True)
class Took:
    """Seconds of one way over all rounds, and the memory (bytes) that its process grew by meanwhile."""

    median: float
    least: float
    memory: int | None
    equal: bool = True


class Compared:
    """What was answered in several ways."""

    took: Mapping[str, Took]

    @property
    def equal(self) -> bool:
        """Whether all answers are equal."""
        return all(each.equal for each in self.took.values())


@dataclass(frozen=True)
class Row(Compared):
    """One question asked of one log in several ways; `hand` names the quickest of the hand-written statements."""

    question: str
    source: str
    events: int
    took: Mapping[str, Took]
    hand: str = ""
    goal: float = GOAL

    @property
    def ratio(self) -> float:
        """Our median over that of the best statement."""
        return self.took[OURS].median / self.took[HAND].median

    @property
    def passed(self) -> bool:
        """Whether all answers are equal and ours is quick enough."""
        return self.equal and self.ratio <= self.goal


def compare(ways: Mapping[str, Way], rounds: int, patience: float = 20.0) -> dict[str, Took]:
    """Ask every way once for its answer, once for its memory, then all in turn (A B A B ...) for `rounds` rounds.

    Ways that together take longer than `patience` seconds a round are asked three times at most.
    """
    answers, grown = {}, {}
    start = time.perf_counter()
    for name, way in ways.items():
        answers[name] = way.plain(way.work())
    slow = time.perf_counter() - start > patience
    for name, way in ways.items():
        grown[name] = memory.growth(way.work)
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(min(rounds, 3) if slow else rounds):
        for name, way in ways.items():
            times[name].append(_seconds(way.work))
    first = answers[next(iter(ways))]
    return {
        name: Took(statistics.median(took), min(took), grown[name], same(first, answers[name]))
        for name, took in times.items()
    }


def quickest(work: Mapping[str, Callable[[], object]], rounds: int = 3) -> str:
    """The name of the way with the least median, after one unmeasured round: ours is held against the best."""
    times: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds + 1):
        for name, each in work.items():
            times[name].append(_seconds(each))
    return min(times, key=lambda name: statistics.median(times[name][1:]))


def _seconds(work: Callable[[], object]) -> float:
    gc.collect()
    start = time.perf_counter()
    made = work()
    took = time.perf_counter() - start
    del made
    return took
