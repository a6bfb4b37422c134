"""The journal: accepted events, durable before the answer, until the loader has them in the log."""

from __future__ import annotations

from cherish.db.journal.contract import Claim, Journal, Payload
from cherish.db.journal.postgres import PostgresJournal
from cherish.db.journal.sqlite import SQLiteJournal, names_in
from cherish.db.quarantine import Quarantine
from cherish.db.state import State

__all__ = ["Claim", "Journal", "Payload", "PostgresJournal", "SQLiteJournal", "names", "open"]


def open(state: State, name: str = "main") -> Journal:
    """The journal of this name: a file beside the state's, or tables of the same Postgres database.

    Raises:
        WorkspaceError: it can't be opened, or was written by a newer Cherish.
    """
    quarantine = Quarantine(state)
    if state.folder is None:
        return PostgresJournal(state, name, quarantine)
    return SQLiteJournal(state.folder, name, quarantine)


def names(state: State) -> tuple[str, ...]:
    """The journals that a loader must look after: every file, or the one table of Postgres, whoever writes there."""
    return ("main",) if state.folder is None else names_in(state.folder)
