"""On how many days was the customer active?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from cherish.points.fact import Fact, days
from cherish.points.measure import Fit, Measure, Moment, Value
from cherish.spec.definition import WHOLE, WINDOW, Card, Source, parameter
from cherish.spec.view import View


class ActiveDays(Measure):
    """Number of distinct local days in the window on which the customer was active (L7, L28, L30).

    Averaged over the active customers and divided by the window's length this is the stickiness ratio: the mean of
    daily actives over monthly actives is the mean of active days over 28, exactly. With `at_least` the value of a group
    is the share of its customers that reach the threshold.
    """

    card: ClassVar[Card] = Card(
        family="A",
        formula="|{local days d in [moment - window, moment) : an active event on d}|",
        unit="days",
        range=(0, None),
        direction="higher",
        source=Source("Jin & Chen", 2018, "The Power User Curve"),
        example='log.measure("active_days", window="7d")',
    )
    active: str = parameter("core", "the named set of events that count as activity, or event names joined by |")
    at_least: int | None = parameter(None, "1 for customers with at least so many days, else 0", WHOLE, least=1)
    window: int | None = parameter(28, "how many days back from the moment", WINDOW)

    @property
    def additive(self) -> bool:
        return self.at_least is None

    def facts(self, view: View) -> Mapping[str, Fact]:
        return {"days": days("activity", window=self.window, names=view.names(self.active))}

    def value(self, facts: Any, moment: Moment, fit: Fit | None = None) -> Value:
        if self.at_least is not None:
            return Value(y=(facts.days >= self.at_least).cast("int64"))
        return Value(y=facts.days)

    def convention(self, view: View) -> str:
        return f"active_days/{view.active(self.active)}/distinct_local_days"
