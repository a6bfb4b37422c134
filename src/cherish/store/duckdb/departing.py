"""What a store can be told to let go, a customer or events of an age: the methods, by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cherish.store.contract import Erased
from cherish.store.duckdb import decisions, erasing, retention, rewriting, schema, tombstones
from cherish.store.keys import Key

if TYPE_CHECKING:
    from cherish.store.duckdb.connections import Connections


class Departing:
    """The part of `DuckDBStore` from which rows go for good."""

    if TYPE_CHECKING:
        _connections: Connections

        def _reading(self) -> AbstractContextManager[Any]: ...

        def _transaction(self, tight: bool = True) -> AbstractContextManager[Any]: ...

        def _writing(self) -> AbstractContextManager[Any]: ...

        def _now(self) -> Any: ...

    def keys_of(self, key: Key | str) -> tuple[Key, ...]:
        """Every key of the customer whom this one belongs to.

        Raises:
            QuestionError: the log knows no such key.
        """
        with self._reading() as connection:
            number = decisions.customer_of(connection, *decisions.known(connection, key))
            return erasing.keys_of(connection, number or 0)

    def erase(self, key: Key | str) -> Erased:
        """Take the customer of this key out of the log; what they did before now is refused when it comes again.

        The file keeps the bytes of what went until `rewrite`.

        Raises:
            QuestionError: the log knows no such key.
        """
        with self._transaction() as connection:
            number = decisions.customer_of(connection, *decisions.known(connection, key))
            return erasing.erase(connection, number or 0, self._now())

    def bar(self, given: tombstones.Tombstones) -> tuple[Key, ...]:
        """Keep out whom another log has erased; a key of each customer here who is to be erased.

        Raises:
            WorkspaceError: the two logs were never one.
        """
        with self._transaction() as connection:
            return tombstones.take_over(connection, given)

    def expired(self, until: Mapping[str, datetime]) -> dict[str, int]:
        """How many events of each name lie before the moment (naive UTC) that is given for it."""
        with self._reading() as connection:
            return retention.expired(connection, until)

    def expire(self, until: Mapping[str, datetime]) -> dict[str, int]:
        """Let these events go, with the keys that only they carried; how many of each name."""
        with self._transaction() as connection:
            return retention.expire(connection, until, self._now())

    @property
    def due_since(self) -> datetime | None:
        """Since when (naive UTC) the file holds bytes of rows that must be gone; None where it holds none."""
        with self._reading() as connection:
            found = schema.setting(connection, erasing.DUE)
        return None if found is None else datetime.fromisoformat(found)

    def rewrite(self, patience: float = rewriting.PATIENCE) -> None:
        """Copy the log into a new file that takes the old one's place: nothing of what was deleted is left in it.

        Questions go on meanwhile, but for the moment of the exchange; loads wait.

        Raises:
            WorkspaceError: there is no room for a copy, or somebody reads for longer than `patience` seconds.
        """
        if self._connections.file is None:
            return
        with self._writing():
            rewriting.rewrite(self._connections, patience)
