"""Bodies to take, and what was taken of them read back by another parser."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from cherish.spec.messages import Limits, Refusal, Taken, taken

RECEIVED = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
KEYS = {
    "message_id", "type", "name", "ts", "received_at", "original_ts", "anonymous_id", "user_id", "previous_id",
    "group_id", "properties", "traits", "context", "integrations",
}  # fmt: skip
"""What a line may hold: the columns of the interface."""


def track(**fields: Any) -> dict[str, Any]:
    """A sound event, with some fields replaced."""
    return {"type": "track", "event": "Signed Up", "userId": "u1", "messageId": "m1", **fields}


def batch(*items: Any, **beside: Any) -> bytes:
    """A batch request as a JavaScript client writes it."""
    return json.dumps({"batch": items, **beside}, separators=(",", ":")).encode()


def take(body: bytes, kind: str | None = None, limits: Limits | None = None) -> Taken:
    """What is taken of a body at RECEIVED."""
    return taken(body, kind=kind, received_at=RECEIVED, limits=limits or Limits(), new_id=lambda: "new")


def lines(found: Taken) -> list[dict[str, Any]]:
    """The lines of what was taken, each one JSON object with known keys and no nulls."""
    read = [json.loads(line) for line in found.lines.splitlines()]
    assert len(read) == found.count == found.lines.count(b"\n")
    assert all(set(line) <= KEYS and None not in line.values() for line in read)
    return read


def line(*items: Any, **beside: Any) -> dict[str, Any]:
    """The one line of a batch that is taken whole."""
    found = take(batch(*items, **beside))
    assert found.refused == ()
    (only,) = lines(found)
    return only


def refusal(item: Any) -> Refusal:
    """Why an item is refused, its two neighbours being taken and its bytes kept."""
    raw = item if isinstance(item, bytes) else json.dumps(item).encode()
    sound = json.dumps(track()).encode()
    found = take(b'{"batch":[' + sound + b", " + raw + b" ," + sound + b"]}")
    assert found.count == len(lines(found)) == 2
    (only,) = found.refused
    assert only.place == 1
    assert only.body == raw
    return only


def microseconds(text: str) -> int:
    """Microseconds since 1970, by arithmetic of our own."""
    since = datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)
    return since.days * 86_400 * 10**6 + since.seconds * 10**6 + since.microseconds
