"""Small logs for tests: rows in, a log in memory out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from cherish.store.contract import Origin
from cherish.store.memory import memory

COLUMNS = pa.schema([
    ("message_id", pa.string()), ("type", pa.string()), ("name", pa.string()), ("ts", pa.timestamp("us")),
    ("received_at", pa.timestamp("us")), ("anonymous_id", pa.string()), ("user_id", pa.string()),
    ("source", pa.string()), ("value", pa.decimal128(18, 4)), ("currency", pa.string()), ("order_id", pa.string()),
    ("properties", pa.string()), ("context", pa.string()),
])  # fmt: skip


def event(user: str, name: str, ts: datetime, **more: Any) -> dict[str, Any]:
    """One staged event; money may be given as a number or text."""
    row: dict[str, Any] = dict.fromkeys(COLUMNS.names)
    row.update(type="track", name=name, ts=ts, received_at=ts, user_id=user, source="test", **more)
    row["value"] = None if row["value"] is None else Decimal(str(row["value"]))
    return row


def log_of(events: Iterable[Mapping[str, Any]], zone: str = "UTC") -> Any:
    """A log in memory that holds these events."""
    store = memory()
    store.configure(zone=zone)
    add(store, events)
    return store


def add(store: Any, events: Iterable[Mapping[str, Any]], name: str = "test") -> Any:
    """Load more events; the position in the list is the message's id unless it has one."""
    rows = [{**each, "message_id": each["message_id"] or f"{name}-{number}"} for number, each in enumerate(events)]
    return add_table(store, pa.Table.from_pylist(rows, schema=COLUMNS), name)


def add_table(store: Any, table: pa.Table, name: str = "test") -> Any:
    """Load more events from a table in the columns of COLUMNS."""
    with store.loading(Origin(name, "events")) as load:
        load.connection.register("given", table)
        load.connection.execute(
            "CREATE TEMP TABLE staged AS "
            "SELECT * REPLACE (properties::JSON AS properties, context::JSON AS context) FROM given"
        )
        loaded = load.events("staged")
        load.connection.execute("DROP TABLE staged")
        load.connection.unregister("given")
    return loaded
