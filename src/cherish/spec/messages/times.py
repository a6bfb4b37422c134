"""Times as clients send them, and the moment that an event is placed at: whole microseconds since 1970, in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from cherish.spec import limits

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FIRST = (limits.EARLIEST - _EPOCH) // _MICROSECOND
_LAST = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
_MILLISECONDS_FROM = 10**11
"""A number is milliseconds from here on: as seconds it would lie beyond the year 5000."""

_LONGEST = 64


def instant(value: Any) -> int | None:
    """The microsecond that a text or number names; None for nothing (null, a blank text).

    Raises:
        ValueError: it is not a time.
    """
    if value is None or value == "":
        return None
    if isinstance(value, str) and len(value) <= _LONGEST:
        return _of_text(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError("not a time")  # noqa: TRY004 - a client's value, not a caller's
    scale = 1_000_000 if -_MILLISECONDS_FROM < value < _MILLISECONDS_FROM else 1_000
    found = round(value * scale)
    if abs(found) > _LAST:
        raise ValueError("beyond the calendar")
    return found


def since_epoch(at: datetime) -> int:
    """Whole microseconds since 1970; a time without a zone is UTC."""
    return ((at if at.tzinfo else at.replace(tzinfo=UTC)) - _EPOCH) // _MICROSECOND


def placed(original: int | None, sent: int | None, received: int) -> int:
    """When something happened, by our clock: the client's clock is wrong by as much as it was when it sent.

    Without the moment of sending the given time stands. Nothing lies in the future.

    Raises:
        ValueError: it would lie before 1900.
    """
    if original is None:
        return received
    at = original if sent is None else received - (sent - original)
    if at < _FIRST:
        raise ValueError("before 1900")
    return at if at < received else received


@lru_cache(maxsize=1024)  # the events of a batch share the moment of sending
def _of_text(text: str) -> int | None:
    try:
        # Digits alone may be a date or a count of seconds; they are not guessed at.
        return None if text.isspace() else since_epoch(datetime.fromisoformat("" if text.isdigit() else text))
    except ValueError:
        return since_epoch(_loosely(text))


def _loosely(text: str) -> datetime:
    """A time with a small z, or with blanks around it or before its offset."""
    day, _, time = text.strip().upper().replace("T", " ", 1).partition(" ")
    if day.isdigit():
        raise ValueError("not a time")
    try:
        return datetime.fromisoformat(f"{day}T{time.replace(' ', '')}" if time else day)
    except ValueError:
        raise ValueError("not a time") from None


def written(microseconds: int) -> str:
    """A moment as the text that `instant` reads back."""
    return (_EPOCH + microseconds * _MICROSECOND).isoformat()
