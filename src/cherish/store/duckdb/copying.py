"""A log copied by the engine while it is asked and loaded, and what a copy holds."""

# ruff: noqa: S608  # statements are put together from our own texts only
from __future__ import annotations

import uuid
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from cherish.errors import WorkspaceError
from cherish.store.duckdb import fingerprint, schema

_COUNTED = ("events", "activity", "orders", "customers")


@dataclass(frozen=True)
class Held:
    """What the file of a log holds: its schema's version, the rows of each relation, and the fingerprint of them."""

    schema: int
    rows: dict[str, int]
    fingerprint: str


def copy(connection: Any, target: Path) -> None:
    """Write the log, as it is at one moment, to a new file.

    The engine copies: reading its file from here and closing it again would drop the engine's lock on it, and a file
    that is written to while it is read is no log.
    """
    here = schema.name(str(schema.one(connection, "SELECT current_database()")))
    there = f"copy_{uuid.uuid4().hex}"
    connection.execute(f"ATTACH {schema.text(str(target))} AS {there}")
    try:
        connection.execute("BEGIN")
        try:
            connection.execute(f"COPY FROM DATABASE {here} TO {there}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute(f"CHECKPOINT {there}")
    finally:
        connection.execute(f"DETACH {there}")


def held(file: Path) -> Held:
    """What a log's file holds; it is only looked at, whichever version wrote it.

    Raises:
        WorkspaceError: it is no log, or can't be read.
    """
    try:
        with closing(duckdb.connect(str(file), read_only=True)) as connection:
            if not schema.exists(connection):
                raise WorkspaceError(f"{file} is not a Cherish log")
            rows = {name: int(schema.one(connection, f"SELECT count(*) FROM {name}")) for name in _COUNTED}
            version = int(schema.setting(connection, "schema") or 0)
            return Held(version, rows, fingerprint.whole(connection))
    except duckdb.Error as error:
        if "Could not set lock" in str(error):
            raise WorkspaceError(f"{file} is held by another process; end that one first") from error
        raise WorkspaceError(f"{file} can't be read as a log ({type(error).__name__}); restore a backup") from error
