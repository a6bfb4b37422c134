"""How many pages does the customer look at in a session?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from cherish.measures._sessions import OfViews
from cherish.points.fact import Fact, count
from cherish.points.measure import Fit, Moment, Value
from cherish.spec.definition import Card, Source
from cherish.spec.view import View


class SessionDepth(OfViews):
    """Page or screen views per session, of the sessions that began in the window.

    For a group this is all views over all sessions, not the mean of the customers' own ratios.
    """

    card: ClassVar[Card] = Card(
        family="C",
        formula="views in sessions / sessions",
        unit="views per session",
        range=(0, None),
        direction="higher",
        source=Source("Peterson", 2007, "Measuring the Immeasurable: Visitor Engagement"),
        nulls={"no_sessions": "no session began in the window, so there is no depth"},
        needs=("customer", "time", "event"),
        example='log.measure("session_depth", views="Page Viewed")',
    )

    def facts(self, view: View) -> Mapping[str, Fact]:
        relation = self.relation()
        relation.view_names(view)
        return {
            "sessions": count(relation, window=self.window, where="opens"),
            "views": count(relation, window=self.window, where="view"),
        }

    def value(self, facts: Any, moment: Moment, fit: Fit | None = None) -> Value:
        return Value(y=facts.views, x=facts.sessions, nulls={"no_sessions": facts.sessions == 0})

    def convention(self, view: View) -> str:
        relation = self.relation()
        return f"session_depth/{relation}/{view.active(self.active)}/views={'|'.join(relation.view_names(view))}"
