"""Single fields of an event, taken as tolerantly as clients send them: numbers as ids, explicit nulls, blanks."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from cherish.spec.messages.reasons import Refused
from cherish.spec.messages.sound import Object

KINDS = ("track", "identify", "page", "screen", "group", "alias")
"""The calls of Segment's spec."""


def kind_of(event: Object) -> str:
    """Which call an event is; one that names only what was tracked is a track call.

    Raises:
        Refused: none that is known.
    """
    given = event.get("type")
    if given in KINDS:
        return str(given)
    kind = given.strip().lower() if isinstance(given, str) else given
    if kind is None and event.get("event") is not None:
        return "track"
    if kind not in KINDS:
        raise Refused("unknown_type", f"type is not a call; send one of {', '.join(KINDS)}")
    return str(kind)


def text_in(event: Object, field: str, longest: int, code: str = "id_too_long") -> str | None:
    """An id or a name: trimmed, None when blank, a number as its digits.

    Raises:
        Refused: another kind of value, or too many characters.
    """
    given = event.get(field)
    if given is None:
        return None
    text = (given if isinstance(given, str) else _digits(given, field)).strip()
    if len(text) > longest:
        raise Refused(code, f"{field} has {len(text):,} characters, and {longest:,} are allowed; send a shorter one")
    return text or None


def object_in(event: Object, field: str) -> Object | None:
    """An object; None when it is empty, which PHP writes as [].

    Raises:
        Refused: another kind of value.
    """
    given = event.get(field)
    if not given and given in (None, {}, []):
        return None
    if not isinstance(given, dict):
        raise Refused("wrong_kind", f"{field} is not an object; send a JSON object")
    return given


def _digits(given: Any, field: str) -> str:
    if isinstance(given, bool) or not isinstance(given, int | Decimal):
        raise Refused("wrong_kind", f"{field} is neither text nor a number; send text")
    return str(int(given) if given == int(given) else given)
