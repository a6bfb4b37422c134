"""Does what is maintained equal what a rebuild would make? Counts the rows that differ, and changes nothing."""

# ruff: noqa: S608  # statements are put together from our own texts only; values go in as parameters
from __future__ import annotations

from typing import Any

from cherish.store.duckdb import fingerprint, partition, schema, upkeep
from cherish.store.duckdb.live import KNOWN_DAYS
from cherish.store.duckdb.loading import KEY

# An id that comes again long after its first time was not known any more: that is no difference.
_TWICE = f"""
    SELECT count(*) FROM (
        SELECT row_number() OVER same AS place, received_at - lag(received_at) OVER same AS since
        FROM events SEMI JOIN (SELECT event_id FROM events GROUP BY event_id HAVING count(*) > 1) USING (event_id)
        WINDOW same AS (PARTITION BY event_id ORDER BY received_at))
    WHERE place > 1 AND (since IS NULL OR since <= to_days({KNOWN_DAYS}))"""

_ASTRAY = f"""
    SELECT count(*) FROM (SELECT customer_id, {KEY} FROM events)
    ANTI JOIN identities USING (kind, key, customer_id)"""


def differences(connection: Any) -> dict[str, int]:
    """How many rows of each relation differ from a rebuild; empty when all agree. Rolled back by the caller."""
    tables = (*schema.DERIVED, "noise", "loads")
    for table in tables:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE kept_{table} AS FROM {table}")
    upkeep.rebuild(connection)
    fingerprint.recount(connection)
    found = {table: _differing(connection, table) for table in tables}
    found["events"] = int(schema.one(connection, _TWICE))
    found["events"] += int(schema.one(connection, _ASTRAY))
    partition.resolve_all(connection)
    found["identities"] = int(schema.one(connection, "SELECT count(*) FROM moved"))
    return {table: count for table, count in found.items() if count}


def _differing(connection: Any, table: str) -> int:
    one_way = f"SELECT count(*) FROM (FROM {table} EXCEPT ALL FROM kept_{table})"
    other_way = f"SELECT count(*) FROM (FROM kept_{table} EXCEPT ALL FROM {table})"
    return max(int(schema.one(connection, one_way)), int(schema.one(connection, other_way)))
