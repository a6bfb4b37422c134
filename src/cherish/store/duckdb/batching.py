"""An import in several transactions, so that live loads get their turn between them; in the end all of it or nothing.

begun ──batch──> batch ──finish──> an import like any other
  └── died, failed, cut off ──> taken back: at once where that can be done, else when the log is opened next
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from cherish.errors import QuestionError, WorkspaceError
from cherish.store.contract import Import, Origin
from cherish.store.duckdb import imports as imported
from cherish.store.duckdb import schema
from cherish.store.duckdb import undo as undoing
from cherish.store.duckdb.loading import DuckDBLoading

if TYPE_CHECKING:
    from cherish.store.duckdb.connections import Connections

log = logging.getLogger("cherish.store")

_PROCESS = uuid.uuid4().hex
_KEY = "importing "


class Begun(msgspec.Struct, frozen=True):
    """An import that has not come to its end: by which process, under which name, and its loads so far."""

    process: str
    name: str
    loads: tuple[int, ...] = ()

    def keep(self, connection: Any) -> None:
        """Note it in the transaction that is open."""
        schema.set_setting(connection, f"{_KEY}{self.name}", msgspec.json.encode(self).decode())


class Batches:
    """An import under way."""

    def __init__(self, store: Importing, origin: Origin) -> None:
        self._store, self._origin = store, origin

    @contextmanager
    def loading(self) -> Iterator[DuckDBLoading]:
        """One batch: a transaction of its own under the import's name.

        Raises:
            WorkspaceError: the import was taken back meanwhile.
        """
        with self._store._transaction() as connection:
            begun = self._standing(connection)
            load = self._store._load(connection, self._origin)
            yield load
            load.finish()
            # A load that changed nothing is gone again, and its number may become another's.
            kept = schema.one(connection, "SELECT count(*) FROM loads WHERE load_id = ?", [load.load_id])
            msgspec.structs.replace(begun, loads=(*begun.loads, *([load.load_id] if kept else []))).keep(connection)

    @contextmanager
    def finishing(self) -> Iterator[DuckDBLoading]:
        """The last transaction, for what is kept with the import; then it is one like any other."""
        with self._store._transaction() as connection:
            self._standing(connection)
            load = self._store._load(connection, self._origin)
            yield load
            load.finish()
            _forget(connection, self._origin.name)

    def _standing(self, connection: Any) -> Begun:
        for each in begun_in(connection):
            if each.name == self._origin.name and each.process == _PROCESS:
                return each
        raise WorkspaceError(f"the import {self._origin.name} was taken back while it ran")


def begin(connection: Any, name: str) -> None:
    """Note that an import begins, in the transaction that is open.

    Raises:
        QuestionError: one of this name is under way.
    """
    refuse_running(connection, name)
    Begun(_PROCESS, name).keep(connection)


def refuse_running(connection: Any, name: str) -> None:
    """Refuse what would meet an import that is under way.

    Raises:
        QuestionError: one of this name is.
    """
    if any(each.name == name for each in begun_in(connection)):
        raise QuestionError(f"an import called {name} is under way; wait for its end")


def begun_in(connection: Any) -> list[Begun]:
    """The imports that have not come to their end."""
    found = connection.execute("SELECT value FROM settings WHERE starts_with(key, ?)", [_KEY]).fetchall()
    return [msgspec.json.decode(row[0], type=Begun) for row in found]


def left(connection: Any) -> list[Begun]:
    """Those that nobody will bring to their end: the process that began them had the log to itself, and is gone."""
    return [each for each in begun_in(connection) if each.process != _PROCESS]


def settle(connection: Any, name: str | None = None) -> None:
    """Take back what was left unfinished (or the import of this name, of this process), in an open transaction."""
    found = left(connection) if name is None else [each for each in begun_in(connection) if each.name == name]
    for each in found:
        gone = undoing.take_back(connection, each.name, each.loads) if each.loads else 0
        _forget(connection, each.name)
        log.warning("import_taken_back", extra={"fields": {"import": each.name, "events": gone}})


class Importing:
    """The part of `DuckDBStore` that loads named imports."""

    if TYPE_CHECKING:
        _connections: Connections

        def _transaction(self, tight: bool = True) -> AbstractContextManager[Any]: ...

        def _committed(self, connection: Any) -> AbstractContextManager[None]: ...

        def _now(self) -> Any: ...

        def _reading(self) -> AbstractContextManager[Any]: ...

    @contextmanager
    def loading(self, origin: Origin) -> Iterator[DuckDBLoading]:
        """One analytics transaction under the load's id: events, orders, activity, customers, all or nothing."""
        with self._transaction() as connection:
            refuse_running(connection, origin.name)
            load = self._load(connection, origin)
            yield load
            load.finish()

    @contextmanager
    def importing(self, origin: Origin) -> Iterator[Batches]:
        """An import in several transactions, between which live loads come; what does not finish is taken back.

        Raises:
            QuestionError: one of this name is under way.
        """
        with self._transaction() as connection:
            begin(connection, origin.name)
        try:
            yield Batches(self, origin)
        except BaseException:
            aside(partial(self._take_back, origin.name))
            raise

    def imports(self) -> list[Import]:
        """The named imports, oldest first."""
        with self._reading() as connection:
            return imported.imports(connection)

    def undo(self, name: str) -> int:
        """Take an import back; rows that a later import also brought stay, under that import. Returns events removed.

        Raises:
            QuestionError: no import has this name, or it is under way.
        """
        with self._transaction() as connection:
            refuse_running(connection, name)
            return undoing.undo(connection, name)

    def _load(self, connection: Any, origin: Origin) -> DuckDBLoading:
        load_id = int(schema.one(connection, "SELECT coalesce(max(load_id), 0) + 1 FROM loads"))
        return DuckDBLoading(connection, load_id, origin, self._now())

    def _take_back(self, name: str) -> None:
        with self._transaction() as connection:
            settle(connection, name)

    def _settle(self) -> None:
        """Take back what a process began and did not bring to its end."""
        with self._connections.hold() as connection:
            if not left(connection):
                return
        with self._connections.writer, self._connections.hold(write=True) as connection, self._committed(connection):
            settle(connection)


def aside(work: Callable[[], None]) -> None:
    """Do it in a thread of its own: the one that asks may be interrupted again and again, for nobody waits for it."""

    def quietly() -> None:
        try:
            work()
        except Exception as error:
            # What could not be done now is done when the log is opened next.
            log.error("import_not_taken_back", extra={"fields": {"error": type(error).__name__}})

    thread = threading.Thread(target=quietly, name="import-taken-back", daemon=True)
    thread.start()
    thread.join()


def _forget(connection: Any, name: str) -> None:
    connection.execute("DELETE FROM settings WHERE key = ?", [f"{_KEY}{name}"])
