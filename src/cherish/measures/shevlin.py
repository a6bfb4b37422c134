"""Repeated, satisfying, and strengthening a bond: is it an engaged customer, by Shevlin?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import ibis

from cherish.errors import QuestionError
from cherish.measures._answers import answers
from cherish.points.fact import Fact, count, total
from cherish.points.measure import Fit, Measure, Moment, Value
from cherish.points.relations.course import Course
from cherish.points.relations.responses import Responses
from cherish.points.states import OfBond
from cherish.spec.definition import Card, Source
from cherish.spec.view import View
from cherish.statistics.quantiles import two_sided_t

_EXACT_TO = 30
"""Beyond so many degrees of freedom one quantile stands for all: they differ by less than half a hundredth."""
BAR, SCALE = 4.0, (1.0, 5.0)
"""Who is satisfied where nobody says so, and the scale on which that holds."""


class Shevlin(OfBond, Measure):
    """Whether three things hold together: repeated *and* satisfying interactions that *strengthen* an emotional bond.

    repeated       `least_interactions` or more in the window
    satisfied      mean satisfaction of at least `satisfied_from`, with `least_answers` answers or more
    strengthening  the slope of the emotional item over time is above 0, with its one-sided 80 % bound (least squares on
                   local days, three answers or more; several items of one day count as answers of their own)

    1 where all three hold, 0 where one is known not to, null where no leg fails and one is not known. Each leg is a
    column of its own; surveys that nobody answered usually decide: ask the report `shevlin_legs` for the coverage.
    """

    card: ClassVar[Card] = Card(
        family="O",
        formula="1 if n >= 3 and mean satisfaction >= 4 and slope - t(.8, n - 2) se(slope) > 0",
        unit="share",
        range=(0, 1),
        direction="higher",
        source=Source("Shevlin", 2007, "Customer engagement: repeated, satisfying interactions that strengthen a bond"),
        nulls={"leg_unknown": "no leg fails, but one is not known for lack of answers"},
        needs=("customer", "time", "answers"),
        example='log.measure("shevlin", satisfied_from="3.5")',
    )

    def facts(self, view: View) -> Mapping[str, Fact]:
        satisfaction = answers(view, self.satisfaction)
        self._checked(satisfaction)
        satisfaction.rows(view)
        line, of = Course(answers(view, self.emotion)), {"window": self.survey_window}
        return {
            "interactions": count("activity", names=view.names(self.active), window=self.window),
            "answers": count(satisfaction, where="valid", **of),
            "satisfaction": total(satisfaction, "score", where="valid", **of),
            "n": count(line, **of),
            "t": total(line, "day_number", **of),
            "s": total(line, "score", **of),
            "tt": total(line, "day_squared", **of),
            "ss": total(line, "score_squared", **of),
            "ts": total(line, "day_score", **of),
        }

    def _checked(self, satisfaction: Responses) -> None:
        """Refuse to take the 4 of a scale from 1 to 5 for a bar on another."""
        low, high = satisfaction.low, satisfaction.high
        known = low is not None and high is not None
        if self.satisfied_from is None and known and (low, high) != SCALE:
            raise QuestionError(
                f"satisfaction={self.satisfaction}: its scale is {low:g} to {high:g}, and satisfied_from is {BAR:g} of "
                f"{SCALE[0]:g} to {SCALE[1]:g} where it isn't given; say from which mean on a customer is satisfied: "
                f"satisfied_from, from {low:g} to {high:g}"
            )

    @property
    def _bar(self) -> float:
        return BAR if self.satisfied_from is None else self.satisfied_from

    def value(self, facts: Any, moment: Moment, fit: Fit | None = None) -> Value:
        legs = {
            "repeated": facts.interactions >= self.least_interactions,
            "satisfied": self._satisfied(facts),
            "strengthening": _strengthening(facts),
        }
        fails = [(~leg).fill_null(False) for leg in legs.values()]
        failed = fails[0] | fails[1] | fails[2]
        unknown = ~failed & (legs["satisfied"].isnull() | legs["strengthening"].isnull())
        return Value(y=ibis.ifelse(failed, 0, 1).cast("int64"), nulls={"leg_unknown": unknown}, known=legs)

    def _satisfied(self, facts: Any) -> Any:
        mean = facts.satisfaction / facts.answers.nullif(0)
        return ibis.ifelse(facts.answers >= self.least_answers, mean >= self._bar, ibis.null("boolean"))

    def convention(self, view: View) -> str:
        return (
            f"shevlin/{view.active(self.active)}_{self.least_interactions}/{self.satisfaction}_{self._bar:g}"
            f"_of_{self.least_answers}/{self.emotion}_slope_80%"
        )


def _strengthening(facts: Any) -> Any:
    """Whether the lower bound of the slope is above 0; null with fewer than three answers or on one day only.

    With A = n sum(t^2) - sum(t)^2, B = n sum(ts) - sum(t) sum(s) and C = n sum(s^2) - sum(s)^2, slope / se is
    B / sqrt((A C - B^2) / (n - 2)): whole numbers stay whole, so that equal answers give exactly 0.
    """
    n, t, s = facts.n.cast("float64"), facts.t.cast("float64"), facts.s
    a, b, c = n * facts.tt - t * t, n * facts.ts - t * s, n * facts.ss - s * s
    above = b * b * (n - 2.0) > _quantile(facts.n - 2) ** 2 * (a * c - b * b)
    rising = (b > 0) & above
    return ibis.ifelse((facts.n >= 3) & (a > 0), rising, ibis.null("boolean"))


def _quantile(freedom: Any) -> Any:
    """Student's one-sided 80 % quantile."""
    cases = [(freedom == each, ibis.literal(two_sided_t(0.6, each))) for each in range(1, _EXACT_TO + 1)]
    return ibis.cases(*cases, else_=ibis.literal(two_sided_t(0.6, 1000)))
