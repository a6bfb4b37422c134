"""Reached, engaged, activated or nurtured?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import ibis

from cherish.errors import QuestionError
from cherish.points.fact import Fact, count, greatest, least
from cherish.points.measure import Fit, Measure, Moment, Value
from cherish.points.relations._session_presets import left_out
from cherish.points.relations.events import Events
from cherish.points.relations.sessions import Sessions
from cherish.spec.definition import FLAG, NAMES, WHOLE, WINDOW, Card, Source, parameter
from cherish.spec.names import (
    CLICKS,
    CONTRIBUTES,
    CREATES,
    ORDER_COMPLETED,
    REACHES,
    REVIEWS,
    SEARCHES,
    SHARES,
    SIGNS_UP,
    VIEWS,
)
from cherish.spec.roles import any_of, role
from cherish.spec.view import View


class Rean(Measure):
    """The furthest stage of Reach, Engage, Activate, Nurture that holds for the customer.

    none       nothing of what follows
    reached    something was sent or shown, or looked at
    engaged    `least` engage events or more, or (with `sessions`) a session that Google Analytics would call engaged
    activated  the target action, once or more
    nurtured   activated, and within the last `nurture_days` again, or a nurture event after the first activation; under
               `view=ever` at any time after it, so that the stage never falls back
    """

    card: ClassVar[Card] = Card(
        family="L",
        formula="the highest stage that holds: none 0, reached 1, engaged 2, activated 3, nurtured 4",
        unit="stage",
        range=(0, 4),
        direction="higher",
        source=Source("Jackson", 2009, "Cult of Analytics"),
        needs=("customer", "time", "event"),
        example='log.measure("rean", activate="Order Completed")',
    )
    stages: ClassVar[tuple[str, ...]] = ("none", "reached", "engaged", "activated", "nurtured")

    activate: tuple[str, ...] = parameter((ORDER_COMPLETED,), "events that are the target action", NAMES)
    engage: tuple[str, ...] = parameter(
        ("Product Viewed", "Content Viewed", "Product Added", *SEARCHES, *CLICKS, *SIGNS_UP),
        "events that lead to the target action", NAMES,
    )  # fmt: skip
    least: int = parameter(2, "so many engage events make an engaged customer", WHOLE, least=1)
    nurture: tuple[str, ...] = parameter(
        (*REVIEWS, *SHARES, *CREATES, *CONTRIBUTES, "Coupon Redeemed"), "events that bring customers back", NAMES
    )
    nurture_days: int = parameter(90, "how long a nurture event or a repeated activation lasts", WINDOW, least=1)
    reach: tuple[str, ...] = parameter((*REACHES, *VIEWS), "ways in which people meet the company", NAMES)
    sessions: bool = parameter(False, "whether an engaged session makes an engaged customer, too", FLAG)
    view: str = parameter("current", "the stage that holds now, or the furthest ever", choices=("current", "ever"))

    def facts(self, view: View) -> Mapping[str, Fact]:
        there = any_of(view, self, "activate", "engage", "reach", "nurture")
        if not there["activate"]:
            role(view, self, "activate")
        lasting = None if self.view == "ever" else self.nurture_days
        found = {
            "activations": count("activity", names=there["activate"]),
            "lately": count("activity", names=there["activate"], window=lasting),
            "activated_at": least(Events(there["activate"]), "ts"),
        }
        if there["nurture"]:
            found["nurtured_at"] = greatest(Events(there["nurture"]), "ts", window=lasting)
        if there["engage"]:
            found["engaged"] = count("activity", names=there["engage"])
        if there["reach"]:
            found["reached"] = count("activity", names=there["reach"])
        if self.sessions:
            found["engaged_sessions"] = count(Sessions(), where="becomes_engaged")
        return found

    def value(self, facts: Any, moment: Moment, fit: Fit | None = None) -> Value:
        again = (facts.activations > 1) & (facts.lately > 0)
        nurtured = again | self._later(facts)
        engaged = self._at_least(facts, "engaged", self.least) | self._at_least(facts, "engaged_sessions", 1)
        reached = self._at_least(facts, "reached", 1) | self._at_least(facts, "engaged", 1)
        activated = facts.activations > 0
        code = ibis.cases(
            (activated & nurtured, 4), (activated, 3), (engaged, 2), (reached, 1), else_=0,
        )  # fmt: skip
        return Value(y=code.cast("int64"))

    def _later(self, facts: Any) -> Any:
        if not hasattr(facts, "nurtured_at"):
            return ibis.literal(False)
        return (facts.nurtured_at > facts.activated_at).fill_null(False)

    def _at_least(self, facts: Any, name: str, least: int) -> Any:
        return getattr(facts, name) >= least if hasattr(facts, name) else ibis.literal(False)

    def check(self) -> None:
        """An event that is the target action can't lead to it."""
        both = sorted(set(self.activate) & {*self.engage, *self.nurture})
        if both:
            raise QuestionError(
                f"{both[0]!r} is in activate and in another stage; a repeated activation nurtures anyway"
            )

    def notes(self, view: View) -> tuple[str, ...]:
        """Which events never make a session, where sessions are asked for."""
        made = ("never makes a session", "never make a session")
        return left_out(view, Sessions().active, *made) if self.sessions else ()

    def convention(self, view: View) -> str:
        session = "/or_engaged_session" if self.sessions else ""
        return f"rean/{self.view}/engage_{self.least}{session}/nurture_{self.nurture_days}d"
