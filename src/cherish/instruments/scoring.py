"""Scores of responses as expressions, and the sums that figures, intervals and reliability are made of."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import add
from typing import Any

import ibis
import numpy as np

from cherish.instruments.instrument import Instrument
from cherish.instruments.reliability import Reliability, reliability
from cherish.spec.filters import conjunction

WHOLE = "whole"


@dataclass(frozen=True)
class Part:
    """Something that has a score: the whole, a subscale or an item; `places` are its items, `column` its scores."""

    name: str
    level: str
    places: tuple[int, ...]
    column: str


@dataclass(frozen=True)
class Scoring:
    """How responses of an instrument become scores: reversed items turned round, the missing rule, the shown scale."""

    instrument: Instrument

    @cached_property
    def items(self) -> tuple[Part, ...]:
        """The items as parts."""
        return tuple(Part(each.name, "item", (at,), f"x{at}") for at, each in enumerate(self.instrument.items))

    @cached_property
    def subscales(self) -> tuple[Part, ...]:
        """The subscales as parts."""
        found = self.instrument.subscales.items()
        return tuple(Part(name, "subscale", places, f"s{at}") for at, (name, places) in enumerate(found))

    @cached_property
    def whole(self) -> Part | None:
        """The whole as a part; None for an instrument of one item, and where parts are not to be added up."""
        if len(self.items) == 1 or self.instrument.form.total == "none":
            return None
        return Part(WHOLE, "whole", tuple(range(len(self.items))), "t")

    @property
    def parts(self) -> tuple[Part, ...]:
        """All parts, the whole first."""
        return (*([self.whole] if self.whole else []), *self.subscales, *self.items)

    @property
    def scales(self) -> tuple[Part, ...]:
        """The parts of two items or more, whose items should hang together."""
        return tuple(each for each in self.parts if len(each.places) > 1)

    # -- per response ---------------------------------------------------------------------------------------------

    def scored(self, rows: Any) -> Any:
        """The responses (see `Answers.responses`) with a column of scores for each part, null where there is none."""
        rows = rows.mutate(**{part.column: self._turned(rows, part.places[0]) for part in self.items})
        rows = rows.mutate(**{part.column: self._mean(rows, part.places) for part in self.subscales})
        if self.whole is None:
            return self._completed(rows)
        if self.instrument.form.total == "subscales":
            # A null in the sum makes it null: the whole needs every subscale.
            means = [rows[part.column] for part in self.subscales]
            return self._completed(rows.mutate(t=reduce(add, means) / float(len(means))))
        return self._completed(rows.mutate(t=self._mean(rows, self.whole.places)))

    def _turned(self, rows: Any, place: int) -> Any:
        item = self.instrument.items[place]
        low, high = self.instrument.range(item)
        score = rows[f"item_{place}"]
        score = (low + high) - score if item.reverse else score
        shown = self.instrument.form.shown
        return score if shown is None else (score - low) * ((shown[1] - shown[0]) / (high - low)) + shown[0]

    def _mean(self, rows: Any, places: tuple[int, ...]) -> Any:
        """The mean of what was answered, where enough was."""
        answers = [rows[f"x{place}"] for place in places]
        answered = reduce(add, (each.notnull().cast("int64") for each in answers))
        total = reduce(add, (each.fill_null(0.0) for each in answers))
        enough = answered >= math.ceil(self.instrument.form.answered * len(places) - 1e-9)
        return ibis.ifelse(enough, total / answered.nullif(0), ibis.null("float64"))

    # -- per group ------------------------------------------------------------------------------------------------

    def sums(self, rows: Any) -> dict[str, Any]:
        """The aggregates of scored responses: counts and moments of each part, hits of shares, products of items."""
        found: dict[str, Any] = {}
        for part in self.parts:
            value, known = rows[part.column], rows[part.column].notnull()
            found |= {
                f"n_{part.column}": value.count(),
                f"sum_{part.column}": value.sum(),
                f"square_{part.column}": (value * value).sum(),
                f"weight_{part.column}": rows.weight.sum(where=known),
                f"weight2_{part.column}": (rows.weight * rows.weight).sum(where=known),
                f"weighted_{part.column}": (rows.weight * value).sum(),
                f"weighted2_{part.column}": (rows.weight * value * value).sum(),
            }
        for name, hit in self._hits(rows).items():
            found[f"n_{name}"] = rows.count(where=hit)
            found[f"weight_{name}"] = rows.weight.sum(where=hit)
        for place, scale in enumerate(self.scales):
            found |= self._products(rows, scale.places, place)
        return found

    def _hits(self, rows: Any) -> dict[str, Any]:
        """The conditions of what is counted: promoters, top answers, classes, the best answer to each of many items."""
        return self._shares(rows) | self._classes(rows) | self._best(rows)

    def _best(self, rows: Any) -> dict[str, Any]:
        if not self.scales:
            return {}
        best = self.instrument.shown[1]
        tops = {part.column: best if self.instrument.form.shown else self._best_of(part) for part in self.items}
        return {f"best_{column}": rows[column] >= top for column, top in tops.items()}

    def _best_of(self, part: Part) -> float:
        return self.instrument.range(self.instrument.items[part.places[0]])[1]

    def _classes(self, rows: Any) -> dict[str, Any]:
        lowest = [*self.instrument.form.classes.values()]
        if not lowest:
            return {}
        value = rows[self.classed.column]
        above = [value >= each for each in lowest]
        return {
            f"class_{at}": above[at] & ~above[at + 1] if at + 1 < len(above) else above[at] for at in range(len(above))
        }

    @property
    def classed(self) -> Part:
        """What classes are cut of: the whole, or the only item."""
        return self.whole or self.items[0]

    def _shares(self, rows: Any) -> dict[str, Any]:
        form = self.instrument.form
        if form.scoring == "promoters" and form.cuts:
            low, high = form.cuts
            return {"promoters": rows.x0 >= high, "detractors": rows.x0 <= low}
        if form.scoring == "top":
            return {"top": rows.x0 >= form.cut}
        return {}

    def _middle(self, place: int) -> float:
        low, high = self.instrument.form.shown or self.instrument.range(self.instrument.items[place])
        return (low + high) / 2

    def _completed(self, rows: Any) -> Any:
        """The rows with the items of each scale once more, as `z` columns that are null where one of them is.

        Counted from the middle of the scale, so that squares stay small and little is lost in their difference.
        """
        flags = {
            f"whole_{place}": conjunction(rows[f"x{at}"].notnull() for at in scale.places)
            for place, scale in enumerate(self.scales)
        }
        if not flags:
            return rows
        rows = rows.mutate(**flags)
        nothing = ibis.null("float64")
        return rows.mutate(
            **{
                f"z_{place}_{at}": ibis.ifelse(rows[f"whole_{place}"], rows[f"x{item}"] - self._middle(item), nothing)
                for place, scale in enumerate(self.scales)
                for at, item in enumerate(scale.places)
            }
        )

    def _products(self, rows: Any, places: tuple[int, ...], scale: int) -> dict[str, Any]:
        found = {f"complete_{scale}": rows[f"z_{scale}_0"].count()}
        for at in range(len(places)):
            own = rows[f"z_{scale}_{at}"]
            found[f"sum_{scale}_{at}"] = own.sum()
            for other in range(at + 1):
                found[f"product_{scale}_{at}_{other}"] = (own * rows[f"z_{scale}_{other}"]).sum()
        return found

    def reliabilities(self, sums: Mapping[str, Any]) -> Iterator[tuple[Part, Reliability]]:
        """How well each scale's items hang together, from a group's sums."""
        for place, scale in enumerate(self.scales):
            k = len(scale.places)
            totals = np.array([sums[f"sum_{place}_{at}"] or 0.0 for at in range(k)])
            products = np.zeros((k, k))
            for at in range(k):
                for other in range(at + 1):
                    products[at, other] = products[other, at] = sums[f"product_{place}_{at}_{other}"] or 0.0
            yield scale, reliability(int(sums[f"complete_{place}"] or 0), totals, products)
