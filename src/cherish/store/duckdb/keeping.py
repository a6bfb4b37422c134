"""What keeps a log whole, and its owner's: made anew, checked, copied, exported, brought up to date."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cherish.store.duckdb import check as checks
from cherish.store.duckdb import copying, exporting, migrations, upkeep

if TYPE_CHECKING:
    from cherish.store.duckdb.connections import Connections


class Keeping:
    """The part of `DuckDBStore` that looks after the log as a whole."""

    if TYPE_CHECKING:
        _connections: Connections

        @property
        def exists(self) -> bool:
            """Whether there is a log to look after."""

        def _reading(self) -> AbstractContextManager[Any]: ...

        def _writing(self) -> AbstractContextManager[Any]: ...

        def _transaction(self, tight: bool = True) -> AbstractContextManager[Any]: ...

    def rebuild(self) -> None:
        """Compute activity, orders and customers anew from events, in one transaction."""
        with self._transaction() as connection:
            upkeep.rebuild(connection)

    def check(self) -> dict[str, int]:
        """How many rows of which relation differ from what a rebuild would make; empty when all agree."""
        with self._writing() as connection:
            connection.execute("BEGIN")
            try:
                return checks.differences(connection)
            finally:
                connection.execute("ROLLBACK")

    def copy(self, target: Path) -> None:
        """Write the log, as it is at one moment, to a new file, while others ask and load."""
        with self._connections.hold(write=True) as connection:
            copying.copy(connection, target)

    def export(self, wanted: exporting.Wanted, form: str, target: str) -> None:
        """Write events to a file or a pipe, without holding them in memory.

        Raises:
            QuestionError: there is no such form, or a moment can't be read.
        """
        with self._reading() as connection:
            exporting.export(connection, wanted, form, target)

    def upgrade(self) -> tuple[str, ...]:
        """Take the steps that an older file needs, without the copy beside it that opening one makes; their titles."""
        if not self.exists:
            return ()
        with self._connections.writer, self._connections.hold(write=True) as connection:
            steps = migrations.pending(connection, self._connections.file)
            migrations.migrate(connection, self._connections.file, keeps=False)
        return tuple(step.title for step in steps)
