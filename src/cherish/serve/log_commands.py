"""Commands by which a store in another process (`cherish.store.duckdb.shared`) asks and changes the log held here."""

from __future__ import annotations

from typing import Any

import msgspec

from cherish.serve.commands import Asked, Command
from cherish.store.duckdb import DuckDBStore
from cherish.store.keys import Key

READS = ("imports", "why", "customer_of")
WRITES = (
    "undo", "configure", "define_active", "define_outcome", "merge", "split", "undo_edge", "identify_by", "rebuild",
    "check",
)  # fmt: skip
"""Methods of the store, by name; `check` takes the writer's turn, as a rebuild does."""

_KEYS = ("a", "b", "key")


def facts(asked: Asked) -> object:
    """What is known of the log."""
    return asked.reading().facts


def run(asked: Asked) -> object:
    """The rows of a statement that was made from an expression, as a stream."""
    return asked.reading().stream(asked.given["statement"], asked.tables)


def query(asked: Asked) -> object:
    """The rows of a read-only statement that a person wrote."""
    return asked.reading().query(asked.given["statement"])


def _method(name: str) -> Command:
    def command(asked: Asked) -> object:
        store: DuckDBStore = asked.writing() if name in WRITES else asked.reading()
        return getattr(store, name)(**_arguments(asked.given))

    return command


def _arguments(given: Any) -> dict[str, Any]:
    # A key is a text, or a pair of its kind and its text, except where the method names the kind apart.
    typed = {name: value for name, value in given.items() if name not in _KEYS}
    keys = {name: msgspec.convert(given[name], Key | str) for name in _KEYS if name in given}
    lists = {name: tuple(value) if isinstance(value, list) else value for name, value in typed.items()}
    return lists | keys


COMMANDS: dict[str, Command] = {
    "facts": facts, "run": run, "query": query, **{name: _method(name) for name in (*READS, *WRITES)},
}  # fmt: skip
