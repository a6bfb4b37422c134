"""A line: one event in our columns, as it is written to the journal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from cherish.spec.bots import is_bot
from cherish.spec.messages.bounds import Limits
from cherish.spec.messages.fields import kind_of, object_in, text_in
from cherish.spec.messages.reasons import Refused
from cherish.spec.messages.sound import Object
from cherish.spec.messages.times import instant, placed
from cherish.spec.noise import BOT

_VIEWS = ("page", "screen")


class Line(msgspec.Struct, omit_defaults=True, kw_only=True):
    """An event in our columns; what is None is left out. Times are microseconds since 1970, UTC."""

    message_id: str
    type: str
    name: str | None = None
    ts: int
    received_at: int
    original_ts: int | None = None
    anonymous_id: str | None = None
    user_id: str | None = None
    previous_id: str | None = None
    group_id: str | None = None
    properties: Object | None = None
    traits: Object | None = None
    context: Object | None = None
    integrations: Object | None = None
    noise: str | None = None
    """Why the event is left out of answers: a bot's, as long as its user agent is there to tell."""


@dataclass(frozen=True)
class Around:
    """What an item of a batch takes from around it: the type in the path, the clocks, the batch's own objects, and
    why none of them counts, where that is known before."""

    kind: str | None
    received: int
    limits: Limits
    new_id: Callable[[], str]
    sent: int | None = None
    context: Object | None = None
    integrations: Object | None = None
    noise: str | None = None


def line(event: Object, around: Around) -> Line:
    """The line of one event.

    Raises:
        Refused: what is wrong with it.
    """
    limits = around.limits
    kind = around.kind or kind_of(event)
    properties = _properties(kind, event, limits)
    context = _context(event, around)
    user = text_in(event, "userId", limits.id)
    anonymous = text_in(event, "anonymousId", limits.id)
    previous = text_in(event, "previousId", limits.id)
    group = text_in(event, "groupId", limits.id)
    if group is None and context:
        group = text_in(context, "groupId", limits.id)
    if user is None or kind in ("alias", "group"):
        _complete(kind, user, anonymous, previous, group)
    at, original = _times(event, around)
    return Line(
        message_id=text_in(event, "messageId", limits.message_id) or around.new_id(),
        type=kind,
        name=_name(kind, event, properties, limits),
        ts=at,
        received_at=around.received,
        original_ts=original,
        anonymous_id=anonymous,
        user_id=user,
        previous_id=previous,
        group_id=group,
        properties=properties,
        traits=_traits(kind, event, context),
        context=context,
        integrations=object_in(event, "integrations") or around.integrations,
        noise=BOT if context and is_bot(context.get("userAgent")) else around.noise,
    )


def _complete(kind: str, user: str | None, anonymous: str | None, previous: str | None, group: str | None) -> None:
    if user is None and anonymous is None:
        raise Refused("missing_id", "neither userId nor anonymousId is there; send one of them")
    if kind == "alias" and user is None:
        raise Refused("missing_user_id", "an alias joins two ids and userId is missing; send it")
    if kind == "alias" and previous is None:
        raise Refused("missing_previous_id", "an alias joins two ids and previousId is missing; send it")
    if kind == "group" and group is None:
        raise Refused("missing_group_id", "groupId is missing; send the group that the call is about")


def _name(kind: str, event: Object, properties: Object | None, limits: Limits) -> str | None:
    if kind == "track":
        name = text_in(event, "event", limits.name, "name_too_long")
        if name is None:
            raise Refused("missing_event", "event is missing; send the name of what was done")
        return name
    if kind not in _VIEWS:
        return None
    name = text_in(event, "name", limits.name, "name_too_long")
    if name is None and properties and isinstance(properties.get("name"), str):
        name = text_in(properties, "name", limits.name, "name_too_long")
    return name


def _properties(kind: str, event: Object, limits: Limits) -> Object | None:
    """The properties; a page's category, which some clients send beside them, belongs to them."""
    properties = object_in(event, "properties")
    if kind in _VIEWS and (category := text_in(event, "category", limits.name, "name_too_long")):
        return {"category": category, **(properties or {})}
    return properties


def _times(event: Object, around: Around) -> tuple[int, int | None]:
    """When it happened by our clock, and by the client's."""
    sent = sending(event.get("sentAt"), around.sent)
    try:
        original = instant(event.get("timestamp"))
        if original is None:
            original = instant(event.get("originalTimestamp"))
        at = placed(original, sent, around.received)
    except ValueError as error:
        raise Refused("bad_time", f"timestamp is {error}; send ISO 8601 such as 2026-03-31T10:00:00Z") from None
    return at, sent if original is None else original


def sending(value: Any, otherwise: int | None) -> int | None:
    """The moment of sending; one that can't be read says nothing about the clock, and the event is still sound."""
    try:
        found = instant(value)
    except ValueError:
        return otherwise
    return otherwise if found is None else found


def _context(event: Object, around: Around) -> Object | None:
    """The event's context, and the batch's wherever the event's is silent."""
    own = object_in(event, "context")
    if own and around.context:
        return {**around.context, **own}
    return own or around.context


def _traits(kind: str, event: Object, context: Object | None) -> Object | None:
    """The traits, which some clients send with an identify call only in its context."""
    traits = object_in(event, "traits")
    if traits is None and kind == "identify" and context:
        return object_in(context, "traits")
    return traits
