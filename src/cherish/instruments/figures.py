"""Figures of an instrument from a group's sums: scores, shares and means, with intervals, and their differences."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cherish.instruments.scoring import Part, Scoring
from cherish.statistics.intervals import (
    Interval,
    adjusted_wald_score,
    difference,
    effective,
    mean_interval,
    wilson,
)

POINTS = 100
Sums = Mapping[str, Any]
Way = str
"""How a figure is made of sums: `score`, `mean`, or the key of a share (`promoters`, `passives`, `top`, `class_0`)."""


@dataclass(frozen=True)
class Figure:
    """One figure of one part: what it is called and how it is made."""

    part: Part
    way: Way
    name: str = ""

    @property
    def label(self) -> str:
        """What the figure is: the recommend score, a mean, a share."""
        if self.way in ("score", "mean"):
            return self.way
        return f"share of {self.name or self.way}"

    def count(self, sums: Sums) -> int:
        """How many scores it rests on."""
        return int(sums[f"n_{self.part.column}"] or 0)

    def interval(self, sums: Sums, level: float) -> Interval:
        """The figure and its interval; NaN where nobody answered."""
        n = self.count(sums)
        if self.way == "mean":
            total, square = (float(sums[f"{each}_{self.part.column}"] or 0.0) for each in ("sum", "square"))
            spread = math.sqrt(max(square - total * total / n, 0.0) / (n - 1)) if n > 1 else 0.0
            return mean_interval(n, total / n if n else math.nan, spread, level)
        return self._of_counts(*self._counts(sums, "n", n), n, level)

    def weighted(self, sums: Sums, level: float) -> Interval:
        """The figure with weights; its interval rests on Kish's effective n."""
        column = self.part.column
        weight = float(sums[f"weight_{column}"] or 0.0)
        n = float(effective(weight, float(sums[f"weight2_{column}"] or 0.0)))
        if not weight:
            return Interval(math.nan, math.nan, math.nan)
        if self.way == "mean":
            total, square = (float(sums[f"{each}_{column}"] or 0.0) for each in ("weighted", "weighted2"))
            mean = total / weight
            spread = math.sqrt(max(square / weight - mean * mean, 0.0) * n / (n - 1)) if n >= 2 else 0.0
            return mean_interval(n, mean, spread, level)
        hits, misses = (each / weight * n for each in self._counts(sums, "weight", weight))
        return self._of_counts(hits, misses, n, level)

    def _of_counts(self, promoters: float, detractors: float, n: float, level: float) -> Interval:
        passives = max(n - promoters - detractors, 0.0)
        if self.way == "score":
            ends = adjusted_wald_score(promoters, passives, detractors, level)
            estimate = (promoters - detractors) / n if n else math.nan
            # Of one or two answers the adjusted interval may miss the score itself.
            low, high = min(float(ends.low), estimate), max(float(ends.high), estimate)
            return Interval(POINTS * estimate, POINTS * low, POINTS * high)
        hits = self._hits(promoters, passives, detractors)
        return Interval(*(float(each) for each in wilson(hits, n, level)))

    def _hits(self, promoters: float, passives: float, detractors: float) -> float:
        return {"detractors": detractors, "passives": passives}.get(self.way, promoters)

    def hits(self, sums: Sums) -> int | None:
        """Of a share: how many answers it counts."""
        if self.way in ("score", "mean"):
            return None
        n = self.count(sums)
        promoters, detractors = self._counts(sums, "n", n)
        return round(self._hits(promoters, n - promoters - detractors, detractors))

    def _counts(self, sums: Sums, kind: str, n: float) -> tuple[float, float]:
        """Promoters (or what else is counted) and detractors, within n where rounding has added a little."""
        own = "promoters" if self.way in ("score", *_OF_SCORE) else self.way
        hits = min(float(sums.get(f"{kind}_{own}") or 0), n)
        return hits, min(float(sums.get(f"{kind}_detractors") or 0), n - hits)

    def best(self, sums: Sums) -> int | None:
        """Of an item among several: how many gave the best answer."""
        found = sums.get(f"n_best_{self.part.column}")
        return None if found is None else int(found)

    def gap(self, sums: Sums, other: Sums, level: float) -> Interval:
        """This group's figure less another's: Newcombe's hybrid interval for shares, and his idea for the others."""
        return Interval(*(float(each) for each in difference(self.interval(sums, level), self.interval(other, level))))


_OF_SCORE = ("promoters", "passives", "detractors")


def figures(scoring: Scoring) -> Iterator[Figure]:
    """Every figure of an instrument, the ones to quote first."""
    form = scoring.instrument.form
    classes = [Figure(scoring.classed, f"class_{at}", name) for at, name in enumerate(form.classes)]
    if form.scoring == "promoters":
        yield from (Figure(scoring.items[0], way) for way in ("score", *_OF_SCORE))
        yield from classes
        return
    if form.scoring == "top":
        yield Figure(scoring.items[0], "top", "satisfied answers")
    first, *others = (Figure(part, "mean") for part in scoring.parts)
    yield from (first, *classes, *others)


def rest(every: Sums, group: Sums) -> dict[str, Any]:
    """The sums of everybody else."""
    return {name: (every[name] or 0) - (group[name] or 0) for name in every}


def together(groups: Sequence[Sums]) -> dict[str, Any]:
    """The sums of several groups that share nobody."""
    return {name: sum((each[name] or 0) for each in groups) for name in (groups[0] if groups else ())}
