"""The log of a workspace, from its file; where a server holds the file, through the server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from inspect import signature
from typing import Any, get_type_hints

from cherish.spec.relations import Facts
from cherish.store.duckdb.log import DuckDBStore
from cherish.store.duckdb.reading import Reading
from cherish.store.duckdb.statements import Promoted, tables
from cherish.store.line import Line, dial
from cherish.store.types import typed

READS = (
    "imports", "why", "customer_of", "how", "learned", "noise", "noise_counts", "noise_of", "vocabulary",
    "carried", "holdouts", "held_addresses",
    "export",
)  # fmt: skip
WRITES = (
    "undo", "configure", "define_active", "define_outcome", "declare_experiment", "merge", "split", "undo_edge",
    "identify_by", "rebuild",
    "check", "add_noise", "remove_noise", "say", "unsay", "plan_holdout", "assign_holdout", "note_exported",
)  # fmt: skip
"""Methods that the server does where it holds the log, with plain values in and out: their annotations say which.
What a line reads after a change sees it; `check` takes the writer's turn, as a rebuild does."""


class SharedStore(DuckDBStore):
    """Asks and changes the log wherever it is held; answers are the same, for they are made here either way.

    Files are imported by the server itself (`cherish.collect.beside`); whatever else loads through this object while a
    server holds the file is refused, and its error says who does.
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
            return super().facts if line is None else self._remembered(line, "facts", Facts)

    @property
    def reading(self) -> Reading:
        """How the relations are read now."""
        with self._line() as line:
            return super().reading if line is None else self._remembered(line, "how", Reading)

    def asked(self, promoted: Promoted, expression: Any, reading: Reading) -> Any:
        """Run an expression over the relations as they are read, and return a `pyarrow.Table`."""
        with self._line() as line:
            if line is None:
                return super().asked(promoted, expression, reading)
            given = {"statement": promoted.statement(expression, reading=reading)}
            return typed(line.table("run", given, self._temporary.among(tables(expression))), expression)

    def query(self, statement: str) -> Any:
        """Run one read-only SQL statement and return a `pyarrow.Table`."""
        with self._line() as line:
            return super().query(statement) if line is None else line.table("query", {"statement": statement})

    def _remembered(self, line: Line, command: str, kind: Any) -> Any:
        if command not in line.remembered:
            line.remembered[command] = line.ask(command, kind=kind)
        return line.remembered[command]

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


@cache
def kinds(name: str) -> dict[str, Any]:
    """What a method takes and returns, by its annotations; `return` is what comes back."""
    return get_type_hints(getattr(DuckDBStore, name))


def _sent(name: str) -> Callable[..., Any]:
    method = getattr(DuckDBStore, name)
    takes = signature(method)

    @wraps(method)
    def send(self: SharedStore, *values: Any, **named: Any) -> Any:
        with self._line() as line:
            if line is None:
                return method(self, *values, **named)
            given = takes.bind(self, *values, **named).arguments
            if name in WRITES:
                line.remembered.clear()
            return line.ask(name, {key: value for key, value in given.items() if key != "self"}, kinds(name)["return"])

    return send


for _name in (*READS, *WRITES):
    setattr(SharedStore, _name, _sent(_name))
