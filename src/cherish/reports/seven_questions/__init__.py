"""The seven questions that people ask about engagement, answered on your own data as far as these can."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import pyarrow as pa

from cherish.errors import CherishError, QuestionError
from cherish.reports.seven_questions import (
    brings_sales,
    community,
    crm_or_cem,
    engage_everybody,
    loyalty,
    same_as_retention,
    young,
)
from cherish.reports.seven_questions.answers import Answer, table, unknown
from cherish.reports.seven_questions.asking import Asking
from cherish.reports.seven_questions.pictures import drawn
from cherish.spec.definition import NAMES, REAL, WINDOW, Card, Source, parameter
from cherish.spec.plan import Plan
from cherish.spec.report import Report, Run
from cherish.spec.view import View

QUESTIONS: tuple[Any, ...] = (
    same_as_retention, engage_everybody, brings_sales, young, loyalty, crm_or_cem, community,
)  # fmt: skip
TITLES = {each.NAME: each.QUESTION for each in QUESTIONS}
"""Each question as the table names it, and in full."""


@dataclass(frozen=True)
class _Answered:
    """All answers asked for, by the names of their questions."""

    answers: dict[str, Answer]

    def table(self, *, everything: bool) -> pa.Table:
        return table([row for name, each in self.answers.items() for row in each.rows(name, everything=everything)])

    def headline(self) -> dict[str, Any]:
        known = sum(each.known for each in self.answers.values())
        return {"questions": len(self.answers), "answered": known}


class SevenQuestions(Report):
    """Seven open questions about engagement, each with a sentence, its figures with intervals, n, and what is missing.

    1 Is engagement the same as retention?     4 Is it only the young?     6 CRM or CEM?
    2 Must everybody be engaged?               5 Does loyalty predict      7 Is the community split 50/23/27?
    3 Does engagement bring sales?               better than older measures?

    Whatever is compared is judged at a cutoff that lies `horizon` days before the moment, by what was known then; what
    people did in those days is afterwards. Stayed is who was active in the last third of them. A row is a figure: what
    is `measured`, `of` which definition or group, with its 95 % interval, the n that it rests on, and where a question
    tests several, the p-value adjusted for all of them (Holm). The first row of a question carries the answer, and
    `why_not` says what is missing for a better one and what would bring it. `show=figures` gives every figure there is.

    Associations are called so. Only what was drawn by lot says what an action causes.
    """

    card: ClassVar[Card] = Card(
        family="P",
        formula="rank correlation and shares of fifths; differences with Holm; paired gain out of time; least squares",
        unit="as the figure",
        source=Source("Holm", 1979, "A simple sequentially rejective multiple test procedure"),
        needs=("customer", "time"),
        apart=("questions", "answered"),
        example='log.report("seven_questions", horizon="60d")',
    )

    active: str = parameter("core", "the named set of events that count as activity, or event names joined by |")
    age: str | None = parameter(None, "the trait that holds an age; age, age_band or age_group where left out")
    assignments: str | None = parameter(None, "a CSV or Parquet file of customer, arm and time, for question 2")
    cost: float = parameter(0.0, "what engaging one customer costs over the horizon, for question 2", REAL, least=0.0)
    definition: str = parameter("active_days", "the measure whose meaning is compared between ages")
    horizon: int = parameter(
        90, "how many days count as afterwards; a third of the days there are, where those are fewer", WINDOW, least=1
    )
    margin: float = parameter(1.0, "how much of an order's value is left as margin, for question 2", REAL, least=0.0)
    question: tuple[str, ...] = parameter((), "only these, by number: 1|4; all seven where left out", NAMES)
    show: str = parameter("answers", "the figures that answers quote, or all", choices=("answers", "figures"))
    trial: str | None = parameter(None, "the holdout or experiment that tells what engaging brings, for question 2")
    young: float = parameter(35.0, "below this age people are young", REAL, least=1.0)

    def check(self) -> None:
        if self.horizon is None:
            raise QuestionError("horizon=all: afterwards is a number of days, such as 90d")
        strange = [text for text in self.question if text not in _numbered()]
        if strange:
            raise QuestionError(f"question={strange[0]!r}: give numbers from 1 to {len(QUESTIONS)}, such as 1|4")

    def plan(self, view: View, run: Run) -> Plan:
        """How many customers there are; each question asks for the rest itself once that is known."""
        people = view.customers()
        asking = Asking(view, run, **{name: getattr(self, name) for name in _SETTINGS})
        found = _Answered({})

        def finish(rows: pa.Table) -> pa.Table:
            found.answers.update(self._answers(asking))
            return found.table(everything=self.show == "figures")

        return Plan(
            expression=people.agg(customers=people.count()),
            finish=finish,
            headline=lambda table: found.headline(),
            convention=f"seven_questions/{view.active(self.active)}/up_to_{self.horizon}d_afterwards/stayed_last_third",
            notes=(community.FOOTNOTE,) if "7" in (self.question or "7") else (),
        )

    def _answers(self, asking: Asking) -> dict[str, Answer]:
        wanted = [each for number, each in _numbered().items() if not self.question or number in self.question]
        return {each.NAME: _answered(each, asking) for each in wanted}

    def chart(self, table: Any) -> Any:
        """Every figure with its interval, a panel per question."""
        return drawn(table)


_SETTINGS = ("horizon", "active", "age", "young", "definition", "trial", "assignments", "margin", "cost")


def _numbered() -> dict[str, Any]:
    return {str(number): each for number, each in enumerate(QUESTIONS, 1)}


def _answered(question: Any, asking: Asking) -> Answer:
    """The answer, or what the data refuse in its place."""
    try:
        found: Answer = question.answer(asking)
    except CherishError as refused:
        return unknown(str(refused))
    return found
