"""The tables of the log, their version, and how names and texts are written in SQL."""

from __future__ import annotations

from typing import Any

FIRST_VERSION = 1
"""The version before any step of migrations.py; the tables below are those of the last step."""

EDGES = """CREATE TABLE edges (
    edge_id BIGINT, kind_a VARCHAR, key_a VARCHAR, kind_b VARCHAR, key_b VARCHAR, reason VARCHAR, said_at TIMESTAMP,
    load_id BIGINT, event_id UUID, said_by VARCHAR, undone_at TIMESTAMP)"""

NOISE = (
    "CREATE TABLE IF NOT EXISTS noise (customer_id BIGINT, why VARCHAR)",
    "CREATE TABLE IF NOT EXISTS noise_keys (kind VARCHAR, key VARCHAR, why VARCHAR)",
)
"""Customers who are left out of answers, and keys that came from addresses which are."""

ERASED = "CREATE TABLE erased (hash VARCHAR, erased_at TIMESTAMP)"

TABLES = (
    """CREATE TABLE events (
        event_id UUID, customer_id BIGINT, type VARCHAR, name VARCHAR, ts TIMESTAMP, received_at TIMESTAMP,
        anonymous_id VARCHAR, user_id VARCHAR, source VARCHAR, value DECIMAL(18, 4), currency VARCHAR,
        order_id VARCHAR, properties JSON, context JSON, load_id BIGINT, previous_id VARCHAR, group_id VARCHAR,
        original_ts TIMESTAMP, noise VARCHAR)""",
    """CREATE TABLE activity (
        customer_id BIGINT, day DATE, name VARCHAR, currency VARCHAR, n BIGINT, value DECIMAL(18, 4),
        first_ts TIMESTAMP, last_ts TIMESTAMP)""",
    """CREATE TABLE orders (
        order_id VARCHAR, customer_id BIGINT, ts TIMESTAMP, changed_at TIMESTAMP, day DATE, value DECIMAL(18, 4),
        gross DECIMAL(18, 4), refunded DECIMAL(18, 4), currency VARCHAR, completed BOOLEAN)""",
    """CREATE TABLE customers (
        customer_id BIGINT, customer VARCHAR, identified BOOLEAN, first_seen TIMESTAMP, last_seen TIMESTAMP,
        created_at TIMESTAMP, traits JSON)""",
    "CREATE TABLE identities (kind VARCHAR, key VARCHAR, customer_id BIGINT, own_id BIGINT, first_at TIMESTAMP)",
    EDGES,
    """CREATE TABLE traits (
        customer_id BIGINT, load_id BIGINT, place BIGINT, created_at TIMESTAMP, traits JSON, said_at TIMESTAMP,
        group_id VARCHAR, kind VARCHAR, key VARCHAR)""",
    """CREATE TABLE loads (
        load_id BIGINT, name VARCHAR, kind VARCHAR, files VARCHAR[], digest VARCHAR, mapping VARCHAR,
        loaded_at TIMESTAMP, fingerprint UBIGINT)""",
    "CREATE TABLE claims (claim VARCHAR, claimed_at TIMESTAMP)",
    *NOISE,
    "CREATE TABLE repeats (load_id BIGINT, event_id UUID)",
    ERASED,
    "CREATE TABLE properties (load_id BIGINT, name VARCHAR, kind VARCHAR)",
    "CREATE TABLE definitions (kind VARCHAR, name VARCHAR, version INTEGER, body VARCHAR, defined_at TIMESTAMP)",
    "CREATE TABLE settings (key VARCHAR, value VARCHAR)",
)

DERIVED = ("activity", "orders", "customers")
"""Relations that hold nothing that events, traits and identities don't say."""


def create(connection: Any, version: int) -> None:
    """Make the tables of a new log, in UTC until somebody says otherwise; all of them, or none if the process dies."""
    connection.execute("BEGIN")
    for statement in TABLES:
        connection.execute(statement)
    for key, value in (("schema", str(version)), ("zone", "UTC"), ("changes", "0")):
        connection.execute("INSERT INTO settings VALUES (?, ?)", [key, value])
    connection.execute("COMMIT")


def empty(connection: Any) -> bool:
    """Whether there is no table at all yet."""
    return not one(connection, "SELECT count(*) FROM duckdb_tables() WHERE NOT temporary")


def exists(connection: Any) -> bool:
    """Whether the tables are there."""
    found = one(connection, "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'settings' AND NOT internal")
    return bool(found)


def setting(connection: Any, key: str) -> str | None:
    """A stored setting, or None."""
    found: str | None = one(connection, "SELECT value FROM settings WHERE key = ?", [key])
    return found


def set_setting(connection: Any, key: str, value: str) -> None:
    """Store a setting in place of the old one."""
    connection.execute("DELETE FROM settings WHERE key = ?", [key])
    connection.execute("INSERT INTO settings VALUES (?, ?)", [key, value])


def drop_setting(connection: Any, key: str) -> None:
    """Let a setting go."""
    connection.execute("DELETE FROM settings WHERE key = ?", [key])


def count_change(connection: Any) -> None:
    """Note that the log differs from before, so that whoever remembers facts asks again."""
    connection.execute("UPDATE settings SET value = CAST(CAST(value AS BIGINT) + 1 AS VARCHAR) WHERE key = 'changes'")


def one(connection: Any, statement: str, values: Any = None) -> Any:
    """The first column of the first row."""
    found = row(connection, statement, values)
    return None if found is None else found[0]


def row(connection: Any, statement: str, values: Any = None) -> Any:
    """The first row, or None; a result read to its end, because an unfinished one blocks its connection."""
    rows = connection.execute(statement, values or []).fetchall()
    return rows[0] if rows else None


def text(value: str) -> str:
    """A text as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def pointer(key: str) -> str:
    """The path to a key of a JSON object as an SQL literal."""
    return text("/" + key.replace("~", "~0").replace("/", "~1"))


def name(value: str) -> str:
    """A name as an SQL identifier."""
    return '"' + value.replace('"', '""') + '"'
