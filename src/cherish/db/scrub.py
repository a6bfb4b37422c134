"""What was deleted taken out of the database's files, and its room given back to the disk."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, Engine

from cherish.db.engines import ALONE
from cherish.db.trouble import told

_FREE = 16 * 2**20


def scrub(engine: Engine, where: str, tables: Iterable[str]) -> bool:
    """Leave nothing of rows that were deleted from these tables; False where a reader of SQLite's log stood in the way.

    Raises:
        WorkspaceError: the database is locked, full, damaged or out of reach.
    """
    on_postgres = engine.dialect.name == "postgresql"
    alone = {"isolation_level": "AUTOCOMMIT"} if on_postgres else ALONE
    with told(where), engine.connect() as plain:
        connection = plain.execution_options(**alone)
        return _postgres(connection, tables) if on_postgres else _sqlite(connection)


def _postgres(connection: Connection, tables: Iterable[str]) -> bool:
    for table in tables:
        connection.exec_driver_sql(f"VACUUM {table}")
    return True


def _sqlite(connection: Connection) -> bool:
    """The rows themselves were overwritten as they were deleted; copies of them are left in the log."""
    if _mostly_free(connection):
        connection.exec_driver_sql("VACUUM")
    return bool(connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar_one() == 0)


def _mostly_free(connection: Connection) -> bool:
    """Whether giving a file's free pages back is worth writing what is left of it again."""
    names = ("freelist_count", "page_count", "page_size")
    free, pages, size = (connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in names)
    return bool(free * size > _FREE and free > pages / 2)
