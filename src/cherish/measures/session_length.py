"""How long does the customer stay?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from cherish.measures._sessions import OfSessions
from cherish.points.fact import Fact, count, total
from cherish.points.measure import Fit, Moment, Value
from cherish.spec.definition import Card, Source
from cherish.spec.view import View


class SessionLength(OfSessions):
    """Mean length of a session in minutes, of the sessions that began in the window.

    A session ends with its last event, so that one with a single event lasts no time at all: the timeout after it is
    silence, not presence. For a group this is all time over all sessions.
    """

    card: ClassVar[Card] = Card(
        family="C",
        formula="(last - first event of each session, in minutes) / sessions",
        unit="minutes per session",
        range=(0, None),
        direction="higher",
        source=Source("Catledge & Pitkow", 1995, "Characterizing browsing strategies in the World-Wide Web"),
        nulls={"no_sessions": "no session began in the window, so there is no length"},
        example='log.measure("session_length")',
    )

    def facts(self, view: View) -> Mapping[str, Fact]:
        relation = self.relation()
        return {
            "sessions": count(relation, window=self.window, where="opens"),
            "microseconds": total(relation, "microseconds", window=self.window),
        }

    def value(self, facts: Any, moment: Moment, fit: Fit | None = None) -> Value:
        minutes = facts.microseconds.cast("float64") / 60_000_000.0
        return Value(y=minutes, x=facts.sessions, nulls={"no_sessions": facts.sessions == 0})

    def convention(self, view: View) -> str:
        return f"session_length/{self.relation()}/{view.active(self.active)}/last_event_ends"
