"""Short streams of a few people for tests of the funnel, and how many of them reach each step."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from logs import event, log_of
from reports.asking import ask

START = datetime(2024, 3, 4, 12)
MOMENT = datetime(2024, 6, 1, tzinfo=UTC)
DAY = 86_400
MICRO = 1e-6
GENERAL = {"exclude": "X"}
"""With an event to look out for, a plain question is answered in the general way instead of the quick one."""


def act(user: str, name: str, seconds: float = 0, **told: Any) -> dict[str, Any]:
    """One event so many seconds after the start, with these properties."""
    return event(user, name, START + shift(seconds), properties=json.dumps(told) if told else None)


def acts(names: Iterable[str], user: str = "ann") -> list[dict[str, Any]]:
    """One event a minute; a name is a letter."""
    return [act(user, name, 60 * place) for place, name in enumerate(names)]


def shift(seconds: float) -> timedelta:
    """So many seconds, to the microsecond."""
    return timedelta(microseconds=round(seconds * 1_000_000))


def reached(events: list[dict[str, Any]], steps: Any, as_of: Any = MOMENT, **given: Any) -> list[int]:
    """How many reached each step; the log knows the names of all steps and exclusions."""
    known = [act("nobody", name, -400 * DAY) for name in "ABCDX"]
    rows = ask(log_of([*events, *known]), "funnel", as_of, steps=steps, **{"since": "2024-01-01", **given})
    return [row["reached"] for row in rows]
