"""What a database says when it can't do its work, in our words: where, why, what to do, and no value of a row.

The driver's own error is not chained: its text may hold a row's values, and those are people's data.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from cherish.errors import WorkspaceError

_SQLITE = {
    "SQLITE_FULL": "the disk is full; make room",
    "SQLITE_BUSY": "another process holds it locked; try again, or end that process",
    "SQLITE_LOCKED": "another process holds it locked; try again, or end that process",
    "SQLITE_READONLY": "it may not be written to; check the permissions of the file and its folder",
    "SQLITE_PERM": "it may not be opened; check the permissions of the file and its folder",
    "SQLITE_CANTOPEN": "it can't be opened; check that the folder exists and its permissions",
    "SQLITE_CORRUPT": "it is damaged; restore a backup",
    "SQLITE_NOTADB": "it is no SQLite database; move the file away, or restore a backup",
    "SQLITE_IOERR": "reading or writing the disk failed; check the disk, its free space and its quotas",
}
_POSTGRES = {
    "08": "the connection broke; check that the server runs",
    "28": "the server refuses this user; check name and password",
    "3D": "there is no such database; create it",
    "42501": "this user may not do that; grant it",
    "53100": "the server's disk is full; make room",
    "53": "the server lacks resources; check its memory and connections",
    "55P03": "another session holds a lock; try again",
    "57P": "the server is stopping or starting; try again",
}


@contextmanager
def told(where: str) -> Iterator[None]:
    """Turn what the database raises inside into a WorkspaceError that names this place.

    Raises:
        WorkspaceError: the database failed.
    """
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise WorkspaceError(f"{where}: {_reason(error)}") from None


def _reason(error: SQLAlchemyError | sqlite3.Error) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    name = getattr(cause, "sqlite_errorname", None)
    if name:
        known = next((text for code, text in _SQLITE.items() if name == code or name.startswith(f"{code}_")), None)
        return f"{known} ({name})" if known else f"the database refused ({name})"
    state = getattr(cause, "sqlstate", None)
    if state:
        known = next((_POSTGRES[state[:end]] for end in (5, 3, 2) if state[:end] in _POSTGRES), None)
        return f"{known} ({state})" if known else f"the database refused ({state})"
    if type(cause).__name__ == "OperationalError":
        return "the server can't be reached; check that it runs, the address, the user and the password"
    return f"the database refused ({type(cause or error).__name__})"
