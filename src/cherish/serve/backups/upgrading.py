"""A workspace of an older Cherish brought up to date: what is to be done, and done after a backup was taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cherish.errors import WorkspaceError
from cherish.serve.backups.taking import Made, back_up
from cherish.workspace import Workspace

STATE = "state.sqlite"


@dataclass(frozen=True)
class Step:
    """One change: of which file, which number it leads to, and what it does."""

    file: str
    number: str
    title: str


@dataclass(frozen=True)
class Upgraded:
    """What was done, the backup of how it was before, and the rows of the log's relations now."""

    steps: tuple[Step, ...]
    backup: Made
    rows: Mapping[str, int]


def pending(workspace: Workspace) -> tuple[Step, ...]:
    """What a workspace lacks; nothing is changed by looking. A state in Postgres is left to the server.

    Raises:
        WorkspaceError: a server or another process holds it, a newer Cherish wrote it, or it can't be read.
    """
    from cherish.store.line import dial

    line = dial(workspace.folder)
    if line is not None:
        line.close()
        raise WorkspaceError(f"a server serves {workspace.folder}: it brought it up to date when it began")
    return (*_of_log(workspace), *_of_state(workspace.folder))


def upgrade(workspace: Workspace, steps: tuple[Step, ...], target: Path) -> Upgraded:
    """Take a backup into this folder, then the steps; each is taken as a whole or not at all.

    Raises:
        WorkspaceError: a step failed, or what came of them differs from a rebuild; the backup has all as it was.
    """
    store = workspace.store()
    made = back_up(workspace, store, target)
    try:
        store.upgrade()
        if (workspace.folder / STATE).exists():
            from cherish import db

            db.open(workspace.folder).close()
        differing = store.check() if store.exists else {}
    except WorkspaceError as error:
        raise WorkspaceError(f"{error}; as it was it is {made.place}") from error
    if differing:
        raise WorkspaceError(
            f"{workspace.log} differs from a rebuild ({', '.join(differing)}); as it was it is {made.place}"
        )
    return Upgraded(steps, made, store.facts.rows if store.exists else {})


def _of_log(workspace: Workspace) -> tuple[Step, ...]:
    if not workspace.exists:
        return ()
    from cherish.store.duckdb.copying import held
    from cherish.store.duckdb.migrations import STEPS, latest

    version = held(workspace.log).schema
    if version > latest():
        raise WorkspaceError(
            f"{workspace.log} was written by a newer Cherish (schema {version}, this one reads up to {latest()}); "
            "upgrade Cherish"
        )
    steps = sorted((step for step in STEPS if step.version > version), key=lambda step: step.version)
    return tuple(Step(workspace.log.name, str(step.version), step.title) for step in steps)


def _of_state(folder: Path) -> tuple[Step, ...]:
    if not (folder / STATE).exists():
        return ()
    from cherish.db import copying, migrate

    version = copying.step(folder / STATE)
    if version > migrate.HEAD:
        raise WorkspaceError(f"{folder / STATE} was written by a newer Cherish (step {version}); upgrade Cherish")
    return tuple(Step(STATE, number, title) for number, title in migrate.pending(version))
