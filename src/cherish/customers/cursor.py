"""Cursors: where a page ends, as a text that only we read, so that the next page goes on behind it."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TypeVar

import msgspec

from cherish.errors import QuestionError

LONGEST = 4_096
Place = TypeVar("Place")


def written(place: object) -> str:
    """The cursor of a place."""
    return urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def read(text: str, kind: type[Place]) -> Place:
    """The place of a cursor.

    Raises:
        QuestionError: no page gave such a cursor.
    """
    try:
        if len(text) > LONGEST:
            raise ValueError(text[:0])
        return msgspec.json.decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=kind)
    except (msgspec.MsgspecError, binascii.Error, ValueError):
        raise QuestionError("this cursor is none that a page gave; leave it out to begin with the first page") from None


def page_size(limit: int, most: int) -> int:
    """A page's length.

    Raises:
        QuestionError: too many or too few.
    """
    if not 1 <= limit <= most:
        raise QuestionError(f"limit={limit}: ask for 1 to {most:,} at a time, and go on with the page's cursor")
    return limit
