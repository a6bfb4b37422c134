"""Moments as people write and read them, in the log's time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from cherish.errors import QuestionError
from cherish.spec.calendar import zone


def moment_of(text: str, zone_name: str) -> datetime:
    """The moment that a text names: a date is the start of that local day, a time without an offset is local.

    Raises:
        QuestionError: neither a date nor a time.
    """
    local = zone(zone_name)
    try:
        if len(text) <= len("2011-12-10"):
            return datetime.combine(date.fromisoformat(text), time.min, local).astimezone(UTC)
        found = datetime.fromisoformat(text)
    except ValueError:
        raise QuestionError(
            f"as_of={text!r}: write a date such as 2011-12-10 or a time such as 2011-12-10T18:30"
        ) from None
    return (found if found.tzinfo else found.replace(tzinfo=local)).astimezone(UTC)


def moment_in(moment: datetime, zone_name: str) -> str:
    """A moment in local words: a date where it is the start of a local day, date and time otherwise."""
    local = moment.astimezone(zone(zone_name)).replace(tzinfo=None)
    return local.date().isoformat() if local.time() == time() else local.isoformat(sep=" ", timespec="minutes")
