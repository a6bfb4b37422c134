"""How long events are kept, by their names: those beyond their window leave, with the keys that only they carried."""

# ruff: noqa: S608  # names are quoted and moments are our own
from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cherish.store.duckdb import leaving, schema
from cherish.store.duckdb.erasing import note_due
from cherish.store.duckdb.identity import Identity

_TOUCHED = "CREATE OR REPLACE TEMP TABLE touched_customers AS SELECT DISTINCT customer_id FROM leaving"

# Whom an operator joined or set apart stays known, and so does whoever has traits.
_LOST = """
    CREATE OR REPLACE TEMP TABLE lost AS
    SELECT kind, key FROM identities SEMI JOIN touched_customers USING (customer_id)
    WHERE kind IN ('user_id', 'anonymous_id') AND (kind, key) NOT IN (SELECT (kind, key) FROM carried)
        AND (kind, key) NOT IN (SELECT (kind, key) FROM traits WHERE kind IS NOT NULL)
        AND (kind, key) NOT IN (
            SELECT (kind_a, key_a) FROM edges WHERE load_id IS NULL
            UNION ALL SELECT (kind_b, key_b) FROM edges WHERE load_id IS NULL AND kind_b IS NOT NULL)"""


def expired(connection: Any, until: Mapping[str, datetime]) -> dict[str, int]:
    """How many events of each name lie before the moment that is given for it."""
    if not until:
        return {}
    found = connection.execute(
        f"SELECT name, count(*) FROM events WHERE {_condition(until)} GROUP BY name ORDER BY name"
    )
    return {name: int(count) for name, count in found.fetchall()}


def expire(connection: Any, until: Mapping[str, datetime], at: datetime) -> dict[str, int]:
    """Let them go, inside the caller's transaction; how many of each name."""
    gone = expired(connection, until)
    if not gone:
        return {}
    leaving.take(connection, _condition(until))
    connection.execute(_TOUCHED)
    leaving.show_carried(connection)
    connection.execute(_LOST)
    leaving.add_trusted(connection)
    Identity(connection).lose()
    leaving.settle(connection)
    connection.execute("DROP TABLE lost")
    note_due(connection, at)
    return gone


def _condition(until: Mapping[str, datetime]) -> str:
    return " OR ".join(f"(name = {schema.text(name)} AND ts < TIMESTAMP '{at}')" for name, at in until.items())
