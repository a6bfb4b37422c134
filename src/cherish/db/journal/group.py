"""A group of puts as one statement of SQLite: Python's lock is let go once for all of them.

The driver lets go of Python's lock at each step of a statement, and takes it back from an event loop that is at work,
which may hold it for milliseconds. Row by row that was paid for each row, and for the transaction's begin and end.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Engine

from cherish.db.tables import FREE, microseconds

_INSERT = f"""
INSERT INTO journal (claim, source, received_at, events, size, body)
SELECT '{FREE}', json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
       json_extract(value, '$[3]'),
       coalesce(substr(?2, json_extract(value, '$[4]'), json_extract(value, '$[3]')), x'')
FROM json_each(?1)
"""  # noqa: S608 - FREE is a constant of ours
"""Rows as JSON, and their bodies behind one another: one text of SQL, however many there are."""

_COUNT = """
CREATE TEMP TRIGGER counted AFTER INSERT ON journal BEGIN
  UPDATE journal_totals SET events = events + NEW.events, bytes = bytes + NEW.size WHERE writer = '{writer}';
END
"""
_FIRST = "INSERT OR IGNORE INTO journal_totals (writer, events, bytes) VALUES (?, 0, 0)"

_LARGE = 2**20
"""A statement holds what it was last given until it is given something else; more bytes are let go at once."""


class Group:
    """Inserts the rows of one commit, and counts them in the writer's totals."""

    def __init__(self, engine: Engine, writer: str) -> None:
        if not re.fullmatch("[0-9a-f]{32}", writer):  # It stands in the trigger's text, which takes no parameters.
            raise ValueError("a writer is named by 32 hexadecimal digits")
        self._engine, self._writer = engine, writer
        self._connection: Any = None

    def insert(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert all rows or none; they are on the disk when this returns."""
        connection = self._connection or self._connected()
        told, start = [], 1
        for row in rows:
            told.append((row["source"], microseconds(row["received_at"]), row["events"], row["size"], start))
            start += row["size"]
        connection.execute(_INSERT, (msgspec.json.encode(told).decode(), b"".join([row["body"] for row in rows])))
        if start > _LARGE:
            connection.execute(_INSERT, ("[]", b""))

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connected(self) -> Any:
        """A connection that stays with the writer's thread."""
        pooled = self._engine.raw_connection()
        connection: Any = pooled.driver_connection
        pooled.detach()
        try:
            connection.execute("PRAGMA temp_store = MEMORY")
            connection.execute(_FIRST, (self._writer,))
            connection.execute(_COUNT.format(writer=self._writer))
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return connection
