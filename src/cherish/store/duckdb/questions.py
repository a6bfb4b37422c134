"""A statement asked and answered as a `pyarrow.Table`, within limits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb

from cherish.errors import QuestionError, Unanswerable
from cherish.store.duckdb import schema

_ASKING = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)
_BATCH = 100_000


def arrow(connection: Any, statement: str) -> Any:
    """The rows of a statement.

    Raises:
        Unanswerable: it takes more memory than the engine may use.
    """
    try:
        # Through `sql`: the arrow output of `execute` copies every row once more.
        return connection.sql(statement).to_arrow_table()
    except duckdb.OutOfMemoryException:
        raise too_large() from None


def too_large() -> Unanswerable:
    """The refusal of a question that takes more memory than there is."""
    return Unanswerable(
        "this takes more memory than the engine may use; ask for a shorter time or fewer customers, or let it have "
        'more: memory = "2GB" in cherish.toml, or CHERISH_MEMORY'
    )


def asked(connection: Any, text: str) -> Any:
    """The answer to a statement that a person wrote.

    Raises:
        QuestionError: not one statement, not read-only, or refused by the engine.
    """
    try:
        _only_reads(connection, text)
        return arrow(connection, text)
    except duckdb.Error as error:
        raise QuestionError(f"the engine refused the statement: {str(error).splitlines()[0]}") from error


def stream(connection: Any, text: str) -> Any:
    """The rows of a statement as a `pyarrow.RecordBatchReader`: they are never all in memory at one time.

    Raises:
        QuestionError: not one statement, or not read-only.
    """
    _only_reads(connection, text)
    return connection.sql(text).to_arrow_reader(_BATCH)


def _only_reads(connection: Any, text: str) -> None:
    statements = connection.extract_statements(text)
    if len(statements) != 1:
        raise QuestionError(f"give one SQL statement, not {len(statements)}")
    if statements[0].type not in _ASKING:
        raise QuestionError("the log is only read by SQL: give a SELECT; imports and undo change it")


@contextmanager
def memory(connection: Any, limit: str | None) -> Iterator[None]:
    """A tighter limit on the engine's memory for a block (None: no other): what it does not count comes on top."""
    if limit is None:
        yield
        return
    before = schema.one(connection, "SELECT current_setting('memory_limit')")
    narrow = bool(schema.one(connection, "SELECT parse_formatted_bytes(?) < parse_formatted_bytes(?)", [limit, before]))
    if narrow:
        connection.execute(f"SET memory_limit = {schema.text(limit)}")
    try:
        yield
    finally:
        if narrow:
            connection.execute(f"SET memory_limit = {schema.text(str(before))}")
