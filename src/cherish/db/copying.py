"""The state and journals copied while others write: each copy is the database as it was at one moment."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, Table, insert, select, text

from cherish.db import engines
from cherish.db.journal.sqlite import SQLiteJournal
from cherish.db.migrate import VERSION_TABLE
from cherish.db.quarantine import Quarantine
from cherish.db.state import FILE, State
from cherish.db.state import open as open_state
from cherish.db.tables import journal_parts, state
from cherish.db.trouble import told

_ROWS = 200


def copy(file: Path, target: Path) -> None:
    """Copy a SQLite file, without what was deleted from it; its writers need not wait.

    Raises:
        WorkspaceError: the file is damaged, or the disk full.
    """
    engine = engines.sqlite(file)
    try:
        with told(str(file)), engine.connect() as connection:
            connection.execution_options(**engines.ALONE).exec_driver_sql("VACUUM INTO ?", (str(target),))
    finally:
        engine.dispose()


def waiting(file: Path) -> int:
    """How many events a journal's file holds."""
    return int(_asked(file, "SELECT coalesce(sum(events), 0) FROM journal"))


def step(file: Path) -> str:
    """The step of the migrations that a state's file is at."""
    return str(_asked(file, f"SELECT version_num FROM {VERSION_TABLE}"))  # noqa: S608  # our own name


def _asked(file: Path, statement: str) -> Any:
    engine = engines.sqlite(file)
    try:
        with told(str(file)), engine.connect() as connection:
            return connection.execution_options(**engines.READ_ONLY).execute(text(statement)).scalar_one()
    finally:
        engine.dispose()


def journal_out_of_postgres(source: State, folder: Path) -> Path:
    """Write what waits in Postgres as a journal's file, and say which."""
    target = open_state(folder)
    try:
        made = SQLiteJournal(folder, "main", Quarantine(target))
        made.close()
    finally:
        target.close()
    _pour(source, made.file, journal_parts, tuple(journal_parts.sorted_tables))
    return made.file


def state_out_of_postgres(source: State, folder: Path, without: Iterable[str] = ("home",)) -> Path:
    """Write the state that lies in Postgres as the file of one; which database it was is left out."""
    file = folder / FILE
    open_state(folder).close()
    left_out = set(without)
    _pour(source, file, state, tuple(table for table in state.sorted_tables if table.name not in left_out))
    return file


def _pour(source: State, file: Path, metadata: MetaData, tables: tuple[Table, ...]) -> None:
    engine = engines.sqlite(file)
    try:
        with told(source.where), source.engine.connect() as plain:
            # All tables as they are at one moment.
            reading = plain.execution_options(isolation_level="REPEATABLE READ", stream_results=True)
            with reading.begin(), told(str(file)), engine.begin() as writing:
                for table in tables:
                    _rows(reading, writing, table)
    finally:
        engine.dispose()


def _rows(reading: Connection, writing: Connection, table: Table) -> None:
    writing.execute(table.delete())
    for rows in reading.execute(select(table)).mappings().partitions(_ROWS):
        writing.execute(insert(table), [dict(row) for row in rows])
