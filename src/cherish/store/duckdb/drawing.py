"""What a store can be told and asked about holdouts: the methods, by themselves."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cherish.errors import QuestionError
from cherish.spec.holdouts import Holdout, Wish
from cherish.store.contract import Origin
from cherish.store.duckdb import holdouts
from cherish.store.duckdb.holdouts import Addresses, Drawn


class Drawing:
    """The part of `DuckDBStore` that plans holdouts, holds their lots, and says whom a sender is to leave out."""

    if TYPE_CHECKING:

        def loading(self, origin: Origin) -> AbstractContextManager[Any]: ...  # noqa: D102 - the store's

        def _reading(self) -> AbstractContextManager[Any]: ...

        def _transaction(self, tight: bool = True) -> AbstractContextManager[Any]: ...

        def _now(self) -> Any: ...

    def holdouts(self) -> tuple[Holdout, ...]:
        """Every holdout as it was planned last, by name."""
        with self._reading() as connection:
            return holdouts.plans(connection)

    def plan_holdout(self, wish: Wish, salt: str | None = None) -> Holdout:
        """Keep a plan; planned anew under its name it keeps its salt, which is drawn at random unless it is given.

        Raises:
            QuestionError: a value that can't be.
        """
        with self._transaction() as connection:
            return holdouts.plan(connection, wish, self._now(), salt)

    def assign_holdout(self, name: str, at: datetime | None = None) -> Drawn:
        """Decide for every identified customer first seen before `at` (naive UTC; now) of whom nothing was decided.

        Decisions stand in the log, under an import called `holdout NAME`; none is ever made again.

        Raises:
            QuestionError: no holdout of this name was planned, or a moment that is still to come.
        """
        now = self._now()
        if at is not None and at > now:
            raise QuestionError(f"at={at:%Y-%m-%d %H:%M}: a lot is held now or was held before, and this is to come")
        with self.loading(_origin(name)) as load:
            planned = holdouts.find(load.connection, name)
            return holdouts.draw(load.connection, planned, at or now, now, load.events)

    def held_addresses(self, name: str, tool: str, everything: bool = False) -> Addresses:
        """The addresses that a sender is to leave out and was not told yet; with `everything` all of them.

        Raises:
            QuestionError: no holdout of this name was planned.
        """
        with self._reading() as connection:
            return holdouts.addresses(connection, holdouts.find(connection, name), tool, everything, self._now())

    def note_exported(self, name: str, tool: str, digest: str, everything: bool = False) -> bool:
        """Remember that a sender was told the list of this digest; False where the list is another by now.

        Raises:
            QuestionError: no holdout of this name was planned.
        """
        now = self._now()
        with self.loading(_origin(name)) as load:
            planned = holdouts.find(load.connection, name)
            if holdouts.addresses(load.connection, planned, tool, everything, now).digest != digest:
                return False
            holdouts.note_exported(load.connection, planned, tool, now, load.events)
            return True


def _origin(name: str) -> Origin:
    return Origin(f"holdout {name}", holdouts.KIND)
