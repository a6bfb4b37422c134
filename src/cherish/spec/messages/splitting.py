"""A batch request split into its items, each as the bytes it came in, and what stands beside them."""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec

from cherish.spec.messages.apart import apart
from cherish.spec.messages.bounds import Limits
from cherish.spec.messages.reasons import Malformed
from cherish.spec.messages.sound import TOO_DEEP

Decoded = TypeVar("Decoded")


class Envelope(msgspec.Struct, rename="camel"):
    """A batch request: its items as they came, and what stands beside them."""

    batch: list[msgspec.Raw] | None = None
    sent_at: msgspec.Raw = msgspec.Raw()
    context: msgspec.Raw = msgspec.Raw()
    integrations: msgspec.Raw = msgspec.Raw()


class Anything(msgspec.Struct):
    """An object, whatever is in it."""


_ENVELOPE = msgspec.json.Decoder(Envelope)
_ANYTHING = msgspec.json.Decoder(Anything)
_BYTE = re.compile(r"\(byte (\d+)\)")


def split(body: bytes, limits: Limits) -> Envelope:
    """A batch request, split. One that the decoder refuses is taken apart by its brackets, so that neighbours are kept.

    Raises:
        Malformed: it is no batch request, or too much of one.
    """
    try:
        envelope = _decoded(_ENVELOPE, body)
    except Malformed as refusal:
        envelope = _rescued(body, refusal, limits)
    if envelope.batch is None:
        raise Malformed("no_batch", 'there is no list of events; send {"batch": [...]}')
    if len(envelope.batch) > limits.listed:
        raise too_large(f"more than {limits.listed:,} events")
    return envelope


def check_object(body: bytes) -> None:
    """Refuse a body that is not one JSON object.

    Raises:
        Malformed: what it is instead, or where the decoder gave up.
    """
    _decoded(_ANYTHING, body)


def bounded(body: bytes, limits: Limits) -> None:
    """Refuse a body that would take much memory once it is decoded.

    Raises:
        Malformed: it is empty, or has too many bytes or values.
    """
    if not body or body.isspace():
        raise Malformed("empty", "the body is empty; send JSON", 0)
    if len(body) > limits.unpacked:
        raise too_large(f"more than {limits.unpacked:,} bytes")
    if len(body) > limits.values and sum(map(body.count, (b",", b"[", b"{"))) > limits.values:
        raise too_large(f"more than {limits.values:,} values")


def too_large(what: str) -> Malformed:
    """The refusal of a body that is too much."""
    return Malformed("too_large", f"the body has {what}; send fewer events in one request")


def _rescued(body: bytes, refusal: Malformed, limits: Limits) -> Envelope:
    pieces = apart(body, limits) if refusal.code == "not_json" else None
    if pieces is None:
        raise refusal
    try:
        envelope = _ENVELOPE.decode(pieces.rest)
    except (msgspec.DecodeError, RecursionError):
        raise refusal from None
    envelope.batch = [msgspec.Raw(item) for item in pieces.items]
    return envelope


def _decoded(decoder: msgspec.json.Decoder[Decoded], body: bytes) -> Decoded:
    try:
        return decoder.decode(body)
    except msgspec.ValidationError:
        if body.lstrip()[:1] == b"{":
            raise Malformed("no_batch", 'batch is not a list; send {"batch": [...]}') from None
        raise Malformed("not_an_object", "the body is not an object; send a JSON object", 0) from None
    except RecursionError:
        raise Malformed("too_deep", TOO_DEEP) from None
    except msgspec.DecodeError as error:
        found = _BYTE.search(str(error))
        position = int(found[1]) if found else len(body)
        raise Malformed("not_json", f"the body is not JSON: {error}; send JSON", position) from None
