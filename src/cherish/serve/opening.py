"""A workspace opened for serving: made at the first start, held by one server at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cherish import db
from cherish.clock import system_clock
from cherish.db import journal as journals
from cherish.db.accounts import Accounts
from cherish.db.keys import Keys
from cherish.db.quarantine import Quarantine
from cherish.db.tokens import Tokens
from cherish.errors import WorkspaceError
from cherish.serve.loading import Loading
from cherish.serve.parts import Parts
from cherish.serve.pressure import Bounds, Pressure
from cherish.workspace import Workspace

LOCK = "serve.lock"
FIRST_SOURCE, OWNER = "website", "owner"


@dataclass(frozen=True)
class Welcome:
    """What a first start makes; the login works once, and neither it nor its secret is kept."""

    key: str
    login: str


@contextmanager
def opened(
    workspace: Workspace, public_url: str | None = None, bounds: Bounds | None = None, *, loads: bool = True
) -> Iterator[Parts]:
    """The parts of a server on this workspace, closed at the end; without `loads` it only collects.

    Raises:
        WorkspaceError: another server holds it, or its files can't be used.
    """
    workspace.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _held(workspace.folder / LOCK):
        state = db.open(workspace.folder)
        try:
            journal = journals.open(state)
            try:
                yield _parts(workspace, state, journal, public_url, bounds or Bounds(), loads)
            finally:
                journal.close()
        finally:
            state.close()


def welcome(parts: Parts) -> Welcome | None:
    """The key and the login of a first start; None at every later one."""
    if parts.accounts.all() or parts.keys.all():
        return None
    key = parts.keys.add_source(FIRST_SOURCE).key
    return Welcome(key, parts.accounts.new_login(parts.accounts.add(OWNER)))


def _parts(
    workspace: Workspace,
    state: db.State,
    journal: journals.Journal,
    public_url: str | None,
    bounds: Bounds,
    loads: bool,
) -> Parts:
    store = workspace.store()
    loader = None
    if loads:
        from cherish.load import Loader

        loader = Loader(store, (journal,), state, system_clock)
    pressure = Pressure(journal, workspace.folder, bounds)
    found = Parts(
        workspace=workspace,
        store=store,
        state=state,
        keys=Keys(state),
        accounts=Accounts(state),
        tokens=Tokens(state),
        quarantine=Quarantine(state),
        journal=journal,
        loading=Loading(loader, journal),
        pressure=pressure,
        public_url=public_url,
    )
    found.counters.gauge("cherish_journal_events", "Events accepted and not loaded yet.", journal.depth)
    found.counters.gauge("cherish_journal_bytes", "Bytes of those events.", journal.bytes_waiting)
    found.counters.gauge("cherish_disk_free_bytes", "Free bytes on the workspace's disk.", pressure.free)
    found.counters.gauge("cherish_ready", "1 while events are taken and loaded.", lambda: float(not found.trouble()))
    return found


def owner_login(parts: Parts) -> str:
    """The secret of a new login link for the owner."""
    owners = [each for each in parts.accounts.all() if each.role == "owner"]
    return parts.accounts.new_login(owners[0] if owners else parts.accounts.add(OWNER))


@contextmanager
def _held(file: Path) -> Iterator[None]:
    """The workspace, held by this process: two servers would load one journal twice."""
    with file.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            raise WorkspaceError(f"{file.parent}: another server (process {holder}) serves this workspace") from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield
