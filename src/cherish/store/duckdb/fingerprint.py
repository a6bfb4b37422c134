"""The order-free hash of what a log holds: equal for equal events and customers, however they came in."""

# ruff: noqa: S608  # statements are put together from our own texts only; values go in as parameters
from __future__ import annotations

from typing import Any

import duckdb

from cherish.store.duckdb import schema

_OF_EVENT = """hash(event_id, type, name, ts, anonymous_id, user_id, value, currency, order_id, properties)"""
_OF_CUSTOMER = "hash(customer, identified, created_at, traits)"

SCHEME = f"duckdb-{'.'.join(duckdb.__version__.split('.')[:2])}"
"""Names the hash: the engine promises the same one within a release only."""


def add(connection: Any, load_id: int, relation: str) -> None:
    """Count the events of a relation in with their load's hash."""
    connection.execute(
        f"UPDATE loads SET fingerprint = xor(fingerprint, (SELECT coalesce(bit_xor({_OF_EVENT}), 0) FROM {relation})) "
        "WHERE load_id = ?",
        [load_id],
    )


def take(connection: Any, condition: str) -> None:
    """Count the events of a condition out of their loads' hashes, before they go."""
    connection.execute(
        f"UPDATE loads SET fingerprint = xor(fingerprint, gone.hashed) FROM ("
        f"SELECT load_id, bit_xor({_OF_EVENT}) AS hashed FROM events WHERE {condition} GROUP BY load_id) AS gone "
        "WHERE gone.load_id = loads.load_id"
    )


def recount(connection: Any) -> None:
    """Compute the hash of every load anew from its events."""
    connection.execute(
        "UPDATE loads SET fingerprint = coalesce((SELECT found.hashed FROM ("
        f"SELECT load_id, bit_xor({_OF_EVENT}) AS hashed FROM events GROUP BY load_id) AS found "
        "WHERE found.load_id = loads.load_id), 0)"
    )
    schema.set_setting(connection, "hash", SCHEME)


def whole(connection: Any) -> str:
    """The fingerprint of the log: of all loads' events and of the customers as they are now."""
    if schema.setting(connection, "hash") in (SCHEME, None):
        events = schema.one(connection, "SELECT coalesce(bit_xor(fingerprint), 0) FROM loads")
    else:
        events = schema.one(connection, f"SELECT coalesce(bit_xor({_OF_EVENT}), 0) FROM events")
    customers = schema.one(connection, f"SELECT coalesce(bit_xor({_OF_CUSTOMER}), 0) FROM customers")
    return f"{SCHEME}:{events:016x}{customers:016x}"
