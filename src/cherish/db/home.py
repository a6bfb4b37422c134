"""Which workspace a database belongs to: each names the other, so that neither is taken for a new one.

    folder: database.toml, with an id  <──>  database: one row in `home`, with the same id

Without it a second workspace that is served on the same database would load the first one's events into its own log.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Connection, insert, select, text

from cherish.db.state import FILE, State, open
from cherish.db.tables import home
from cherish.errors import WorkspaceError

NOTE, PENDING = "database.toml", "database.toml.new"
"""The file in the workspace that names its database, and the same before the database knows of it."""

_NOTE_TEXT = """\
# Keys, accounts, quarantine and journal of this workspace lie in the database that is named here.
# Written by `cherish serve --database`; it holds no password.
id = {id}
where = {where}
"""


@dataclass(frozen=True)
class Home:
    """A workspace's id, and where its state lies."""

    id: str
    where: str


def state_of(folder: Path, address: str | None) -> State:
    """The state of a workspace that was served before.

    Raises:
        WorkspaceError: it lies elsewhere, belongs to another workspace, or no server ever began here.
    """
    if address is None:
        refuse_files(folder)
        if not (folder / FILE).exists():
            raise WorkspaceError(f"{folder}: no server ever began here; start `cherish serve` first")
        return open(folder)
    state = at(address)
    try:
        if not belongs(state, folder):
            raise WorkspaceError(f"{state.where}: no server ever began on it; start `cherish serve --database` first")
    except BaseException:
        state.close()
        raise
    return state


def at(address: str) -> State:
    """The state at an address; a text that is none is not taken for a folder.

    Raises:
        WorkspaceError: it is no address, or the database can't be used.
    """
    if "://" not in address:
        raise WorkspaceError("the database's address can't be read; write postgres://USER:PASSWORD@HOST/NAME")
    return open(address)


def refuse_files(folder: Path) -> None:
    """Refuse to keep state in the folder of a workspace whose state lies in a database.

    Raises:
        WorkspaceError: it does.
    """
    if (note := noted(folder)) is not None:
        raise WorkspaceError(
            f"{folder}: its keys and its journal lie in {note.where}; name it with --database, as database in "
            "cherish.toml, or as CHERISH_DATABASE"
        )


def belongs(state: State, folder: Path) -> bool:
    """Whether a database is this workspace's own; False where it is nobody's. A folder without a note may be any
    machine's that only collects.

    Raises:
        WorkspaceError: the workspace has another database, or the database another workspace.
    """
    note, id_ = noted(folder), owner(state)
    if note is not None and id_ != note.id:
        whose = "another workspace's" if id_ else "nobody's yet"
        raise WorkspaceError(
            f"{state.where} is {whose}: the keys and the journal of {folder} lie in {note.where}; name that one"
            f" (or, if that one is gone for good, remove {folder / NOTE} to begin anew)"
        )
    return id_ is not None


def noted(folder: Path, file: str = NOTE) -> Home | None:
    """What the folder says of its database.

    Raises:
        WorkspaceError: the file can't be read.
    """
    try:
        found = tomllib.loads((folder / file).read_text(encoding="utf-8"))
        return Home(str(found["id"]), str(found["where"]))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError) as error:
        raise WorkspaceError(f"{folder / file} can't be read ({type(error).__name__}); restore it") from None


def owner(state: State) -> str | None:
    """The id of the workspace that a database belongs to."""
    with state.reading() as connection:
        found: str | None = connection.execute(select(home.c.id)).scalar()
    return found


def prepare(folder: Path, state: State) -> Home:
    """A new id, written beside the note: if the process dies before the database has it, nothing has happened."""
    made = Home(uuid4().hex, state.where)
    try:
        told = _NOTE_TEXT.format(id=json.dumps(made.id), where=json.dumps(made.where))
        (folder / PENDING).write_text(told, encoding="utf-8")
    except OSError as error:
        raise WorkspaceError(f"{folder / PENDING}: {error.strerror}; check the folder and its permissions") from None
    return made


def settle(connection: Connection, made: Home, now: datetime) -> None:
    """Give the database its owner, in the transaction that also brings what belongs to it.

    Raises:
        WorkspaceError: of two workspaces that came at once, the other was first.
    """
    connection.execute(text("LOCK TABLE home IN EXCLUSIVE MODE"))
    if connection.execute(select(home.c.id)).first() is not None:
        raise WorkspaceError(f"{made.where} was taken by another workspace at this moment; name another database")
    connection.execute(insert(home).values(id=made.id, made_at=now))


def finish(folder: Path) -> None:
    """The database knows: from now on the folder names it."""
    (folder / PENDING).replace(folder / NOTE)
