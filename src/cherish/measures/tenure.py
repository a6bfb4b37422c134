"""For how many days has the customer been known?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from cherish.points.fact import Fact
from cherish.points.measure import Fit, Measure, Moment, Value
from cherish.spec.definition import Card, Source
from cherish.spec.view import View


class Tenure(Measure):
    """Days since the customer was first seen; 1 means on the day before the moment's day."""

    card: ClassVar[Card] = Card(
        family="G",
        formula="day(moment) - day(first event)",
        unit="days",
        range=(0, None),
        source=Source("Fader, Hardie & Lee", 2005, "RFM and CLV: Using Iso-Value Curves"),
        example='log.measure("tenure")',
    )
    linear: ClassVar[bool] = True

    def facts(self, view: View) -> Mapping[str, Fact]:
        return {}

    def value(self, facts: Any, moment: Moment, fit: Fit | None = None) -> Value:
        return Value(y=moment.day - facts.first_day)

    def convention(self, view: View) -> str:
        return "tenure/since_first_event/local_days"
