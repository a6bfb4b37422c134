"""What did the customer answer?"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from functools import reduce
from math import ceil
from operator import add
from typing import Any, ClassVar

from cherish.errors import QuestionError
from cherish.instruments import registry
from cherish.instruments.instrument import Instrument, Item
from cherish.points.fact import Fact, count, greatest, latest, total
from cherish.points.measure import Fit, Measure, Moment, Value
from cherish.points.relations.responses import Responses
from cherish.spec.definition import WINDOW, Card, Source, parameter
from cherish.spec.view import View


class SurveyScore(Measure):
    """The customer's own score on an instrument, a subscale or an item, on the instrument's scale.

    `latest` takes the last valid answer to each item in the window and gives their mean, if at least as many items as
    the instrument asks for (half of them by default) were answered. `mean` is the mean of all valid answers to these
    items in the window. Reversed items are turned round; answers outside the scale are none. Of an instrument with
    subscales the whole is the mean of its items here, whatever the report's whole is made of. Who was not asked is null
    like who did not answer: read the coverage beside the mean.
    """

    card: ClassVar[Card] = Card(
        family="M",
        formula="mean over the items of the latest valid answer; or sum of valid answers / number of valid answers",
        unit="score",
        direction="higher",
        source=Source("Reichheld", 2003, "The One Number You Need to Grow (and as the instrument's own)"),
        nulls={
            "no_answer": "no valid answer in the window: never asked, or no reply",
            "too_few_items": "fewer items were answered than the instrument asks for",
        },
        needs=("customer", "time", "answers"),
        example='log.measure("survey_score", instrument="satisfaction")',
    )

    instrument: str = parameter("recommend", "the instrument's name, or the path of its file")
    part: str | None = parameter(None, "a subscale or an item; the whole where left out")
    take: str = parameter("latest", "the last answers, or the mean of all", choices=("latest", "mean"))
    window: int | None = parameter(365, "how many days back from the moment", WINDOW)

    def facts(self, view: View) -> Mapping[str, Fact]:
        rows = self._rows(*self._asked(view))
        if self.take == "mean":
            return {
                "total": total(rows, "score", where="valid", window=self.window),
                "answers": count(rows, where="valid", window=self.window),
            }
        found = {
            f"item_{place}": latest(rows, "score", where=f"is_{place}", window=self.window)
            for place in range(len(rows.items))
        }
        return {**found, "needed": greatest(rows, "needed", window=self.window)}

    def value(self, facts: Any, moment: Moment, fit: Fit | None = None) -> Value:
        if self.take == "mean":
            nobody = facts.answers == 0
            return Value(y=facts.total, x=facts.answers, nulls={"no_answer": nobody})
        scores = [*_items(facts)]
        answered = reduce(add, (each.notnull().cast("int64") for each in scores))
        total = reduce(add, (each.fill_null(0.0) for each in scores))
        few = (answered < facts.needed).fill_null(True)
        return Value(y=total / answered.nullif(0), nulls={"no_answer": answered == 0, "too_few_items": few})

    def _asked(self, view: View) -> tuple[Instrument, tuple[Item, ...]]:
        """The instrument and the items that are scored; they must lie on one scale."""
        form = registry.find(self.instrument, registry.beside(view.log))
        wanted = [item for item in form.items if self.part in (None, item.name, item.subscale)]
        if not wanted:
            there = ", ".join([*form.subscales, *(item.name for item in form.items)])
            raise QuestionError(f"part={self.part!r}: {form.name} has no such subscale or item; there are {there}")
        if len({form.range(item) for item in wanted}) > 1:
            raise QuestionError(f"part={self.part!r}: these items have different scales; ask for one of them")
        return form, tuple(wanted)

    def _rows(self, form: Instrument, items: tuple[Item, ...]) -> Responses:
        low, high = form.range(items[0])
        return Responses(
            form.name,
            tuple(item.name for item in items),
            low,
            high,
            reverse=tuple(item.name for item in items if item.reverse),
            shown=form.form.shown,
            needed=ceil(form.form.answered * len(items) - 1e-9),
        )

    def convention(self, view: View) -> str:
        form, items = self._asked(view)
        return f"survey_score/{form.name}@{form.digest}/{self.part or 'whole'}/{self.take}/{len(items)}_items"


def _items(facts: Any) -> Iterator[Any]:
    """The facts of the items, as many as there are."""
    for place in itertools.count():
        if not hasattr(facts, f"item_{place}"):
            return
        yield getattr(facts, f"item_{place}")
