"""The log of a workspace, from its file; where a server holds the file, through the server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cherish.spec.relations import ActiveSet, Facts
from cherish.store.contract import Import
from cherish.store.duckdb.log import DuckDBStore
from cherish.store.duckdb.statements import tables
from cherish.store.keys import Edge, Key
from cherish.store.line import Line, dial
from cherish.store.types import typed


class SharedStore(DuckDBStore):
    """Asks and changes the log wherever it is held; answers are the same, for they are made here either way.

    What takes the file for long (imports, demos) is not done through a server: its own error says who holds it.
    """

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self._here = threading.local()

    @contextmanager
    def session(self) -> Iterator[DuckDBStore]:
        """Hold the log for a block of questions; through a server, they all see one state of it."""
        with self._line() as line:
            if line is not None:
                yield self
            else:
                with super().session():
                    yield self

    @property
    def facts(self) -> Facts:
        """What is known of the log; through a server, remembered as long as a session lasts."""
        with self._line() as line:
            if line is None:
                return super().facts
            found: Facts | None = line.remembered.get("facts")
            if found is None:
                found = line.remembered["facts"] = line.ask("facts", kind=Facts)
            return found

    def run(self, expression: Any) -> Any:
        """Run an expression and return a `pyarrow.Table`."""
        with self._line() as line:
            if line is None:
                return super().run(expression)
            given = {"statement": self._promoted.statement(expression)}
            return typed(line.table("run", given, self._temporary.among(tables(expression))), expression)

    def query(self, statement: str) -> Any:
        """Run one read-only SQL statement and return a `pyarrow.Table`."""
        with self._line() as line:
            return super().query(statement) if line is None else line.table("query", {"statement": statement})

    def imports(self) -> list[Import]:
        """The named imports, oldest first."""
        with self._line() as line:
            return super().imports() if line is None else line.ask("imports", kind=list[Import])

    def customer_of(self, kind: str, key: str) -> int | None:
        """The log's number of the customer whom a key belongs to, or None."""
        with self._line() as line:
            if line is None:
                return super().customer_of(kind, key)
            number: int | None = line.ask("customer_of", {"kind": kind, "key": key}, int | None)
            return number

    def why(self, key: Key | str) -> tuple[Edge, ...]:
        """The edges about the keys of this key's customer, oldest first: those that bind make it one customer."""
        with self._line() as line:
            return super().why(key) if line is None else line.ask("why", {"key": key}, tuple[Edge, ...])

    def merge(self, a: Key | str, b: Key | str, by: str) -> int | None:
        """Join the customers of two keys; the edge's number (None: it is one key). A repeat changes nothing."""
        with self._changing() as line:
            if line is None:
                return super().merge(a, b, by)
            edge: int | None = line.ask("merge", {"a": a, "b": b, "by": by}, int | None)
            return edge

    def split(self, key: Key | str, by: str) -> int:
        """Let a key stand by itself, whatever events say or will say; a user's own anonymous ids stay with the user."""
        with self._changing() as line:
            return super().split(key, by) if line is None else line.ask("split", {"key": key, "by": by}, int)

    def undo_edge(self, edge: int | None = None) -> int:
        """Take a merge or a split back, without a number the last one that stands; its number."""
        with self._changing() as line:
            return super().undo_edge(edge) if line is None else line.ask("undo_edge", {"edge": edge}, int)

    def identify_by(self, *, trusted: tuple[str, ...] | None = None, hub: int | None = None) -> None:
        """Set which traits are identifiers, and how many users may share a key before it is nobody's."""
        with self._changing() as line:
            if line is None:
                super().identify_by(trusted=trusted, hub=hub)
            else:
                line.ask("identify_by", {"trusted": trusted, "hub": hub})

    def undo(self, name: str) -> int:
        """Take an import back; rows that a later import also brought stay, under that import; events removed."""
        with self._changing() as line:
            return super().undo(name) if line is None else line.ask("undo", {"name": name}, int)

    def configure(
        self, *, zone: str | None = None, currency: str | None = None, rates: dict[str, float] | None = None
    ) -> None:
        """Set the workspace's time zone (rebuilds the days), its currency, and its exchange rates."""
        with self._changing() as line:
            if line is None:
                super().configure(zone=zone, currency=currency, rates=rates)
            else:
                line.ask("configure", {"zone": zone, "currency": currency, "rates": rates})

    def define_active(self, name: str, events: tuple[str, ...]) -> ActiveSet:
        """Store a new version of a named active set; an unchanged one keeps its version."""
        with self._changing() as line:
            if line is None:
                return super().define_active(name, events)
            stored: ActiveSet = line.ask("define_active", {"name": name, "events": events}, ActiveSet)
            return stored

    def define_outcome(self, name: str) -> None:
        """Store which event (or `revenue`, `orders`) is the outcome that matters."""
        with self._changing() as line:
            if line is None:
                super().define_outcome(name)
            else:
                line.ask("define_outcome", {"name": name})

    def rebuild(self) -> None:
        """Compute activity, orders and customers anew from events, in one transaction."""
        with self._changing() as line:
            if line is None:
                super().rebuild()
            else:
                line.ask("rebuild")

    def check(self) -> dict[str, int]:
        """How many rows of which relation differ from what a rebuild would make; empty when all agree."""
        with self._changing() as line:
            return super().check() if line is None else line.ask("check", kind=dict[str, int])

    # -- parts ----------------------------------------------------------------------------------------------------

    @contextmanager
    def _changing(self) -> Iterator[Line | None]:
        with self._line() as line:
            yield line
            if line is not None:
                line.remembered.clear()

    @contextmanager
    def _line(self) -> Iterator[Line | None]:
        """This thread's line to the server, new or of its session; None where the file is free, or ours."""
        depth = getattr(self._here, "depth", 0)
        if depth == 0:
            self._here.line = None if self.path is None else dial(self.path)
        line: Line | None = self._here.line
        self._here.depth = depth + 1
        try:
            yield line
        finally:
            self._here.depth = depth
            if depth == 0 and line is not None:
                self._here.line = None
                line.close()
