"""What a customer is known by: every key with its use, and the edges that made them one customer."""

# ruff: noqa: S608  # statements are put together from our own texts and numbers
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cherish.customers.rows import aware, rows


@dataclass(frozen=True)
class Identifier:
    """A key of the customer, and the events that carry it: how many, from when to when (none: it came otherwise)."""

    kind: str
    key: str
    events: int
    first: datetime | None
    last: datetime | None


def identifiers_of(store: Any, number: int) -> tuple[Identifier, ...]:
    """The keys of a customer: user ids first, then by use."""
    known = {
        (each["kind"], each["key"])
        for each in rows(store, f"SELECT kind, key FROM identities WHERE customer_id = {number}")
    }
    used = {
        (each["kind"], each["key"]): Identifier(
            each["kind"], each["key"], each["events"], aware(each["first"]), aware(each["last"])
        )
        for each in rows(store, _used(number))
    }
    found = [used.get(each, Identifier(*each, 0, None, None)) for each in known | set(used)]
    return tuple(sorted(found, key=lambda each: (each.kind != "user_id", -each.events, each.kind, each.key)))


def _used(number: int) -> str:
    sums = "count(*) AS events, min(ts) AS first, max(ts) AS last"
    return f"""
        WITH own AS (SELECT user_id, anonymous_id, ts FROM events WHERE customer_id = {number})
        SELECT 'user_id' AS kind, user_id AS key, {sums} FROM own WHERE user_id IS NOT NULL GROUP BY ALL
        UNION ALL
        SELECT 'anonymous_id', anonymous_id, {sums} FROM own WHERE anonymous_id IS NOT NULL GROUP BY ALL"""
