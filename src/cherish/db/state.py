"""The state of a workspace: one database, opened, brought up to date, and used in transactions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from threading import RLock

from sqlalchemy import Connection, Engine

from cherish.db import engines, migrate
from cherish.db.scrub import scrub
from cherish.db.trouble import told

FILE = "state.sqlite"


class State:
    """Keys, accounts and whatever else must be remembered beside the log; safe to use from several threads."""

    def __init__(self, engine: Engine, where: str, folder: Path | None) -> None:
        self.engine = engine
        self.where = where
        self.folder = folder
        # SQLite has one writer; threads of this process wait here at once, and don't poll the file's lock.
        self._turn: AbstractContextManager[object] = nullcontext() if self.on_postgres else RLock()

    @property
    def on_postgres(self) -> bool:
        """Whether the state lies in Postgres, where several processes and machines share it."""
        return self.engine.dialect.name == "postgresql"

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection whose work is kept as a whole at the end, or not at all.

        Raises:
            WorkspaceError: the database is locked, full, damaged or out of reach.
        """
        with told(self.where), self._turn, self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that only reads, and waits for nobody.

        Raises:
            WorkspaceError: the database is damaged or out of reach.
        """
        with told(self.where), self.engine.connect() as connection:
            yield connection.execution_options(**engines.READ_ONLY)

    def scrub(self) -> bool:
        """Leave nothing in the database's files of rows that were deleted; False where a reader stood in the way."""
        with self._turn:
            return scrub(self.engine, self.where, ("quarantine",))

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


def open(place: str | Path) -> State:
    """The state in this workspace folder, or at this Postgres address; made where there is none.

    Raises:
        WorkspaceError: it was written by a newer Cherish, is damaged, locked or out of reach.
        Unsupported: the address is of another database than Postgres.
    """
    opened = _at_address(str(place)) if "://" in str(place) else _in_folder(Path(place))
    try:
        with told(opened.where):
            migrate.upgrade(opened.engine, opened.where)
    except BaseException:
        opened.close()
        raise
    return opened


def _in_folder(folder: Path) -> State:
    file = folder / FILE
    return State(engines.sqlite(file), str(file), folder)


def _at_address(address: str) -> State:
    engine = engines.postgres(address)
    return State(engine, engines.named(engine.url), None)
