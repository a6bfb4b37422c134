"""How often did the customer come?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from cherish.measures._sessions import OfSessions
from cherish.points.fact import Fact, count
from cherish.points.measure import Fit, Moment, Value
from cherish.spec.definition import Card, Source
from cherish.spec.view import View


class Sessions(OfSessions):
    """Number of sessions that began in the window.

    A session is a run of the customer's own events without a pause of the timeout or more; what the company does never
    makes or prolongs one. A session counts where it begins, also if it goes on beyond the window's end.
    """

    card: ClassVar[Card] = Card(
        family="C",
        formula="|{sessions : moment - window <= begin < moment}|",
        unit="sessions",
        range=(0, None),
        direction="higher",
        source=Source("Catledge & Pitkow", 1995, "Characterizing browsing strategies in the World-Wide Web"),
        example='log.measure("sessions", window="28d")',
    )

    def facts(self, view: View) -> Mapping[str, Fact]:
        return {"sessions": count(self.relation(), window=self.window, where="opens")}

    def value(self, facts: Any, moment: Moment, fit: Fit | None = None) -> Value:
        return Value(y=facts.sessions)

    def convention(self, view: View) -> str:
        return f"sessions/{self.relation()}/{view.active(self.active)}"
