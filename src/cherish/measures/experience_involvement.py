"""Many experiences or few, close or distant?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from cherish.measures._answers import rescaled
from cherish.points.fact import Fact, distinct, latest
from cherish.points.measure import Fit, Measure, Moment, Value, frozen
from cherish.points.relations.events import Events
from cherish.spec.definition import NAMES, REAL, WINDOW, Card, parameter
from cherish.spec.names import CONTRIBUTES, CREATES, ORDER_COMPLETED
from cherish.spec.roles import role
from cherish.spec.view import View


class ExperienceInvolvement(Measure):
    """Experiences that the customer chose or completed, by how emotionally involved the customer is: four corners.

    Experiences are told apart by their event's name, or by a property of it (`told_by=content_id`). Involvement is the
    latest answer to an emotional item, from 0 to 1. The corners are cut at the population's medians, frozen with the
    result: *many* is above the median number, *close* at or above the median involvement. The share of customers whose
    involvement is known at all is part of the answer.
    """

    card: ClassVar[Card] = Card(
        family="Y",
        formula="corner of (distinct experiences in the window, latest emotional item from 0 to 1) at frozen medians",
        unit="corner",
        range=(0, 3),
        direction="higher",
        nulls={"involvement_unknown": "no valid answer to the emotional item"},
        needs=("customer", "time", "answers"),
        example='log.measure("experience_involvement", experiences="Order Completed|Content Viewed")',
    )
    stages: ClassVar[tuple[str, ...]] = ("few, distant", "many, distant", "few, close", "many, close")

    emotion: str = parameter("affection", "the instrument (or instrument.item) that asks about emotion")
    experiences: tuple[str, ...] = parameter(
        (ORDER_COMPLETED, "Event Attended", "Course Completed", "Trial Started", *CREATES, *CONTRIBUTES),
        "events that are experiences which customers choose or complete", NAMES,
    )  # fmt: skip
    high: float | None = parameter(None, "the upper end of the emotional item's scale, where no file tells it", REAL)
    low: float | None = parameter(None, "the lower end of the emotional item's scale, where no file tells it", REAL)
    since: int | None = parameter(90, "how many days back experiences count", WINDOW)
    told_by: str | None = parameter(None, "the property by which experiences are told apart; else their name")

    def facts(self, view: View) -> Mapping[str, Fact]:
        relation = Events(role(view, self, "experiences"), () if self.told_by is None else (self.told_by,))
        emotion = rescaled(view, self.emotion, (self.low, self.high))
        emotion.rows(view)
        return {
            "experiences": distinct(relation, self.told_by or "name", window=self.since),
            "involvement": latest(emotion, "score", where="valid"),
        }

    def fit(self, facts: Any, moment: Moment, run: Callable[[Any], Any]) -> Fit | None:
        people = facts.population
        middle = people.aggregate(experiences=facts.experiences.median(), involvement=facts.involvement.median())
        found = {name: None if each is None else float(each) for name, each in run(middle).to_pylist()[0].items()}
        shown = ", ".join(f"{name} {each:.4g}" for name, each in found.items() if each is not None)
        return frozen(found, (f"medians: {shown}",))

    def value(self, facts: Any, moment: Moment, fit: Fit | None = None) -> Value:
        cuts = {"experiences": 0.0, "involvement": 0.0} if fit is None else fit.values
        many = facts.experiences > (cuts["experiences"] or 0.0)
        close = (facts.involvement >= (cuts["involvement"] or 0.0)).fill_null(False)
        code = many.cast("int64") + 2 * close.cast("int64")
        parts = {"experiences": facts.experiences, "involvement": facts.involvement}
        return Value(y=code, nulls={"involvement_unknown": facts.involvement.isnull()}, known=parts)

    def convention(self, view: View) -> str:
        return f"experience_involvement/by_{self.told_by or 'name'}/{self.emotion}_latest/frozen_medians"
