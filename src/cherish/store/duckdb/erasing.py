"""A person taken out of the log, and what must stay out: hashes of the erased keys refuse what was done before.

Rows go in one transaction; the file keeps their bytes until it is written anew (rewriting.py), which `DUE` asks for.
The salt lies in the log itself, so that whoever loads can refuse, and a restored copy refuses what it refused before.
"""

# ruff: noqa: S608  # statements are put together from our own texts and numbers
from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from cherish.store.contract import Erased
from cherish.store.duckdb import leaving, schema
from cherish.store.duckdb.identity import Identity
from cherish.store.keys import Key

DUE = "rewrite_due"
"""The setting that says since when the file holds bytes of rows that must be gone; it goes when none is left."""

_SALT = "erasing_salt"

_KEYS = "SELECT kind, key FROM identities WHERE customer_id = ? ORDER BY kind <> 'user_id', kind, key"

# An id of somebody else's events stays with them: a device that two people used, an alias that a split set aside.
_LOST = """
    CREATE OR REPLACE TEMP TABLE lost AS
    SELECT kind, key FROM identities SEMI JOIN touched_customers USING (customer_id)
    WHERE kind IN ('user_id', 'anonymous_id') AND (kind, key) NOT IN (SELECT (kind, key) FROM carried)"""

_PREVIOUS = """
    CREATE OR REPLACE TEMP TABLE previous AS
    SELECT DISTINCT key_a AS key FROM edges
    WHERE reason = 'alias' AND kind_b = 'user_id' AND key_b IN (SELECT key FROM lost WHERE kind = 'user_id')
        AND key_a NOT IN (SELECT key FROM identities ANTI JOIN lost USING (kind, key))"""

_TOMBSTONES = """
    INSERT INTO erased
    SELECT sha256($salt || chr(31) || kind || chr(31) || key), $at FROM (
        FROM lost UNION SELECT unnest(['user_id', 'anonymous_id']), key FROM previous)"""

# Somebody else's alias that names an erased id says nothing any more; their event stays.
_UNNAMED = """
    UPDATE events SET previous_id = NULL WHERE previous_id IN (SELECT key FROM lost UNION SELECT key FROM previous)
        AND previous_id NOT IN (SELECT key FROM identities ANTI JOIN lost USING (kind, key))"""

_BARRED = """
    CREATE OR REPLACE TEMP TABLE barred AS
    SELECT kind, key, max(erased_at) AS erased_at FROM ({keys})
    JOIN erased ON erased.hash = sha256($salt || chr(31) || kind || chr(31) || key) GROUP BY ALL"""

_INCOMING = """
    SELECT DISTINCT CASE WHEN user_id IS NULL THEN 'anonymous_id' ELSE 'user_id' END AS kind,
        coalesce(user_id, anonymous_id) AS key
    FROM incoming WHERE ts <= TIMESTAMP '{last}'
    UNION SELECT unnest(['user_id', 'anonymous_id']), previous_id
    FROM incoming WHERE ts <= TIMESTAMP '{last}' AND previous_id IS NOT NULL"""

_REFUSE = """
    DELETE FROM incoming USING (
        SELECT DISTINCT incoming.rowid AS place FROM incoming JOIN barred ON ts <= erased_at AND (
            barred.kind = 'user_id' AND barred.key = user_id
            OR barred.kind = 'anonymous_id' AND user_id IS NULL AND barred.key = anonymous_id
            OR barred.key = previous_id)) AS refused
    WHERE incoming.rowid = refused.place"""


def keys_of(connection: Any, number: int) -> tuple[Key, ...]:
    """Every key of a customer."""
    return tuple(Key(*row) for row in connection.execute(_KEYS, [number]).fetchall())


def erase(connection: Any, number: int, at: datetime) -> Erased:
    """Take a customer out of the log, inside the caller's transaction."""
    run = connection.execute
    keys = keys_of(connection, number)
    run("CREATE OR REPLACE TEMP TABLE touched_customers AS SELECT CAST(? AS BIGINT) AS customer_id", [number])
    rows = {
        name: int(schema.one(connection, f"SELECT count(*) FROM {name} WHERE customer_id = {int(number)}"))
        for name in ("orders", "activity")
    }
    rows = {"events": leaving.take(connection, f"customer_id = {int(number)}"), **rows}
    rows["traits"] = int(schema.one(connection, "DELETE FROM traits WHERE customer_id = ?", [number]))
    leaving.show_carried(connection)
    run(_LOST)
    leaving.add_trusted(connection)
    run(_PREVIOUS)
    run(_UNNAMED)
    run(_TOMBSTONES, {"salt": _salt(connection), "at": at})
    run("DELETE FROM noise_keys USING lost WHERE noise_keys.kind = lost.kind AND noise_keys.key = lost.key")
    run("DELETE FROM noise WHERE customer_id = ?", [number])
    rows["keys"] = int(schema.one(connection, "SELECT count(*) FROM lost"))
    rows["edges"] = Identity(connection).lose()
    leaving.settle(connection)
    note_due(connection, at)
    for table in ("lost", "previous"):
        run(f"DROP TABLE {table}")
    return Erased(keys, rows)


def refuse(connection: Any) -> int:
    """Delete from `incoming` what an erased person had done before the erasure; how many rows."""
    last = _last(connection)
    if last is None:
        return 0
    connection.execute(_BARRED.format(keys=_INCOMING.format(last=last)), {"salt": _salt(connection)})
    found = schema.one(connection, "SELECT count(*) FROM barred")
    gone = int(schema.one(connection, _REFUSE)) if found else 0
    connection.execute("DROP TABLE barred")
    return gone


def admitted(connection: Any, relation: str, timed: bool) -> tuple[str, int]:
    """The rows of a relation about users that may be told, as a relation, and how many were refused.

    What is told with its time is refused if that lies before the erasure; without one, unless the person came back.
    """
    if _last(connection) is None:
        return relation, 0
    keys = f"SELECT DISTINCT 'user_id' AS kind, CAST(user_id AS VARCHAR) AS key FROM {relation}"
    connection.execute(_BARRED.format(keys=keys), {"salt": _salt(connection)})
    if not schema.one(connection, "SELECT count(*) FROM barred"):
        return relation, 0
    early = "staged.said_at <= barred.erased_at" if timed else "(kind, key) NOT IN (SELECT (kind, key) FROM identities)"
    refused = f"FROM barred WHERE barred.key = staged.user_id AND {early}"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE admitted AS FROM {relation} AS staged WHERE NOT EXISTS ({refused})"
    )
    gone = schema.one(connection, f"SELECT (SELECT count(*) FROM {relation}) - (SELECT count(*) FROM admitted)")
    return "admitted", int(gone)


def note_due(connection: Any, at: datetime) -> None:
    """Note that the file must be written anew, unless it is noted."""
    if schema.setting(connection, DUE) is None:
        schema.set_setting(connection, DUE, str(at))


def _last(connection: Any) -> datetime | None:
    found: datetime | None = schema.one(connection, "SELECT max(erased_at) FROM erased")
    return found


def _salt(connection: Any) -> str:
    found = schema.setting(connection, _SALT)
    if found is None:
        found = secrets.token_hex(32)
        schema.set_setting(connection, _SALT, found)
    return found
