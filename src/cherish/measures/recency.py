"""How many days ago was the customer last active?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from cherish.points.fact import Fact, last_day
from cherish.points.measure import Fit, Measure, Moment, Value
from cherish.spec.definition import WINDOW, Card, Source, parameter
from cherish.spec.view import View


class Recency(Measure):
    """Days since the customer was last active; 1 means on the day before the moment's day.

    The more recent responder is likelier to respond again (Novo): the oldest score of direct marketing, and on
    published data as good as most models at ranking who buys next.
    """

    card: ClassVar[Card] = Card(
        family="G",
        formula="day(moment) - day(last active event before the moment)",
        unit="days",
        range=(0, None),
        direction="lower",
        source=Source("Novo", 2001, "Drilling Down"),
        nulls={"never_active": "no active event in the window, so there is no last day to count from"},
        example='log.measure("recency", active="Order Completed")',
    )
    linear: ClassVar[bool] = True

    active: str = parameter("core", "the named set of events that count as activity, or event names joined by |")
    window: int | None = parameter(None, "how many days back to look; all: everything before the moment", WINDOW)

    def facts(self, view: View) -> Mapping[str, Fact]:
        return {"last": last_day("activity", window=self.window, names=view.names(self.active))}

    def value(self, facts: Any, moment: Moment, fit: Fit | None = None) -> Value:
        return Value(y=moment.day - facts.last, nulls={"never_active": facts.last.isnull()})

    def convention(self, view: View) -> str:
        return f"recency/{view.active(self.active)}/local_days"
