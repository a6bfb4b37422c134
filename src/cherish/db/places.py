"""Places that one process holds at a time: of the server, and of each collector by its name.

In a folder a place is a locked file. In Postgres it is a lock of the session, which ends with the connection: while the
database was away somebody else may have taken it, and `keep` asks for it again.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from cherish.db.state import State
from cherish.db.trouble import told
from cherish.errors import WorkspaceError

_TRY = text("SELECT pg_try_advisory_lock(hashtextextended(current_schema() || ' cherish ' || :place, 0))")


class Taken(WorkspaceError):
    """Another process holds the place."""


class Place(Protocol):
    """A place that this process holds."""

    def keep(self) -> None:
        """Hold it on.

        Raises:
            WorkspaceError: it was lost: another process has it, or the database is away.
        """
        ...


class InFolder:
    """A place in a folder: it is held until the process ends or leaves it."""

    def keep(self) -> None:
        """Nothing takes it away."""


class InPostgres:
    """A place in a database, held by a connection of its own."""

    def __init__(self, state: State, name: str) -> None:
        self._state, self._name = state, name
        self._connection: Connection | None = None

    def keep(self) -> None:
        """Hold it, on a new connection where the old one broke."""
        if self._connection is not None:
            try:
                self._connection.exec_driver_sql("SELECT 1")
            except SQLAlchemyError:
                self.leave()
        if self._connection is None:
            with told(self._state.where):
                fresh = self._state.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
                if self._got(fresh):
                    self._connection = fresh
                    return
            raise Taken(f"{self._state.where}: another process holds the place of {self._name}")

    def _got(self, connection: Connection) -> bool:
        """Whether the place is this connection's now; one that has no place is closed."""
        got = False
        try:
            got = bool(connection.execute(_TRY, {"place": self._name}).scalar())
        finally:
            if not got:
                connection.close()
        return got

    def leave(self) -> None:
        """Let it go. The connection is closed and not given back: its session holds the lock."""
        connection, self._connection = self._connection, None
        if connection is not None:
            # A server ends a session some time after its connection was closed; the next one may come before that.
            with suppress(SQLAlchemyError):
                connection.exec_driver_sql("SELECT pg_advisory_unlock_all()")
            with suppress(SQLAlchemyError):
                connection.invalidate()
                connection.close()


@contextmanager
def in_folder(file: Path) -> Iterator[Place]:
    """Hold a file.

    Raises:
        Taken: another process holds it; it says which.
    """
    with file.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            raise Taken(f"process {lock.read().strip() or 'unknown'}") from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield InFolder()


@contextmanager
def in_postgres(state: State, name: str) -> Iterator[Place]:
    """Hold a name in a database.

    Raises:
        Taken: another process holds it.
        WorkspaceError: the database is out of reach.
    """
    place = InPostgres(state, name)
    place.keep()
    try:
        yield place
    finally:
        place.leave()


def held(folder: Path, pattern: str) -> tuple[str, ...]:
    """The files of a folder that processes hold."""
    return tuple(file.stem for file in sorted(folder.glob(pattern)) if not _free(file))


def _free(file: Path) -> bool:
    with file.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
    return True
