"""The log with everybody: also who and what is left out of answers otherwise. Days and orders come from the events."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from cherish.spec.relations import Facts
from cherish.store.duckdb.reading import Reading
from cherish.store.duckdb.statements import Promoted

if TYPE_CHECKING:
    from cherish.store.duckdb.log import DuckDBStore


class Everybody:
    """A log to ask, on the engine and the file of another."""

    dialect = "duckdb"

    def __init__(self, store: DuckDBStore) -> None:
        self._store = store
        self._promoted = Promoted()
        self._facts: tuple[Facts, Facts] | None = None

    def session(self) -> AbstractContextManager[Any]:
        """Hold the engine's connection for a block of questions."""
        return self._store.session()

    @property
    def facts(self) -> Facts:
        """What is known of the log when nobody is left out; remembered until it changes."""
        known = self._store.facts
        if self._facts is None or self._facts[0] is not known:
            self._facts = (known, self._store.learned(self._reading))
        return self._facts[1]

    def events(self, properties: tuple[str, ...] = ()) -> Any:
        """The events, with the named properties promoted to columns `properties.NAME`."""
        return self._promoted.table("events", properties, self.facts.properties if properties else {})

    def customers(self, traits: tuple[str, ...] = ()) -> Any:
        """The customers, with the named traits as columns `traits.NAME`."""
        return self._promoted.table("customers", traits, self.facts.traits if traits else {})

    def activity(self) -> Any | None:
        """What is maintained, unless events are left out of it."""
        return None if self._reading.events else self._store.activity()

    def orders(self) -> Any | None:
        """What is maintained, unless events are left out of it."""
        return None if self._reading.events else self._store.orders()

    def run(self, expression: Any) -> Any:
        """Run an expression and return a `pyarrow.Table`."""
        return self._store.asked(self._promoted, expression, self._reading)

    def sql(self, expression: Any) -> str:
        """The statement that `run` would send."""
        return self._promoted.statement(expression, pretty=True, reading=self._reading)

    def temporary(self, table: Any) -> Any:
        """A `pyarrow.Table` as a relation of this log's engine, for joins."""
        return self._store.temporary(table)

    def query(self, statement: str) -> Any:
        """Run one read-only SQL statement and return a `pyarrow.Table`."""
        return self._store.query(statement)

    @property
    def _reading(self) -> Reading:
        return self._store.reading.with_everybody()
