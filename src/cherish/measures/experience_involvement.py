"""Many experiences or few, close or distant?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import ibis

from cherish.measures._answers import rescaled, told
from cherish.points.fact import Fact, distinct, latest
from cherish.points.measure import Fit, Measure, Moment, Value, frozen
from cherish.points.relations.events import Events
from cherish.spec.definition import NAMES, REAL, WINDOW, Card, parameter
from cherish.spec.names import CONTRIBUTES, CREATES, ORDER_COMPLETED, REVIEWS
from cherish.spec.roles import role
from cherish.spec.view import View


class ExperienceInvolvement(Measure):
    """Experiences that the customer chose or completed, by how emotionally involved the customer is: four corners.

    Experiences are told apart by their event's name, or by a property of it (`told_by=content_id`). Involvement is the
    latest answer to an emotional item, from 0 to 1, or for whoever gave none the stars of their latest review. The
    corners are cut at the population's medians, frozen with the result: *many* is above the median number, *close* at
    or above the median involvement. The share of customers whose involvement is known at all is part of the answer.
    """

    card: ClassVar[Card] = Card(
        family="Y",
        formula="corner of (distinct experiences in the window, latest emotional item from 0 to 1) at frozen medians",
        unit="corner",
        range=(0, 3),
        direction="higher",
        nulls={"involvement_unknown": "no valid answer to the emotional item, and no review with stars"},
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
    rating: str = parameter("rating", "the property of a review that holds its stars, 1 to 5")
    reviews: tuple[str, ...] = parameter(REVIEWS, "events that are reviews with stars", NAMES)
    since: int | None = parameter(90, "how many days back experiences count", WINDOW)
    told_by: str | None = parameter(None, "the property by which experiences are told apart; else their name")

    def facts(self, view: View) -> Mapping[str, Fact]:
        relation = Events(role(view, self, "experiences"), () if self.told_by is None else (self.told_by,))
        stars = self._stars(view)
        found = {"experiences": distinct(relation, self.told_by or "name", window=self.since)}
        if stars:
            found["stars"] = latest(Events(stars, (self.rating,)), self.rating)
        emotion = rescaled(view, self.emotion, (self.low, self.high))
        if stars and not told(view, emotion):
            return found
        emotion.rows(view)
        return {**found, "answer": latest(emotion, "score", where="valid")}

    def _stars(self, view: View) -> tuple[str, ...]:
        """The reviews that carry stars; none where the log has no such property, or no reviews."""
        return role(view, self, "reviews", needed=False) if self.rating in view.facts.properties else ()

    def _involvement(self, facts: Any) -> Any:
        """The latest answer, else the latest stars, from 0 to 1; stars outside 1 to 5 are none."""
        answer = getattr(facts, "answer", ibis.null("float64"))
        if not hasattr(facts, "stars"):
            return answer
        given = facts.stars.cast("float64")
        stars = ibis.ifelse((given >= 1.0) & (given <= 5.0), (given - 1.0) / 4.0, ibis.null("float64"))
        return ibis.coalesce(answer, stars)

    def fit(self, facts: Any, moment: Moment, run: Callable[[Any], Any]) -> Fit | None:
        people = facts.population
        table = people.select(experiences=facts.experiences, involvement=self._involvement(facts))
        middle = table.aggregate(experiences=table.experiences.median(), involvement=table.involvement.median())
        found = {name: None if each is None else float(each) for name, each in run(middle).to_pylist()[0].items()}
        shown = ", ".join(f"{name} {each:.4g}" for name, each in found.items() if each is not None)
        return frozen(found, (f"medians: {shown}",))

    def value(self, facts: Any, moment: Moment, fit: Fit | None = None) -> Value:
        cuts = {"experiences": 0.0, "involvement": 0.0} if fit is None else fit.values
        many = facts.experiences > (cuts["experiences"] or 0.0)
        involvement = self._involvement(facts)
        close = (involvement >= (cuts["involvement"] or 0.0)).fill_null(False)
        code = many.cast("int64") + 2 * close.cast("int64")
        parts = {"experiences": facts.experiences, "involvement": involvement}
        return Value(y=code, nulls={"involvement_unknown": involvement.isnull()}, known=parts)

    def convention(self, view: View) -> str:
        return f"experience_involvement/by_{self.told_by or 'name'}/{self.emotion}_latest_else_stars/frozen_medians"
