"""Erasures carried from one log to another: an older copy learns who was erased since, and keeps them out."""

# ruff: noqa: S608  # statements are put together from our own texts only
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from cherish.errors import WorkspaceError
from cherish.store.duckdb import schema
from cherish.store.keys import Key

SALT = "erasing_salt"


@dataclass(frozen=True)
class Tombstones:
    """Hashes of erased keys, each with its moment, and the salt that they were made with."""

    salt: str
    rows: tuple[tuple[str, datetime], ...]


class Asked(Protocol):
    """A log that can be asked."""

    def query(self, statement: str) -> Any:
        """The rows of a statement."""


def of(store: Asked) -> Tombstones | None:
    """Those of a log; None where nobody was erased."""
    rows = store.query("SELECT hash, erased_at FROM erased ORDER BY ALL").to_pylist()
    salt = store.query(f"SELECT value FROM settings WHERE key = '{SALT}'").to_pylist()
    if not rows or not salt:
        return None
    return Tombstones(salt[0]["value"], tuple((row["hash"], row["erased_at"]) for row in rows))


def take_over(connection: Any, given: Tombstones) -> tuple[Key, ...]:
    """Keep out whom they name, inside the caller's transaction; a key of each customer here who is to be erased.

    Raises:
        WorkspaceError: this log made erasures of its own with another salt, so that nobody can be recognised.
    """
    own = schema.setting(connection, SALT)
    if own not in (None, given.salt):
        raise WorkspaceError("the two logs were never one: erasures of one can't be recognised in the other")
    schema.set_setting(connection, SALT, given.salt)
    connection.execute("CREATE OR REPLACE TEMP TABLE told (hash VARCHAR, erased_at TIMESTAMP)")
    connection.executemany("INSERT INTO told VALUES (?, ?)", [list(row) for row in given.rows])
    # What is known here already was dealt with before the copy was made; what the person did since then may stay.
    connection.execute(
        "DELETE FROM told USING erased WHERE told.hash = erased.hash AND told.erased_at = erased.erased_at"
    )
    connection.execute("INSERT INTO erased SELECT hash, erased_at FROM told")
    found = connection.execute(
        "SELECT any_value(kind ORDER BY kind, key), any_value(key ORDER BY kind, key) FROM identities "
        "WHERE sha256($salt || chr(31) || kind || chr(31) || key) IN (SELECT hash FROM told) GROUP BY customer_id",
        {"salt": given.salt},
    ).fetchall()
    connection.execute("DROP TABLE told")
    return tuple(Key(*row) for row in found)
