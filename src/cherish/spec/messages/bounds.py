"""How large a body may be, packed and unpacked, what may be in it, and how much of a device is kept."""

from __future__ import annotations

from dataclasses import dataclass, field

from cherish.spec import limits
from cherish.spec.messages.discreet import Discreet


@dataclass(frozen=True)
class Limits:
    """The bounds of one request.

    event      bytes of one event as it was sent
    batch      events of one batch that are taken; what follows is refused, event by event
    listed     events of one batch that are looked at; a body with more is refused as a whole
    packed     bytes of a compressed body
    unpacked   bytes of a body that is not compressed, or no longer
    values     commas and brackets of one body: what bounds the memory that a hostile one takes
    depth      levels of objects and lists in one event; a deeper event is refused
    body_depth levels in one body; a deeper one is hostile and is refused as a whole
    keys       keys of one object
    id         characters of an id
    message_id characters of a messageId
    name       characters of an event's or a page's name
    discreet   how much of a device's address and user agent is kept
    """

    event: int = limits.EVENT_BYTES
    batch: int = limits.BATCH_EVENTS
    listed: int = 10 * limits.BATCH_EVENTS
    packed: int = 5 * 2**20
    unpacked: int = 20 * 2**20
    values: int = 500_000
    depth: int = limits.NESTING
    body_depth: int = 128
    keys: int = limits.KEYS
    id: int = limits.ID_CHARACTERS
    message_id: int = 100
    name: int = limits.NAME_CHARACTERS
    discreet: Discreet = field(default_factory=Discreet)


LIMITS = Limits()
"""The bounds where none are given."""
