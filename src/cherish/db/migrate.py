"""The state brought up to date when it is opened, by Alembic's numbered steps in one transaction."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

from cherish.db.engines import READ_ONLY
from cherish.errors import WorkspaceError

if TYPE_CHECKING:
    from alembic.config import Config

VERSION_TABLE = "cherish_version"
HEAD = "0004"
"""The last step in `migrations/versions`; said here so that a state of today opens without loading Alembic."""

# What Alembic is working on it keeps in globals: two states of one process wait for each other.
_ALEMBIC = Lock()

_LOCK = 0x63686572697368


def upgrade(engine: Engine, where: str) -> None:
    """Take the steps that are missing; two processes that open at once take them once.

    Raises:
        WorkspaceError: the state was written by a newer Cherish.
    """
    with engine.connect() as connection:
        if _version(connection.execution_options(**READ_ONLY), where) == HEAD:
            return
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        if _version(connection, where) != HEAD:
            _steps(connection, where)


def pending(version: str) -> tuple[tuple[str, str], ...]:
    """The steps that a state at this one still needs, in order: each with its number and what it does."""
    from alembic.script import ScriptDirectory

    steps = ScriptDirectory.from_config(_config()).iterate_revisions("head", version)
    return tuple((step.revision, step.doc.rstrip(".")) for step in steps)[::-1]


def _version(connection: Connection, where: str) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    version: str | None = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608  # our own name
    if version is not None and version > HEAD:
        raise WorkspaceError(
            f"{where} was written by a newer Cherish (step {version}, this one knows up to {HEAD}); upgrade Cherish"
        )
    return version


def _steps(connection: Connection, where: str) -> None:
    from alembic import command
    from alembic.util.exc import CommandError

    config = _config()
    config.attributes["connection"] = connection
    try:
        with _ALEMBIC:
            command.upgrade(config, "head")
    except CommandError:
        raise WorkspaceError(f"{where}: no step leads from here to {HEAD}; restore a backup") from None


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "cherish.db:migrations")
    return config
