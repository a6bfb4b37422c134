"""Where a workspace lies and what lies in it: the log, the rejected rows of imports, the reports."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cherish import settings

if TYPE_CHECKING:
    from cherish.db import State
    from cherish.spec.noise import Rule
    from cherish.store.duckdb import DuckDBStore
    from cherish.store.duckdb.connections import Limits


@dataclass(frozen=True)
class Workspace:
    """A folder that holds one log and what belongs to it."""

    folder: Path
    settings: settings.Settings

    @property
    def log(self) -> Path:
        """The log's file."""
        return self.folder / "log.duckdb"

    @property
    def rejects(self) -> Path:
        """Where rows lie that an import could not take."""
        return self.folder / "rejects"

    @property
    def reports(self) -> Path:
        """Where reports are written to."""
        return self.folder / "reports"

    @property
    def exists(self) -> bool:
        """Whether anything was ever imported."""
        return self.log.exists()

    def store(self) -> DuckDBStore:
        """The log's store; the file is opened for a question, not for the object's life, or a server is asked."""
        from cherish.store.duckdb.shared import SharedStore

        return SharedStore(self.folder, limits=self.limits(), noise=self.noise())

    def state(self) -> State:
        """Keys, accounts, quarantine and journal of a workspace that was served, in its files or in its database.

        Raises:
            WorkspaceError: no server ever began here, or the database is another workspace's, or out of reach.
        """
        from cherish.db import home

        return home.state_of(self.folder, self.settings.database)

    def noise(self) -> tuple[Rule, ...] | None:
        """The rules of the settings' file for who and what is left out; None where it says nothing of that."""
        from cherish.spec.noise import of_table

        return None if self.settings.noise is None else of_table(self.settings.noise)

    def limits(self) -> Limits:
        """What the engine may use."""
        from cherish.store.duckdb.connections import Limits

        return Limits(threads=self.settings.threads, memory=self.settings.memory)


def locate(path: str | Path | None = None) -> Workspace:
    """The workspace in this folder; without one the setting's, which is ./cherish-workspace by default."""
    chosen = settings.load()
    return Workspace(Path(path if path is not None else chosen.workspace).expanduser(), chosen)


def around(file: Path) -> Workspace | None:
    """The workspace whose reports folder this file lies in, if it does."""
    folder = file.resolve().parent
    found = Workspace(folder.parent, settings.load())
    return found if folder == found.reports.resolve() and found.exists else None
