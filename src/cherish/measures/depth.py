"""How intensely does the customer use those features that are used at all?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from cherish.measures._features import NAME, Features, number_used, per_feature, total
from cherish.points.fact import Fact
from cherish.points.measure import Fit, Measure, Moment, Value
from cherish.spec.definition import WINDOW, Card, parameter
from cherish.spec.view import View


class Depth(Measure):
    """Mean intensity per used feature in the window: how often each was used, or on how many days.

    Features that the customer did not use take no part, so depth says nothing of breadth, and the two together tell
    four kinds of customers apart. A feature is an event of the active set by its name, a group of names (`groups`), or
    a value of a property (`feature=category`; then only `counting=times`).
    """

    card: ClassVar[Card] = Card(
        family="O",
        formula="sum over used features of uses (or days of use) / |{features used}|, in [moment - window, moment)",
        unit="per used feature",
        range=(0, None),
        direction="higher",
        nulls={"unused": "nothing was used in the window, so there is nothing to take a mean of"},
        example='log.measure("depth", counting="days")',
    )

    active: str = parameter("core", "the named set of events whose use counts, or event names joined by |")
    counting: str = parameter("times", "intensity: how often, or on how many days", choices=("times", "days"))
    feature: str = parameter(NAME, "what tells features apart: name, or a property of the events")
    groups: str | None = parameter(None, "features as groups: browse=Page|Product Viewed; buy=Order Completed")
    window: int | None = parameter(28, "how many days back from the moment", WINDOW)

    def facts(self, view: View) -> Mapping[str, Fact]:
        features = Features.of(view, self.active, self.feature, self.groups, self.window)
        return features.each("days") if self.counting == "days" else {**features.used(), "uses": features.uses()}

    def value(self, facts: Any, moment: Moment, fit: Fit | None = None) -> Value:
        used = number_used(facts)
        uses = total(per_feature(facts)) if self.counting == "days" else facts.uses
        return Value(y=uses, x=used, nulls={"unused": used == 0})

    def convention(self, view: View) -> str:
        what = "groups" if self.groups is not None else self.feature
        return f"depth/{view.active(self.active)}/{self.counting}_per_used_{what}"
