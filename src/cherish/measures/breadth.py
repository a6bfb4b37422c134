"""How many different features does the customer use?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import ibis

from cherish.measures._features import NAME, Features, number_used, per_feature, total
from cherish.points.fact import Fact
from cherish.points.measure import Fit, Measure, Moment, Value
from cherish.spec.definition import WINDOW, Card, Source, parameter
from cherish.spec.view import View


class Breadth(Measure):
    """Number of different features that the customer used in the window.

    A feature is an event of the active set by its name, a group of names (`groups`), or a value of a property
    (`feature=category`; events without it take no part). With `count=effective` features weigh by how much they are
    used: exp(Shannon entropy) is the number of equally used features that would be as diverse, so that of a thousand
    searches and one purchase it is hardly more than 1.
    """

    card: ClassVar[Card] = Card(
        family="O",
        formula="|{features used in [moment - window, moment)}|; effective: exp(-sum p ln p), p = uses of a feature / "
        "all uses",
        unit="features",
        range=(0, None),
        direction="higher",
        source=Source("Hill", 1973, "Diversity and Evenness: A Unifying Notation and Its Consequences"),
        nulls={"unused": "nothing was used in the window, so use has no diversity"},
        example='log.measure("breadth", count="effective")',
    )

    active: str = parameter("core", "the named set of events whose use counts, or event names joined by |")
    count: str = parameter("distinct", "count features alike, or by their use", choices=("distinct", "effective"))
    feature: str = parameter(NAME, "what tells features apart: name, or a property of the events")
    groups: str | None = parameter(None, "features as groups: browse=Page|Product Viewed; buy=Order Completed")
    window: int | None = parameter(28, "how many days back from the moment", WINDOW)

    def facts(self, view: View) -> Mapping[str, Fact]:
        features = Features.of(view, self.active, self.feature, self.groups, self.window)
        return features.each("times") if self.count == "effective" else features.used()

    def value(self, facts: Any, moment: Moment, fit: Fit | None = None) -> Value:
        if self.count == "distinct":
            return Value(y=number_used(facts))
        counts = [each.cast("float64") for each in per_feature(facts)]
        uses = total(counts)
        weighed = total([ibis.ifelse(each > 0, each * ibis.greatest(each, 1.0).ln(), 0.0) for each in counts])
        entropy = ibis.greatest(uses, 1.0).ln() - weighed / uses.nullif(0)
        return Value(y=ibis.greatest(entropy, 0.0).exp(), nulls={"unused": uses == 0})

    def convention(self, view: View) -> str:
        what = "groups" if self.groups is not None else self.feature
        return f"breadth/{view.active(self.active)}/{self.count}_{what}"
