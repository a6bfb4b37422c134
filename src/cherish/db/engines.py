"""Engines of SQLAlchemy as Cherish uses them: a SQLite file that survives a crash, or a Postgres database by URL."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from cherish.errors import Unsupported, WorkspaceError

READ_ONLY = {"cherish_begin": "BEGIN DEFERRED"}
"""Execution options of a connection that only reads, and so waits for no writer."""

ALONE = {"cherish_begin": ""}
"""Execution options of a connection whose statements can't stand in a transaction of SQLite."""


_PATIENCE = {
    "connect_timeout": 10, "tcp_user_timeout": 10_000, "keepalives_idle": 10, "keepalives_interval": 5,
    "keepalives_count": 3,
}  # fmt: skip
"""A server that does not answer is a failure after some seconds; the address may say after how many."""


def sqlite(file: Path, *, busy: float = 5.0, **pragmas: str | int) -> Engine:
    """The engine of a file that only its owner may read; a commit is on the disk when it returns.

    A transaction takes the write lock when it begins: one that read first and wrote later could not wait for it.
    """
    _create(file)
    engine = create_engine(
        URL.create("sqlite", database=str(file)),
        connect_args={"check_same_thread": False, "isolation_level": None, "timeout": busy},
        hide_parameters=True,
    )
    settings = {"journal_mode": "WAL", "synchronous": "FULL", "foreign_keys": "ON", "secure_delete": "ON"} | pragmas

    @event.listens_for(engine, "connect")
    def _set(connection: Any, _: Any) -> None:
        for name, value in settings.items():
            connection.execute(f"PRAGMA {name}={value}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        begin = connection.get_execution_options().get("cherish_begin", "BEGIN IMMEDIATE")
        if begin:
            connection.exec_driver_sql(begin)

    return engine


def postgres(address: str, *, busy: float = 5.0) -> Engine:
    """The engine of a Postgres database: `postgres://user:password@host/database`.

    Raises:
        Unsupported: the address is of another kind, or the driver is not installed.
        WorkspaceError: it is no address.
    """
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        raise WorkspaceError("the database's address can't be read; write postgres://USER:PASSWORD@HOST/NAME") from None
    if url.get_backend_name() not in ("postgres", "postgresql"):
        raise Unsupported(f"{url.drivername}: state lies in a folder or in Postgres; write postgres://...")
    options = {name: value for name, value in _PATIENCE.items() if name not in url.query}
    try:
        engine = create_engine(
            url.set(drivername="postgresql+psycopg"), hide_parameters=True, pool_pre_ping=True, connect_args=options
        )
    except ModuleNotFoundError:
        raise Unsupported("the driver for Postgres is missing: pip install 'cherish[postgres]'") from None

    @event.listens_for(engine, "connect")
    def _set(connection: Any, _: Any) -> None:
        # What was acknowledged must be on the disk, also on a server that is set to answer before.
        durable = "set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
        connection.execute(f"SELECT {durable}")
        connection.execute("SELECT set_config('lock_timeout', %s, false)", [f"{round(busy * 1000)}ms"])
        connection.commit()

    return engine


def named(url: URL) -> str:
    """An address as people may read it: without the password, and without the options, for one may stand there too."""
    socket = {name: url.query[name] for name in ("host", "port") if name in url.query}
    return url.set(drivername=url.get_backend_name(), query=socket).render_as_string(hide_password=True)


def _create(file: Path) -> None:
    """Make the file before SQLite would, for its owner alone; SQLite gives its logs the same permissions.

    An existing file is left untouched: closing it here would drop the locks that this process holds on it.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise WorkspaceError(f"{file}: {error.strerror}; check the folder and its permissions") from None
