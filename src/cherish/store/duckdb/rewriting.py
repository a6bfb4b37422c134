"""The log copied into a new file that takes the old one's place, so that nothing of deleted rows is left on the disk.

The engine marks deleted rows and reuses their room; their bytes outlive checkpoints and vacuum. A copy holds what
stands and nothing else. The process may die at any step:

    copying             the old file stands; the next writer takes the copy away
    copy is whole       the same: only a name was given to it
    old file closed     its log is empty, so that no log of the old file is ever read into the new one
    names exchanged     atomic: either file, each whole
    old file's last name taken away     a name that is left behind is taken away by the next writer
"""

# ruff: noqa: S608  # names of tables and columns are the engine's own, quoted
from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cherish.errors import WorkspaceError
from cherish.store.disk import sync
from cherish.store.duckdb import schema
from cherish.store.duckdb.connections import Connections
from cherish.store.duckdb.erasing import DUE

PATIENCE = 60.0
"""Seconds that readers are waited for at the exchange."""

_MARK = "copied"
_FRESH = "fresh_copy"
_OLD = ".before"

_COLUMNS = """
    SELECT table_name, column_name FROM duckdb_columns()
    WHERE NOT internal AND database_name = current_database() ORDER BY ALL"""


def rewrite(connections: Connections, patience: float = PATIENCE) -> None:
    """Rewrite the file of these connections; the caller has the writer's turn and holds the log for writing.

    Raises:
        WorkspaceError: no room, a copy that differs, or readers that don't end; the old file stands.
    """
    file, copy = connections.places
    before, mark = copy.with_suffix(_OLD), uuid.uuid4().hex
    with _none_left(copy, before):
        with connections.hold(write=True) as connection:
            _enough_room(file)
            _fill(connection, copy, mark)
        shutil.copymode(file, copy)
        sync(copy)
        with _Exchange(file, copy, before) as exchange:
            connections.replace(exchange.make, patience)
            with connections.hold(write=True) as connection:
                arrived = schema.setting(connection, _MARK) == mark
            if not arrived:
                # Something of this process still had the old file, and the engine opens one file only once.
                connections.replace(exchange.take_back, patience)
                raise WorkspaceError(f"{file} is still open in this process; nothing was changed, try again")


class _Exchange:
    """The exchange of the names. While it lasts, no other process gets the old file."""

    def __init__(self, file: Path, copy: Path, before: Path) -> None:
        self._file, self._copy, self._before = file, copy, before
        self._held: int | None = None

    def __enter__(self) -> _Exchange:
        return self

    def __exit__(self, *error: object) -> None:
        if self._held is not None:
            os.close(self._held)

    def make(self) -> None:
        """Give the copy the file's name; the old file keeps one of its own until the copy is seen to be read."""
        import fcntl

        if any(self._file.parent.glob(f"{self._file.name}*wal*")):
            raise WorkspaceError(f"{self._file}: the engine left changes beside it; try again")
        self._held = os.open(self._file, os.O_RDWR)
        try:
            fcntl.lockf(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise WorkspaceError(f"{self._file} was taken by another process; try again") from None
        os.link(self._file, self._before)
        self._copy.replace(self._file)
        sync(self._file.parent)

    def take_back(self) -> None:
        """Give the old file its name again."""
        self._before.replace(self._file)
        sync(self._file.parent)


def _fill(connection: Any, copy: Path, mark: str) -> None:
    here = schema.name(str(schema.one(connection, "SELECT current_database()")))
    connection.execute(f"ATTACH {schema.text(str(copy))} AS {_FRESH}")
    try:
        # Rows stay in the order in which they came: the engine skips what it need not read by that.
        connection.execute("SET preserve_insertion_order = true")
        connection.execute(f"COPY FROM DATABASE {here} TO {_FRESH}")
        _compare(connection, here)
        connection.execute(f"DELETE FROM {_FRESH}.settings WHERE key IN (?, ?)", [DUE, _MARK])
        connection.execute(f"INSERT INTO {_FRESH}.settings VALUES (?, ?)", [_MARK, mark])
        connection.execute(f"FORCE CHECKPOINT {_FRESH}")
    finally:
        connection.execute("SET preserve_insertion_order = false")
        connection.execute(f"DETACH {_FRESH}")


def _compare(connection: Any, here: str) -> None:
    """Refuse a copy in which a table has other rows, by their number and an order-free hash."""
    columns: dict[str, list[str]] = {}
    for table, column in connection.execute(_COLUMNS).fetchall():
        columns.setdefault(table, []).append(schema.name(column))
    for table, names in columns.items():
        looked = f"SELECT count(*), bit_xor(hash({', '.join(names)})), sum(hash({', '.join(names)})::HUGEINT)"
        one, other = (
            connection.execute(f"{looked} FROM {place}.{schema.name(table)}").fetchall() for place in (here, _FRESH)
        )
        if one != other:
            raise WorkspaceError(f"the copy of the log has other rows in {table}; the log is as it was")


def _enough_room(file: Path) -> None:
    needed, free = file.stat().st_size, shutil.disk_usage(file.parent).free
    if free < needed * 1.05 + 2**24:
        raise WorkspaceError(
            f"{file.parent}: {free / 1e6:,.0f} MB are free, and a copy of the log takes {needed / 1e6:,.0f}; make room"
        )


@contextmanager
def _none_left(*files: Path) -> Iterator[None]:
    """Take away what lies at these places, before and after."""
    try:
        for file in files:
            file.unlink(missing_ok=True)
        yield
    finally:
        for file in files:
            file.unlink(missing_ok=True)
            file.with_name(f"{file.name}.wal").unlink(missing_ok=True)
