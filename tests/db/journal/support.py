"""What tests of the journal share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select

from cherish.db import tables
from cherish.db.journal import Claim, Journal

NOW = datetime(2026, 11, 27, 12, 0, 0, 123456, tzinfo=UTC)


def put(kept: Journal, *bodies: bytes, events: int = 1) -> None:
    """Put bodies one after another, each durable before the next."""
    for body in bodies:
        kept.put(body, source="shop", events=events, received_at=NOW).result(30)


def claimed(kept: Journal, events: int = 10**9, **room: Any) -> Claim:
    """A claim, where one must be had."""
    claim = kept.claim(events, **room)
    assert claim is not None
    return claim


def bodies(claim: Claim) -> list[bytes]:
    """The bodies of a claim, in order."""
    return [payload.body for payload in claim.payloads]


def truth(kept: Any) -> tuple[int, int]:
    """Events and bytes by counting the rows, which `depth` and `bytes_waiting` never do."""
    sums = [func.coalesce(func.sum(column), 0) for column in (tables.journal.c.events, tables.journal.c.size)]
    with kept._reading() as connection:
        events, size = connection.execute(select(*sums)).one()
    return int(events), int(size)
