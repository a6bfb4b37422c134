"""A workspace's state in Postgres: founded, found again, or moved there out of the workspace's own files.

    nobody's database ──prepare──> id beside the note ──one transaction──> id and rows in the database
                          ──finish──> note in the folder ──> events that wait brought, too ──> files removed

A process may die between any two steps: the next start finds the id in the database and goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, insert, select

from cherish.clock import Clock, system_clock
from cherish.db import home, journal, places, tables
from cherish.db.journal import Journal
from cherish.db.state import FILE, State, open
from cherish.errors import WorkspaceError

_ROWS, _EVENTS = 200, 10_000
"""How many are brought at once."""

COLLECTORS = "collect-*.lock"
"""The files that collectors hold."""


def found(folder: Path, address: str, *, move: bool = False, clock: Clock = system_clock) -> State:
    """The state at an address, for the server of this workspace: the first one makes the database the workspace's.

    Args:
        folder: the workspace.
        address: the database's.
        move: bring along what lies in the workspace's files.
        clock: what time it is.

    Raises:
        WorkspaceError: keys or events would be left behind, or it is another workspace's database.
    """
    state = home.at(address)
    try:
        _take_up(folder, state)
        new = not home.belongs(state, folder)
        if not new and home.noted(folder) is None:
            raise WorkspaceError(
                f"{state.where} belongs to another workspace than {folder}; one database keeps one workspace"
            )
        _refuse_running(folder)
        if not move and _kept(folder):
            raise WorkspaceError(
                f"{folder} holds keys that clients use, or events that wait, in files: --move brings them to "
                f"{state.where}" + ("" if new else ", events alone, for that has its keys")
            )
        if new:
            _settle(folder, state, clock)
        _empty(folder, state)
    except BaseException:
        state.close()
        raise
    return state


def _take_up(folder: Path, state: State) -> None:
    """Finish what a process began that died after the database had the workspace's id."""
    begun = home.noted(folder, home.PENDING)
    if begun is not None and home.owner(state) == begun.id:
        home.finish(folder)


def _refuse_running(folder: Path) -> None:
    """Refuse while collectors write into the folder: what they take would be found by nobody."""
    if running := places.held(folder, COLLECTORS):
        raise WorkspaceError(f"{folder}: {', '.join(running)} still takes events into files here; end it first")


def _kept(folder: Path) -> bool:
    """Whether the workspace's own files hold anything."""
    if not (folder / FILE).exists():
        return False
    with closing(open(folder)) as state:
        with state.reading() as connection:
            rows = any(connection.execute(select(table).limit(1)).first() is not None for table in _moved())
        return rows or any(_waits(state, name) for name in journal.names(state))


def _waits(state: State, name: str) -> bool:
    with closing(journal.open(state, name)) as held:
        return held.depth() > 0


def _settle(folder: Path, state: State, clock: Clock) -> None:
    made = home.prepare(folder, state)
    with state.transaction() as connection:
        home.settle(connection, made, clock())
        if (folder / FILE).exists():
            with closing(open(folder)) as files, files.reading() as source:
                for table in _moved():
                    _copy(source, connection, table)
    home.finish(folder)


def _moved() -> list[Any]:
    """The tables that a state has, those that others point at first."""
    return [table for table in tables.state.sorted_tables if table is not tables.home]


def _copy(source: Connection, target: Connection, table: Any) -> None:
    for rows in _portions(source, table):
        target.execute(insert(table), rows)
    for column in table.primary_key.columns:
        if column is table.autoincrement_column:
            # What the database numbers itself goes on after the last one that was brought.
            sequence = func.pg_get_serial_sequence(table.name, column.name)
            last = select(func.coalesce(func.max(column) + 1, 1)).scalar_subquery()
            target.execute(select(func.setval(sequence, last, False)))


def _portions(source: Connection, table: Any) -> Iterator[list[dict[str, Any]]]:
    ordered = select(table).order_by(*table.primary_key.columns)
    for rows in source.execute(ordered).mappings().partitions(_ROWS):
        yield [dict(row) for row in rows]


def _empty(folder: Path, state: State) -> None:
    """Bring events that wait in files, then remove these: a copy that nobody looks after would outlive an erasure."""
    if not list(_files(folder)):
        return
    # Once more: from now on a collector finds the note, and refuses to begin.
    _refuse_running(folder)
    with closing(open(folder)) as files:
        for name in journal.names(files):
            with closing(journal.open(files, name)) as source, closing(journal.open(state)) as target:
                _bring(source, target)
    for file in _files(folder):
        file.unlink()


def _bring(source: Journal, target: Journal) -> None:
    """Put what waits into another journal. Dying in between leaves it in both: events count once by their ids."""
    for claim_id in source.claims():
        source.release(claim_id)
    while (claim := source.claim(_EVENTS)) is not None:
        put = [
            target.put(each.body, source=each.source, events=each.events, received_at=each.received_at)
            for each in claim.payloads
        ]
        for future in put:
            future.result()
        source.done(claim.id)


def _files(folder: Path) -> Iterator[Path]:
    for pattern in (f"{FILE}*", "journal-*.sqlite*"):
        yield from folder.glob(pattern)
