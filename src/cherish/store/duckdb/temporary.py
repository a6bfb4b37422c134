"""PyArrow tables as relations of the engine, for joins; each is let go with the last expression that names it."""

from __future__ import annotations

import itertools
import threading
import weakref
from typing import Any

import ibis

from cherish.store.types import schema_of

PREFIX = "temporary_"


class Temporary:
    """The tables handed in, by the name that expressions know them under."""

    def __init__(self) -> None:
        self._tables: dict[str, Any] = {}
        self._naming = threading.Lock()

    def table(self, rows: Any) -> Any:
        """The Ibis table of these rows."""
        # The first free name: a question asked again is then the same expression, and known already.
        with self._naming:
            name = next(each for each in map(f"{PREFIX}{{}}".format, itertools.count(1)) if each not in self._tables)
            self._tables[name] = rows
        made = ibis.table(schema_of(rows), name=name)
        weakref.finalize(made.op(), self._tables.pop, name, None)
        return made

    def among(self, names: set[str]) -> dict[str, Any]:
        """The rows of those of the named relations that are ours."""
        return {name: self._tables[name] for name in sorted(names & set(self._tables))}

    def provide(self, connection: Any, names: set[str]) -> None:
        """Make those of the named relations that are ours known to this connection."""
        for name, rows in self.among(names).items():
            connection.register(name, rows)
