"""Commands by which a store in another process (`cherish.store.duckdb.shared`) asks and changes the log held here."""

from __future__ import annotations

import msgspec

from cherish.errors import QuestionError
from cherish.serve.commands import Asked, Command
from cherish.store.duckdb.shared import READS, WRITES, kinds


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
        wanted = kinds(name)
        try:
            given = {key: msgspec.convert(value, wanted[key]) for key, value in asked.given.items()}
        except (KeyError, msgspec.ValidationError) as error:
            raise QuestionError(f"{name} does not take what was given: {error}") from None
        store = asked.writing() if name in WRITES else asked.reading()
        return getattr(store, name)(**given)

    return command


COMMANDS: dict[str, Command] = {
    "facts": facts, "run": run, "query": query, **{name: _method(name) for name in (*READS, *WRITES)},
}  # fmt: skip
