"""The engine on which files are read and checked before anything touches the log: in memory, bounded, its own.

It holds no log. What it prepares lies in a temporary folder as Parquet, where the log's own engine picks it up.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from cherish.collect import dates, numbers
from cherish.collect.folders import folder as temporary

MEMORY = "700MB"
_PAUSE = 0.25

Watch = Callable[[float], None]
"""Told the share (0 to 1) of a statement that is done, again and again while it runs."""


def quoted(name: str) -> str:
    """A name as an SQL identifier, whatever characters it holds."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """A text as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


class Workbench:
    """A connection for reading files, and the folder for what comes out of it."""

    def __init__(self, connection: Any, folder: Path) -> None:
        self.connection = connection
        self.folder = folder

    def rows(self, statement: str, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
        """All rows of a statement."""
        found: list[tuple[Any, ...]] = self.connection.execute(statement, values or []).fetchall()
        return found

    def row(self, statement: str, values: list[Any] | None = None) -> tuple[Any, ...]:
        """The first row of a statement that has one."""
        return self.rows(statement, values)[0]

    def run(self, statement: str, watch: Watch | None = None) -> None:
        """Run a statement; with `watch` it runs beside, so that the share done can be told meanwhile."""
        if watch is None:
            self.connection.execute(statement)
            return
        failed: list[BaseException] = []
        beside = threading.Thread(target=self._beside, args=(statement, failed), daemon=True)
        beside.start()
        try:
            while beside.is_alive():
                beside.join(_PAUSE)
                watch(max(0.0, min(float(self.connection.query_progress()), 100.0)) / 100)
        except BaseException:
            # Ctrl-C, or the watcher failed: the statement must not go on behind.
            self.connection.interrupt()
            beside.join()
            raise
        if failed:
            raise failed[0]

    def _beside(self, statement: str, failed: list[BaseException]) -> None:
        try:
            self.connection.execute(statement)
        except BaseException as error:
            failed.append(error)


@contextmanager
def workbench(memory: str = MEMORY) -> Iterator[Workbench]:
    """A workbench whose folder is gone afterwards."""
    with temporary() as folder:
        yield from _opened(folder, memory)


def _opened(folder: Path, memory: str) -> Iterator[Workbench]:
    config: dict[str, Any] = {
        "memory_limit": memory,
        "temp_directory": str(folder / "spill"),
        "autoinstall_known_extensions": False,
        "python_enable_replacements": False,
        "TimeZone": "UTC",
        # Small portions keep the writing of many buckets cheap, in time and in memory.
        "partitioned_write_flush_threshold": 100_000,
    }
    connection = duckdb.connect(":memory:", config=config)
    try:
        connection.execute("SET enable_progress_bar = true; SET enable_progress_bar_print = false")
        connection.execute("SET progress_bar_time = 0")
        for macro in (*numbers.MACROS, *dates.MACROS):
            connection.execute(macro)
        yield Workbench(connection, folder)
    finally:
        connection.close()
