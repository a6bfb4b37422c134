"""Older files brought up to date by numbered steps, each in a transaction of its own, after a copy was made."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cherish.errors import WorkspaceError
from cherish.store.duckdb import copying, schema
from cherish.store.duckdb.identity import Identity

log = logging.getLogger("cherish.store")


@dataclass(frozen=True)
class Step:
    """One change of the schema: the version it leads to, what it does in a line, and how."""

    version: int
    title: str
    apply: Callable[[Any], None]


def _live(connection: Any) -> None:
    for column in ("previous_id VARCHAR", "group_id VARCHAR", "original_ts TIMESTAMP"):
        connection.execute(f"ALTER TABLE events ADD COLUMN {column}")
    for column in ("said_at TIMESTAMP", "group_id VARCHAR"):
        connection.execute(f"ALTER TABLE traits ADD COLUMN {column}")
    connection.execute("UPDATE traits SET said_at = loads.loaded_at FROM loads WHERE loads.load_id = traits.load_id")
    connection.execute("CREATE TABLE claims (claim VARCHAR, claimed_at TIMESTAMP)")


def _identity(connection: Any) -> None:
    # What is computed below is read as of now, so the tables of the next step must be there.
    _noise(connection)
    for change in (
        "ALTER TABLE identities ADD COLUMN own_id BIGINT",
        "ALTER TABLE identities ADD COLUMN first_at TIMESTAMP",
        "UPDATE identities SET own_id = customer_id",
        "ALTER TABLE traits ADD COLUMN kind VARCHAR",
        "ALTER TABLE traits ADD COLUMN key VARCHAR",
        "UPDATE traits SET kind = identities.kind, key = identities.key FROM identities "
        "WHERE identities.customer_id = traits.customer_id",
        schema.EDGES,
    ):
        connection.execute(change)
    Identity(connection).learn()


def _erasing(connection: Any) -> None:
    connection.execute(schema.ERASED)


def _noise(connection: Any) -> None:
    for change in ("ALTER TABLE events ADD COLUMN IF NOT EXISTS noise VARCHAR", *schema.NOISE):
        connection.execute(change)


STEPS: list[Step] = [
    Step(2, "live loads", _live),
    Step(3, "one customer by several keys", _identity),
    Step(4, "erasure", _erasing),
    Step(5, "people and events that are left out", _noise),
]
"""The steps from version 1 on, in order; schema.py always describes the last version."""


def latest() -> int:
    """The version this code reads and writes."""
    return max((step.version for step in STEPS), default=schema.FIRST_VERSION)


def pending(connection: Any, file: Path | None) -> list[Step]:
    """The steps that a log still needs.

    Raises:
        WorkspaceError: the log was written by a newer version of Cherish, or is no log at all.
    """
    if not schema.exists(connection):
        raise WorkspaceError(f"{file} is not a Cherish log; choose another folder or move the file away")
    version = int(schema.setting(connection, "schema") or 0)
    if version > latest():
        raise WorkspaceError(
            f"{file} was written by a newer Cherish (schema {version}, this one reads up to {latest()}); "
            "upgrade Cherish"
        )
    return sorted((step for step in STEPS if step.version > version), key=lambda step: step.version)


def migrate(connection: Any, file: Path | None, *, keeps: bool = True) -> Path | None:
    """Take every pending step; where the copy of the file as it was lies (None: nothing to do, or none was made)."""
    steps = pending(connection, file)
    if not steps:
        return None
    kept = keep(connection, file) if file is not None and keeps else None
    for step in steps:
        connection.execute("BEGIN")
        try:
            step.apply(connection)
            schema.set_setting(connection, "schema", str(step.version))
            schema.count_change(connection)
            connection.execute("COMMIT")
        except Exception as error:
            connection.execute("ROLLBACK")
            where = f"; the file as it was is {kept}" if kept else ""
            raise WorkspaceError(
                f"{file}: step {step.version} ({step.title}) failed and was taken back{where}"
            ) from error
    if kept:
        # Whoever only asked a question has its answer, and now a file more: that is said.
        log.warning("%s was brought up to date (%s); as it was it is %s", file, "; ".join(s.title for s in steps), kept)
    return kept


def keep(connection: Any, file: Path) -> Path:
    """Copy the log beside itself, named with its version."""
    version = schema.setting(connection, "schema")
    target = file.with_name(f"{file.stem}.v{version}{file.suffix}")
    partial = target.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    copying.copy(connection, partial)
    return partial.replace(target)
