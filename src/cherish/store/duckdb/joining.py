"""What a store can be asked and told about who is who: the methods, by themselves."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from cherish.store.duckdb import decisions
from cherish.store.duckdb import why as reasons
from cherish.store.keys import Edge, Key


class Joining:
    """The part of `DuckDBStore` that joins keys into customers, parts them, and says why."""

    if TYPE_CHECKING:

        def _reading(self) -> AbstractContextManager[Any]: ...

        def _transaction(self, tight: bool = True) -> AbstractContextManager[Any]: ...

        def _now(self) -> Any: ...

    def customer_of(self, kind: str, key: str) -> int | None:
        """The log's number of the customer whom a key belongs to, or None."""
        with self._reading() as connection:
            return decisions.customer_of(connection, kind, key)

    def why(self, key: Key | str) -> tuple[Edge, ...]:
        """The edges about the keys of this key's customer, oldest first: those that bind make it one customer.

        A text is a user id first, then an anonymous id, then any other identifier.

        Raises:
            QuestionError: the log knows no such key.
        """
        with self._reading() as connection:
            return reasons.why(connection, decisions.known(connection, key))

    def merge(self, a: Key | str, b: Key | str, by: str) -> int | None:
        """Join the customers of two keys; the edge's number (None: it is one key). A repeat changes nothing.

        Raises:
            QuestionError: the log doesn't know one of the keys.
        """
        with self._transaction() as connection:
            one, other = decisions.known(connection, a), decisions.known(connection, b)
            return decisions.merge(connection, one, other, by, self._now())

    def split(self, key: Key | str, by: str) -> int:
        """Let a key stand by itself, whatever events say or will say; a user's own anonymous ids stay with the user.

        Raises:
            QuestionError: the log doesn't know the key, or nothing joins it with another customer's.
        """
        with self._transaction() as connection:
            return decisions.split(connection, decisions.known(connection, key), by, self._now())

    def undo_edge(self, edge: int | None = None) -> int:
        """Take a merge or a split back, without a number the last one that stands; its number.

        Raises:
            QuestionError: there is none of this number, or it was taken back before.
        """
        with self._transaction() as connection:
            return decisions.undo(connection, edge, self._now())

    def identify_by(self, *, trusted: tuple[str, ...] | None = None, hub: int | None = None) -> None:
        """Set which traits are identifiers (such as `email`), and how many users may share a key before it is nobody's.

        Raises:
            QuestionError: a trait's name or the number can't be taken.
        """
        with self._transaction() as connection:
            decisions.identify_by(connection, trusted, hub)
