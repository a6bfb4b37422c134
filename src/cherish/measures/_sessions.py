"""What measures of sessions share: the parameters that say what a session is, and which sessions are looked at."""

from __future__ import annotations

from typing import Any

from cherish.points.measure import Measure
from cherish.points.relations._session_presets import left_out
from cherish.points.relations.sessions import Sessions
from cherish.spec.definition import DURATION, FLAG, NAMES, WINDOW, parameter
from cherish.spec.view import View


class OfSessions(Measure):
    """A measure of the sessions that began in a window."""

    active: str = parameter("core", "the named set of events that make sessions, or event names joined by |")
    boundary: str = parameter(
        "ge", "a pause of exactly the timeout: ge ends the session, gt does not", choices=("ge", "gt")
    )
    max_length: int | None = parameter(None, "the longest session, such as 24h", DURATION)
    midnight_reset: bool = parameter(False, "whether a session ends at local midnight", FLAG)
    timeout: int = parameter(1800, "the pause that ends a session", DURATION)
    window: int | None = parameter(28, "how many days back from the moment", WINDOW)

    def notes(self, view: View) -> tuple[str, ...]:
        """Which events of the active set never make a session."""
        return left_out(view, self.active, "never makes a session", "never make a session")

    def relation(self, **more: Any) -> Sessions:
        """The sessions that the parameters describe."""
        named = ("active", "boundary", "goals", "max_length", "midnight_reset", "timeout", "views")
        own = {name: getattr(self, name) for name in named if hasattr(self, name)}
        return Sessions(**{**own, **more})


class OfViews(OfSessions):
    """A measure that counts views in sessions."""

    views: tuple[str, ...] = parameter(
        (), "event names that are page or screen views; none given: the standard names", NAMES
    )
