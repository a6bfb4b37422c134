"""Which share of the customer's sessions is more than a glance?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from cherish.measures._sessions import OfViews
from cherish.points.fact import Fact, count
from cherish.points.measure import Fit, Moment, Value
from cherish.spec.definition import NAMES, REAL, WHOLE, Card, Source, parameter
from cherish.spec.view import View


class EngagedSessions(OfViews):
    """Share of sessions that last long enough, or have a goal, or enough views (Google Analytics 4's engagement rate).

    One less this share is the bounce rate. For a group this is all engaged sessions over all sessions.
    """

    card: ClassVar[Card] = Card(
        family="C",
        formula="|sessions : length > seconds or a goal or views >= least_views| / |sessions|",
        unit="share",
        range=(0, 1),
        direction="higher",
        source=Source("Google", 2020, "Analytics Help: engaged sessions"),
        nulls={"no_sessions": "no session began in the window, so there is no share"},
        needs=("customer", "time", "event"),
        example='log.measure("engaged_sessions", seconds="30")',
    )

    goals: tuple[str, ...] = parameter(
        (), "event names that are goals (key events); none given: the standard names", NAMES
    )
    least_views: int = parameter(2, "so many views make a session engaged", WHOLE, least=1)
    seconds: float = parameter(10.0, "a session that lasts longer than so many seconds is engaged", REAL, least=0.0)

    def facts(self, view: View) -> Mapping[str, Fact]:
        relation = self.relation(engaged_seconds=self.seconds, engaged_views=self.least_views)
        relation.view_names(view)
        return {
            "sessions": count(relation, window=self.window, where="opens"),
            "engaged": count(relation, window=self.window, where="becomes_engaged"),
        }

    def value(self, facts: Any, moment: Moment, fit: Fit | None = None) -> Value:
        return Value(y=facts.engaged, x=facts.sessions, nulls={"no_sessions": facts.sessions == 0})

    def convention(self, view: View) -> str:
        relation = self.relation()
        goals = "|".join(relation.goal_names(view)) or "none"
        rule = f"over_{self.seconds:g}s/views_{self.least_views}/goals={goals}"
        return f"engaged_sessions/{relation}/{view.active(self.active)}/{rule}"
