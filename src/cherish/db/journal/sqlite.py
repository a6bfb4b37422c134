"""The journal as a SQLite file, `journal-NAME.sqlite` in the workspace: one for each collecting process."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, text

from cherish.db import engines
from cherish.db.journal.group import Group
from cherish.db.journal.tabled import TabledJournal
from cherish.db.quarantine import Quarantine
from cherish.db.tables import journal_parts
from cherish.db.trouble import told
from cherish.errors import WorkspaceError

VERSION = 1
"""The shape of the tables, kept in the file's `user_version`."""


class SQLiteJournal(TabledJournal):
    """A journal in a file. A loader of another process opens the file too, to claim."""

    def __init__(self, folder: Path, name: str, quarantine: Quarantine, *, busy: float = 5.0) -> None:
        self.file = file_of(folder, name)
        engine = engines.sqlite(self.file, busy=busy)
        try:
            _prepare(engine, str(self.file))
            super().__init__(engine, name, str(self.file), quarantine)
        except BaseException:
            engine.dispose()
            raise
        self._group = Group(engine, self._me)

    def _insert(self, rows: Sequence[dict[str, Any]]) -> None:
        with told(self._where):
            self._group.insert(rows)

    def _let_go(self) -> None:
        self._group.close()
        super()._let_go()


def file_of(folder: Path, name: str) -> Path:
    """Where the journal of this name lies.

    Raises:
        WorkspaceError: no file can be named so.
    """
    if not re.fullmatch(r"[a-zA-Z0-9_-]{1,60}", name):
        raise WorkspaceError(f"a journal can't be named {name!r}; use letters, digits, - and _")
    return folder / f"journal-{name}.sqlite"


def names_in(folder: Path) -> tuple[str, ...]:
    """The journals that lie in a folder."""
    return tuple(sorted(file.stem.removeprefix("journal-") for file in folder.glob("journal-*.sqlite")))


def _prepare(engine: Engine, where: str) -> None:
    """Make the tables in a new file; one of today is only looked at, which waits for nobody."""
    with told(where), engine.connect() as connection:
        if _version(connection.execution_options(**engines.READ_ONLY), where) == VERSION:
            return
    with told(where), engine.begin() as connection:
        if _version(connection, where) < VERSION:
            journal_parts.create_all(connection)
            connection.execute(text(f"PRAGMA user_version = {VERSION}"))


def _version(connection: Connection, where: str) -> int:
    version: int = connection.execute(text("PRAGMA user_version")).scalar_one()
    if version > VERSION:
        raise WorkspaceError(f"{where} was written by a newer Cherish (version {version}); upgrade Cherish")
    return version
