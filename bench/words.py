"""What is asked of a log: its span and its words. No library is loaded, so that a process can be timed whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

EVENT = "Order Completed"


@dataclass(frozen=True)
class Words:
    """The names that a journey is asked by: steps of a funnel and its window in days, views and goals of sessions."""

    steps: tuple[str, str, str, str]
    days: int
    views: tuple[str, ...]
    goal: str = EVENT


VISITS = Words(("Page Viewed", "Product Viewed", "Product Added", EVENT), 7, ("Page Viewed", "Product Viewed"))
DEPARTMENTS = Words(("GROCERY", "PRODUCE", "MEAT", "DELI"), 7, ("GROCERY", "PRODUCE"), "DRUG GM")
"""Of a grocery's lines, named by department."""

WORDS = {"visits": VISITS, "departments": DEPARTMENTS}


@dataclass(frozen=True)
class Span:
    """The first day of a log, and the day after its last."""

    first: date
    end: date

    @classmethod
    def of(cls, log: Any) -> Span:
        """The span of a log in UTC."""
        from cherish.spec.view import View

        view = View.of(log)
        return cls(view.calendar.day_of(view.facts.first), view.calendar.day_of(view.as_of))
