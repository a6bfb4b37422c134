"""A workspace opened for serving: made at the first start, held by one server at a time; collectors beside it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cherish import db
from cherish.clock import system_clock
from cherish.db import founding, home, places
from cherish.db import journal as journals
from cherish.db.accounts import Accounts
from cherish.db.keys import Keys
from cherish.db.places import Place, Taken
from cherish.db.quarantine import Quarantine
from cherish.db.tokens import Tokens
from cherish.db.webhooks import Webhooks
from cherish.errors import QuestionError, Unsupported, WorkspaceError
from cherish.serve.loading import Loader, Loading
from cherish.serve.parts import Parts
from cherish.serve.pressure import Bounds, Pressure, Waiting
from cherish.serve.room import engine_memory
from cherish.serve.watching import Watch
from cherish.spec.messages import Discreet, Limits
from cherish.workspace import Workspace

if TYPE_CHECKING:
    from cherish.store.duckdb import DuckDBStore

LOCK = "serve.lock"
FIRST_SOURCE, OWNER, SERVER = "website", "owner", "main"
NAMES = 99
"""How many collectors get a name of their own accord."""


@dataclass(frozen=True)
class Welcome:
    """What a first start makes; the login works once, and neither it nor its secret is kept."""

    key: str
    login: str


@contextmanager
def opened(
    workspace: Workspace,
    public_url: str | None = None,
    bounds: Bounds | None = None,
    *,
    loads: bool = True,
    move: bool = False,
) -> Iterator[Parts]:
    """The parts of a server on this workspace, closed at the end.

    Args:
        workspace: the workspace, made where there is none.
        public_url: how browsers reach the server.
        bounds: how much may wait.
        loads: whether it also loads what the journals hold.
        move: whether state that lies in the workspace's files is brought to its database.

    Raises:
        WorkspaceError: another server holds it, or its files or its database can't be used.
    """
    workspace.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with ExitStack() as stack:
        place = stack.enter_context(_served(workspace.folder))
        state = stack.enter_context(closing(_state(workspace, move)))
        if state.on_postgres:
            place = stack.enter_context(_server_of(state))
        chosen = workspace.settings
        room = replace(chosen, memory=chosen.memory or engine_memory())
        store = replace(workspace, settings=room).store()
        parts = stack.enter_context(
            _parts(workspace, state, SERVER, place, lambda: store, bounds or Bounds(), public_url)
        )
        if loads:
            from cherish.load import Loader as JournalLoader

            loader: Loader = JournalLoader(store, (parts.journal,), state, system_clock)
            parts = replace(parts, loading=Loading(loader, parts.journal, shared=state.on_postgres))
        yield _counted(parts)


@contextmanager
def collecting(
    workspace: Workspace, name: str | None = None, public_url: str | None = None, bounds: Bounds | None = None
) -> Iterator[Parts]:
    """The parts of a process that only collects, beside the server of a workspace; it never opens the log.

    Args:
        workspace: the workspace; with a database its folder need not be on this machine.
        name: what the collector is called, and its journal's file; without one the first that is free.
        public_url: how browsers reach it.
        bounds: how much may wait.

    Raises:
        QuestionError: no collector can be called so.
        WorkspaceError: another collector has the name, or no server ever began here.
    """
    if name is not None and (name == SERVER or not re.fullmatch(r"[a-zA-Z0-9_-]{1,60}", name)):
        raise QuestionError(f"--name {name}: use letters, digits, - and _, and not {SERVER!r}, the server's own")
    with ExitStack() as stack:
        bounds, state = bounds or Bounds(), stack.enter_context(closing(workspace.state()))
        if state.on_postgres:
            found, place = stack.enter_context(_free(name, lambda each: places.in_postgres(state, f"collect {each}")))
            # Events lie in the database: a full disk here takes nothing away from them.
            bounds = replace(bounds, free=0)
        else:
            lock = founding.COLLECTORS
            found, place = stack.enter_context(
                _free(name, lambda each: places.in_folder(workspace.folder / lock.replace("*", each)))
            )
            # Whoever moves the state to a database looks for this lock after the note is written.
            home.refuse_files(workspace.folder)
        parts = stack.enter_context(_parts(workspace, state, found, place, _no_log, bounds, public_url))
        yield _counted(replace(parts, only_collects=True))


def welcome(parts: Parts) -> Welcome | None:
    """The key and the login of a first start; None at every later one."""
    if parts.accounts.all() or parts.keys.all():
        return None
    key = parts.keys.add_source(FIRST_SOURCE).key
    return Welcome(key, parts.accounts.new_login(parts.accounts.add(OWNER)))


def owner_login(parts: Parts) -> str:
    """The secret of a new login link for the owner."""
    owners = [each for each in parts.accounts.all() if each.role == "owner"]
    return parts.accounts.new_login(owners[0] if owners else parts.accounts.add(OWNER))


def _state(workspace: Workspace, move: bool) -> db.State:
    if (address := workspace.settings.database) is not None:
        return founding.found(workspace.folder, address, move=move)
    if move:
        raise QuestionError("--move brings a workspace's state to a database: name that with --database")
    home.refuse_files(workspace.folder)
    return db.open(workspace.folder)


@contextmanager
def _parts(
    workspace: Workspace,
    state: db.State,
    name: str,
    place: Place,
    open_store: Callable[[], DuckDBStore],
    bounds: Bounds,
    public_url: str | None,
) -> Iterator[Parts]:
    with ExitStack() as stack:
        journal, keys = stack.enter_context(closing(journals.open(state, name))), Keys(state)
        waiting: Waiting = journal
        if state.on_postgres:
            waiting = watch = Watch(journal, keys, place)
            stack.enter_context(watch.looking())
        yield Parts(
            workspace=workspace,
            open_store=open_store,
            state=state,
            keys=keys,
            accounts=Accounts(state),
            tokens=Tokens(state),
            quarantine=Quarantine(state),
            webhooks=Webhooks(state),
            journal=journal,
            loading=Loading(None, journal),
            pressure=Pressure(waiting, _nearest(workspace.folder), bounds),
            public_url=public_url,
            limits=Limits(discreet=Discreet(workspace.settings.privacy_ip, workspace.settings.privacy_user_agent)),
        )


def _counted(parts: Parts) -> Parts:
    """The parts with what they measure of themselves."""
    gauge, waiting = parts.counters.gauge, parts.pressure.journal
    gauge("cherish_journal_events", "Events accepted and not loaded yet.", lambda: _number(waiting.depth))
    gauge("cherish_journal_bytes", "Bytes of those events.", lambda: _number(waiting.bytes_waiting))
    gauge("cherish_disk_free_bytes", "Free bytes on the workspace's disk.", parts.pressure.free)
    gauge("cherish_ready", "1 while events are taken and loaded.", lambda: float(not parts.trouble()))
    return parts


def _number(read: Callable[[], float]) -> float:
    """What a journal says of itself; no number where it is out of reach."""
    try:
        return read()
    except WorkspaceError:
        return math.nan


def _no_log() -> DuckDBStore:
    raise Unsupported("a collector has no log: ask the server")


def _nearest(folder: Path) -> Path:
    """The folder, or the first above it that there is: a collector's workspace may lie on another machine."""
    return next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())


@contextmanager
def _served(folder: Path) -> Iterator[Place]:
    """The workspace, held by this process: two servers would load one journal twice."""
    with ExitStack() as stack:
        try:
            place = stack.enter_context(places.in_folder(folder / LOCK))
        except Taken as error:
            raise WorkspaceError(f"{folder}: another server ({error}) serves this workspace") from None
        yield place


@contextmanager
def _server_of(state: db.State) -> Iterator[Place]:
    """The database, held by this process: a folder may be copied to another machine."""
    with ExitStack() as stack:
        try:
            place = stack.enter_context(places.in_postgres(state, SERVER))
        except Taken:
            raise WorkspaceError(f"{state.where}: another server loads from this database") from None
        yield place


@contextmanager
def _free(name: str | None, hold: Callable[[str], AbstractContextManager[Place]]) -> Iterator[tuple[str, Place]]:
    """The collector's name, or the first that nobody has, held by this process."""
    names = [name] if name is not None else [f"collector-{number}" for number in range(1, NAMES + 1)]
    for each in names:
        with ExitStack() as stack:
            try:
                place = stack.enter_context(hold(each))
            except Taken:
                continue
            yield each, place
            return
    raise WorkspaceError(f"another collector is called {names[-1]}; give this one a --name of its own")
