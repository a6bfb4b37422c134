"""What a customer is known by: every key with its use, and the edges that made them one customer."""

# ruff: noqa: S608  # statements are put together from our own texts, numbers and quoted values
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cherish.customers.keys import Key
from cherish.customers.rows import aware, rows
from cherish.store.duckdb import schema
from cherish.store.keys import Edge
from cherish.store.keys import Key as Name


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
    known = [
        (each["kind"], each["key"])
        for each in rows(store, f"SELECT kind, key FROM identities WHERE customer_id = {number}")
    ]
    used = {
        (each["kind"], each["key"]): each
        for each in rows(store, _only(number, *known[0]) if len(known) == 1 else _used(number))
    }
    found = [_identifier(kind, key, used.get((kind, key))) for kind, key in known]
    return tuple(sorted(found, key=lambda each: (each.kind != "user_id", -each.events, each.kind, each.key)))


def edges_of(store: Any, key: Key) -> tuple[Edge, ...]:
    """What says that the customer's keys are one, or that they are not, oldest first."""
    found: tuple[Edge, ...] = store.why(Name(key.kind, key.key))
    return found


def _identifier(kind: str, key: str, use: dict[str, Any] | None) -> Identifier:
    if use is None:
        return Identifier(kind, key, 0, None, None)
    return Identifier(kind, key, use["events"], aware(use["first"]), aware(use["last"]))


def _only(number: int, kind: str, key: str) -> str:
    # Every event of a customer carries one of their keys: the only one is carried by all.
    return f"""
        SELECT {schema.text(kind)} AS kind, {schema.text(key)} AS key, CAST(coalesce(sum(n), 0) AS BIGINT) AS events,
            min(first_ts) AS first, max(last_ts) AS last
        FROM activity WHERE customer_id = {number}"""


def _used(number: int) -> str:
    return f"""
        SELECT CASE WHEN user_id IS NULL THEN 'anonymous_id' ELSE 'user_id' END AS kind,
            coalesce(user_id, anonymous_id) AS key, count(*) AS events, min(ts) AS first, max(ts) AS last
        FROM events WHERE customer_id = {number} GROUP BY GROUPING SETS ((user_id), (anonymous_id))
        HAVING coalesce(user_id, anonymous_id) IS NOT NULL"""
