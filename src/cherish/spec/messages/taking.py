"""Taking a body: each event becomes a line of our columns, or is refused with its reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

import msgspec
from msgspec import Raw

from cherish.spec.bots import is_bot
from cherish.spec.messages.bounds import LIMITS, Limits
from cherish.spec.messages.discreet import agents_in
from cherish.spec.messages.lines import Around, Line, line, sending
from cherish.spec.messages.reasons import Malformed, Refusal, Refused, Taken
from cherish.spec.messages.sound import Object, cut_emoji, decoded, sound
from cherish.spec.messages.splitting import Envelope, bounded, check_object, split, too_large
from cherish.spec.messages.times import since_epoch, written
from cherish.spec.noise import BOT

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_NOTHING = (b"", b"null", b"[]")
_LONGEST_TIME = 100
_MARK = b"\xef\xbb\xbf"
"""The byte order mark that some libraries write before JSON."""


def new_id() -> str:
    """An id for an event that came without one."""
    return str(uuid4())


def taken(
    body: bytes,
    *,
    kind: str | None,
    received_at: datetime,
    limits: Limits = LIMITS,
    new_id: Callable[[], str] = new_id,
    noise: str | None = None,
) -> Taken:
    """What is taken of a body: a batch, or one event of the kind that its path says.

    `noise` is why none of it counts, where that is known before.

    Raises:
        Malformed: nothing can be taken of it.
    """
    body = body.removeprefix(_MARK)
    bounded(body, limits)
    around = Around(kind, since_epoch(received_at), limits, new_id, noise=noise)
    items: Sequence[bytes | Raw] = (body,)
    if kind is None:
        envelope = split(body, limits)
        items, around = envelope.batch or (), _inside(around, envelope)
    else:
        _check_single(body, limits)
    lines: list[Line] = []
    refused: list[Refusal] = []
    for place, item in enumerate(items):
        text = bytes(item)
        try:
            lines.append(_line(place, text, around))
        except Refused as reason:
            kept = limits.discreet.of_refused(text)
            refused.append(Refusal(place, reason.code, reason.message, kept, _beside(text, around)))
    return Taken(_ENCODER.encode_lines(lines), len(lines), tuple(refused))


def _line(place: int, text: bytes, around: Around) -> Line:
    limits = around.limits
    if place >= limits.batch:
        raise Refused("too_many_events", f"a batch holds {limits.batch:,} events; send what follows in another")
    if len(text) > limits.event:
        raise Refused("event_too_large", f"{len(text):,} bytes, and {limits.event:,} are allowed; send less with it")
    found = line(sound(text, limits), around)
    # Last, so that whatever needs the whole of it has seen it.
    if found.context:
        found.context = limits.discreet.of_context(found.context) or None
    return found


def _check_single(body: bytes, limits: Limits) -> None:
    """Refuse a single event as a whole where no client could have meant it; what is left is refused with its bytes."""
    if len(body) > limits.event:
        raise too_large(f"more than {limits.event:,} bytes for one event")
    try:
        body.decode()
        check_object(body)
    except UnicodeDecodeError as error:
        raise Malformed("not_unicode", "the body holds bytes that are not UTF-8; send UTF-8", error.start) from None
    except Malformed:
        if not cut_emoji(body):
            raise


def _inside(around: Around, batch: Envelope) -> Around:
    """What surrounds the items of a batch."""
    context = _shared("context", batch.context, batch, around.limits)
    integrations = _shared("integrations", batch.integrations, batch, around.limits)
    return replace(around, sent=_sent(batch.sent_at), context=context, integrations=integrations)


def _beside(text: bytes, around: Around) -> bytes:
    """What a refused event would have had from around it, as JSON; whether a bot sent it too, for of the user agent
    only a part is kept."""
    context, discreet = around.context or {}, around.limits.discreet
    told: Object = {"context": discreet.of_context(context), "integrations": around.integrations}
    if around.sent is not None and around.sent >= 0:
        told["sentAt"] = written(around.sent)
    agents: list[Any] = agents_in(text) or [context.get("userAgent")]
    told["noise"] = BOT if any(map(is_bot, agents)) else around.noise
    told = {name: value for name, value in told.items() if value}
    return _ENCODER.encode(told) if told else b""


def _sent(text: Raw) -> int | None:
    try:
        return sending(decoded(bytes(text)), None) if 0 < len(text) < _LONGEST_TIME else None
    except Refused:
        return None


def _shared(field: str, text: Raw, batch: Envelope, limits: Limits) -> Object | None:
    """An object of the batch that every item of it is given."""
    events = len(batch.batch or ())
    if len(text) * events > limits.unpacked:
        raise too_large(f"{field} that would be written with each of {events:,} events")
    given = bytes(text)
    if given in _NOTHING:
        return None
    try:
        return sound(given, limits) or None
    except Refused as reason:
        code = "wrong_kind" if reason.code == "not_an_object" else reason.code
        raise Malformed(code, f"{field} of the batch: {reason.message}") from None
