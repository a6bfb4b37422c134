"""The event: Segment's message as a struct, taken as tolerantly as clients send it, and what is wrong with one.

Decoding forgives form (ids as numbers, explicit nulls, other spellings of a type); `problems` judges content and says
for each field what is wrong and what to do about it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from cherish.errors import InputError
from cherish.spec import limits
from cherish.spec.money import amount, currency_code, event_value
from cherish.spec.names import V1_NAMES

TYPES = ("track", "identify", "page", "screen", "group", "alias")
_ORDERLY = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?\s*(Z|[+-]\d{2}:?\d{2})?", re.I)
_MONEY = ("revenue", "subtotal", "total", "shipping", "tax", "discount")

Object = dict[str, Any]
"""A JSON object."""

Id = str | int | float | None
"""An id as clients send it."""


class Event(msgspec.Struct, rename="camel", kw_only=True, omit_defaults=True):
    """One message in Segment's fields; whatever a client left out or sent as null is None."""

    type: str | None = None
    event: Id = None
    name: Id = None
    category: Id = None
    user_id: Id = None
    anonymous_id: Id = None
    message_id: Id = None
    group_id: Id = None
    previous_id: Id = None
    timestamp: Id = None
    original_timestamp: Id = None
    sent_at: Id = None
    received_at: Id = None
    properties: Object | None = None
    traits: Object | None = None
    context: Object | None = None
    integrations: Object | None = None
    version: Id = None

    def __post_init__(self) -> None:
        for field in _IDS:
            setattr(self, field, text(getattr(self, field)))
        self.type = (self.type or "").strip().lower() or None
        if self.event is not None:
            self.event = V1_NAMES.get(str(self.event), str(self.event))

    @property
    def title(self) -> str | None:
        """The event's name: what was tracked, or for the other calls the type's customary name."""
        if self.type == "track" or (self.type is None and self.event):
            return text(self.event)
        named = text(self.name) or text((self.properties or {}).get("name"))
        kinds = {"page": "Page Viewed", "screen": "Screen Viewed"}
        return kinds.get(self.type or "", named or (self.type or "").title() or None)

    @property
    def person(self) -> Object:
        """The traits, from `traits` or (as some clients send them) only from `context.traits`."""
        held = (self.context or {}).get("traits")
        return self.traits or (held if isinstance(held, dict) else {})


_IDS = ("event", "name", "category", "user_id", "anonymous_id", "message_id", "group_id", "previous_id", "version")
_DECODER = msgspec.json.Decoder(Event)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with an event: the field, what is wrong, what to do. `fatal` ones refuse the event."""

    field: str
    wrong: str
    remedy: str
    fatal: bool = True

    def __str__(self) -> str:
        return f"{self.field}: {self.wrong}; {self.remedy}"


def text(value: Any) -> str | None:
    """An id as text: 17 and 17.0 are "17", blanks are trimmed, an empty one is None."""
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    return str(value).strip() or None


def decode(body: bytes | str) -> Event:
    """One event from JSON.

    Raises:
        InputError: not JSON, not an object, or a field of a kind that can't be meant.
    """
    try:
        return _DECODER.decode(body)
    except msgspec.DecodeError as error:
        raise InputError(f"not an event: {error}; send one JSON object with Segment's fields") from None


def from_object(value: Object) -> Event:
    """One event from an object that was decoded already (an item of a batch).

    Raises:
        InputError: a field of a kind that can't be meant.
    """
    try:
        return msgspec.convert(value, Event, strict=False)
    except msgspec.ValidationError as error:
        raise InputError(f"not an event: {error}; send one JSON object with Segment's fields") from None


def moment(value: Any) -> datetime | None:
    """An aware UTC moment from ISO 8601 text or epoch seconds or milliseconds; a time without a zone is UTC."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value / 1000 if abs(value) >= 1e11 else value, UTC)
        if not _ORDERLY.fullmatch(value.strip()):
            return None
        found = datetime.fromisoformat(value.strip().upper().replace(" ", "T", 1).replace(" ", ""))
    except (ValueError, OverflowError, OSError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def problems(event: Event) -> list[Problem]:
    """Everything that is wrong with an event, fatal first; empty for a sound one."""
    found = [*_who(event), *_what(event), *_when(event), *_how_much(event), *_how_large(event)]
    return sorted(found, key=lambda each: not each.fatal)


def _who(event: Event) -> list[Problem]:
    found = []
    if event.user_id is None and event.anonymous_id is None:
        found.append(Problem("userId", "neither userId nor anonymousId is there", "send one of them"))
    if event.type == "alias" and (event.previous_id is None or event.user_id is None):
        found.append(Problem("previousId", "an alias joins two ids and one is missing", "send userId and previousId"))
    if event.type == "group" and event.group_id is None:
        found.append(Problem("groupId", "a group call without a group", "send groupId"))
    for field in ("user_id", "anonymous_id", "message_id", "group_id", "previous_id"):
        value = getattr(event, field)
        if value is not None and len(value) > limits.ID_CHARACTERS:
            wrong = f"{len(value):,} characters, and {limits.ID_CHARACTERS} are allowed"
            found.append(Problem(_camel(field), wrong, "send a shorter id, such as a hash"))
    if event.message_id is None:
        found.append(Problem("messageId", "is missing", "send one, so that a repeat is known", fatal=False))
    return found


def _what(event: Event) -> list[Problem]:
    if event.type not in TYPES and not (event.type is None and event.event):
        return [Problem("type", f"{event.type!r} is not a call", f"use one of {', '.join(TYPES)}")]
    title = event.title
    if title is None:
        return [Problem("event", "a track call without the event's name", "send event")]
    if len(title) > limits.NAME_CHARACTERS:
        wrong = f"{len(title):,} characters, and {limits.NAME_CHARACTERS} are allowed"
        return [Problem("event", wrong, "send a name, and put what varies into properties")]
    return []


def _when(event: Event) -> list[Problem]:
    found = []
    for field in ("timestamp", "original_timestamp", "sent_at"):
        value = getattr(event, field)
        at = moment(value)
        if value is not None and at is None:
            found.append(Problem(_camel(field), f"{value!r} is not a time", "send ISO 8601 such as 2026-03-31T10:00Z"))
        elif at is not None and not limits.EARLIEST <= at < limits.LATEST:
            found.append(Problem(_camel(field), f"{value!r} lies outside 1900 to 2100", "check the client's clock"))
    return found


def _how_much(event: Event) -> list[Problem]:
    given = event.properties or {}
    found = [
        Problem(f"properties.{name}", f"{given[name]!r} is not an amount", "send a number with a decimal point")
        for name in _MONEY
        if given.get(name) is not None and amount(given[name]) is None
    ]
    currency = given.get("currency")
    if currency is not None and currency_code(currency) is None:
        remedy = "send an ISO 4217 code such as EUR"
        found.append(Problem("properties.currency", f"{currency!r} is not a currency", remedy))
    title = event.title or ""
    if title.startswith("Order ") and not found and event_value(title, given) is None and "Cancelled" not in title:
        found.append(Problem("properties.revenue", "an order without money", "send revenue and currency", fatal=False))
    return found


def _how_large(event: Event) -> list[Problem]:
    found = []
    for field in ("properties", "traits", "context"):
        value = getattr(event, field)
        if _deeper(value, limits.NESTING):
            found.append(Problem(field, f"is nested deeper than {limits.NESTING} levels", "send it flatter"))
            return found
        if value is not None and len(value) > limits.KEYS:
            found.append(Problem(field, f"has {len(value):,} keys, and {limits.KEYS:,} are allowed", "send fewer"))
    size = len(msgspec.json.encode(event))
    if size > limits.EVENT_BYTES:
        found.append(Problem("event", f"{size:,} bytes, and {limits.EVENT_BYTES:,} are allowed", "send less with it"))
    elif size > limits.EVENT_BYTES_WARN:
        found.append(Problem("event", f"{size:,} bytes is large", "many clients stop at 32 KB", fatal=False))
    return found


def _deeper(value: Any, levels: int) -> bool:
    # Level by level, so that a hostile depth can't exhaust the stack.
    layer: list[Any] = [value]
    for _ in range(levels + 1):
        layer = [child for each in layer for child in _children(each)]
        if not layer:
            return False
    return any(isinstance(each, dict | list) for each in layer)


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _camel(field: str) -> str:
    head, *rest = field.split("_")
    return head + "".join(part.title() for part in rest)
