"""What did the customer answer?"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from functools import reduce
from operator import add
from typing import Any, ClassVar

from cherish.errors import QuestionError
from cherish.instruments import registry
from cherish.instruments.instrument import Instrument
from cherish.instruments.running import Running
from cherish.points.fact import Fact, count, latest, total
from cherish.points.measure import Fit, Measure, Moment, Value
from cherish.points.relations.responses import Responses
from cherish.spec.definition import WINDOW, Card, Source, parameter
from cherish.spec.view import View


class SurveyScore(Measure):
    """The customer's own score on an instrument, a subscale or an item, as the report `survey` scores a response.

    `latest` takes the last response that has a score, by its last valid answer; answers of several responses are never
    mixed. What makes a response is told at the report, and it lies in the window where its first answer does. A score
    needs as many items as the instrument asks for (half of them by default); the whole of an instrument that adds up
    subscales is the mean of their means and needs each of them, and where parts are not to be added up there is none.
    `mean` is the mean of all valid answers in the window, however many: of subscales that are added up, the mean of
    these means. Who was not asked is null like who did not answer: read the coverage beside the mean.
    """

    card: ClassVar[Card] = Card(
        family="M",
        formula="mean of the items (or of the subscales' means) of the latest response with a score; "
        "or sum of valid answers / number of valid answers",
        unit="score",
        direction="higher",
        source=Source("Reichheld", 2003, "The One Number You Need to Grow (and as the instrument's own)"),
        nulls={
            "no_answer": "no valid answer in the window: never asked, or no reply",
            "too_few_items": "no response has as many items, of each subscale, as the instrument asks for; "
            "or, of the mean of all answers, a subscale has none",
        },
        needs=("customer", "time", "answers"),
        example='log.measure("survey_score", instrument="satisfaction")',
    )

    instrument: str = parameter("recommend", "the instrument's name, or the path of its file")
    part: str | None = parameter(None, "a subscale or an item; the whole where left out")
    take: str = parameter("latest", "the last answers, or the mean of all", choices=("latest", "mean"))
    window: int | None = parameter(365, "how many days back from the moment", WINDOW)

    def facts(self, view: View) -> Mapping[str, Fact]:
        form, groups = self._asked(view)
        if self.take == "mean":
            each = [_answers(form, group) for group in groups]
            totals = {f"total_{at}": total(rows, "score", where="valid", window=self.window)
                      for at, rows in enumerate(each)}  # fmt: skip
            return totals | {f"answers_{at}": count(rows, where="valid", window=self.window)
                             for at, rows in enumerate(each)}  # fmt: skip
        rows = Running(form, groups)
        return {
            "score": latest(rows, "score", where="scorable", window=self.window),
            "answers": count(rows, window=self.window),
        }

    def value(self, facts: Any, moment: Moment, fit: Fit | None = None) -> Value:
        if self.take == "latest":
            few = facts.score.isnull()
            return Value(y=facts.score, nulls={"no_answer": facts.answers == 0, "too_few_items": few})
        groups = [*_groups(facts)]
        nobody = reduce(add, (answers for _, answers in groups)) == 0
        if len(groups) == 1:
            return Value(*groups[0], nulls={"no_answer": nobody})
        mean = reduce(add, (total / answers.nullif(0) for total, answers in groups)) / float(len(groups))
        return Value(y=mean, nulls={"no_answer": nobody, "too_few_items": mean.isnull()})

    def _asked(self, view: View) -> tuple[Instrument, tuple[tuple[int, ...], ...]]:
        """The instrument and the places of the items that are scored, by subscale where those make the whole.

        Raises:
            QuestionError: it has no such part, or no whole; or the items don't lie on one scale.
        """
        form = registry.find(self.instrument, registry.beside(view.log))
        there = ", ".join([*form.subscales, *(item.name for item in form.items)])
        places = [at for at, item in enumerate(form.items) if self.part in (None, item.name, item.subscale)]
        if not places:
            raise QuestionError(f"part={self.part!r}: {form.name} has no such subscale or item; there are {there}")
        several = self.part is None and len(places) > 1
        if several and form.form.total == "none":
            raise QuestionError(
                f"part: the parts of {form.name} are not to be added up, so it has no whole; "
                f"give one of {', '.join(form.subscales) or there}"
            )
        if len({form.range(form.items[at]) for at in places}) > 1:
            raise QuestionError(f"part={self.part!r}: these items have different scales; ask for one of them")
        if several and form.form.total == "subscales":
            return form, tuple(form.subscales.values())
        return form, (tuple(places),)

    def convention(self, view: View) -> str:
        form, groups = self._asked(view)
        items = sum(len(group) for group in groups)
        return f"survey_score/{form.name}@{form.digest}/{self.part or 'whole'}/{self.take}/{items}_items"


def _answers(form: Instrument, group: tuple[int, ...]) -> Responses:
    """The answers to these items, as rows to be added up."""
    items = [form.items[at] for at in group]
    low, high = form.range(items[0])
    reverse = tuple(item.name for item in items if item.reverse)
    return Responses(form.name, tuple(item.name for item in items), low, high, reverse=reverse, shown=form.form.shown)


def _groups(facts: Any) -> Iterator[tuple[Any, Any]]:
    """The sum and the number of answers of each group, as many as there are."""
    for at in itertools.count():
        if not hasattr(facts, f"total_{at}"):
            return
        yield getattr(facts, f"total_{at}"), getattr(facts, f"answers_{at}")
