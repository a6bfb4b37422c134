"""Does what is maintained equal what a rebuild would make? Counts the rows that differ, and changes nothing."""

# ruff: noqa: S608  # statements are put together from our own texts only; values go in as parameters
from __future__ import annotations

from typing import Any

from cherish.store.duckdb import fingerprint, schema, upkeep


def differences(connection: Any) -> dict[str, int]:
    """How many rows of each relation differ from a rebuild; empty when all agree. Rolled back by the caller."""
    for table in (*schema.DERIVED, "loads"):
        connection.execute(f"CREATE OR REPLACE TEMP TABLE kept_{table} AS FROM {table}")
    upkeep.rebuild(connection)
    fingerprint.recount(connection)
    found = {table: _differing(connection, table) for table in (*schema.DERIVED, "loads")}
    found["events"] = int(schema.one(connection, "SELECT count(*) - count(DISTINCT event_id) FROM events"))
    return {table: count for table, count in found.items() if count}


def _differing(connection: Any, table: str) -> int:
    one_way = f"SELECT count(*) FROM (FROM {table} EXCEPT ALL FROM kept_{table})"
    other_way = f"SELECT count(*) FROM (FROM kept_{table} EXCEPT ALL FROM {table})"
    return max(int(schema.one(connection, one_way)), int(schema.one(connection, other_way)))
