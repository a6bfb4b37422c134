"""A customer erased from a workspace: from the log, the quarantine, rejected rows, reports and older copies.

First what lies beside the log, then the log in one transaction: whoever is interrupted asks again by the same key. Last
the bytes: the databases of state and journal forget what was deleted, and the log is written anew, now or at night.
"""

# ruff: noqa: S608  # statements are put together from our own texts and quoted values
from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from cherish.clock import Clock, system_clock
from cherish.customers.erase_traces import Names, sift_rejects, take_older_copies, take_reports
from cherish.customers.keys import UnknownCustomer
from cherish.customers.rows import is_unicode, rows
from cherish.errors import QuestionError, WorkspaceError
from cherish.store.contract import Erased
from cherish.store.duckdb import schema
from cherish.store.keys import Key

if TYPE_CHECKING:
    from cherish.db import State
    from cherish.db.journal import Journal
    from cherish.workspace import Workspace

PATIENCE = 60.0
"""Seconds within which events that were sent before the erasure must be loaded, and refused."""

_PAUSE = 0.1
_SERVED = ("state.sqlite", "database.toml")
"""What lies in the folder of a workspace that was served: its state, or where that lies."""
_CONTACTS = ("email", "phone")


class Erasure(msgspec.Struct, frozen=True):
    """What an erasure removed, in counts.

    keys       how many keys the person was known by
    rows       rows of the log, by relation
    refused    events in quarantine
    rejected   rows that imports had not taken
    files      reports that named the person, and copies of the log from before its schema changed
    rewritten  whether the log's file holds no byte of it any more; else the nightly rewrite sees to that
    scrubbed   whether that is so of the files of state and journal; else it is at night
    backups    copies in the workspace's backups, which hold what they held
    """

    keys: int
    rows: dict[str, int]
    refused: int = 0
    rejected: int = 0
    files: tuple[str, ...] = ()
    rewritten: bool = False
    scrubbed: bool = True
    backups: int = 0


@dataclass(frozen=True)
class Place:
    """Where a customer may stand: the log, the workspace's folder, and the state with its journals where there is one.

    Journals are waited for until `load` has them empty of what was sent before; a server's loader does that itself.
    """

    store: Any
    folder: Path
    state: State | None = None
    journals: Sequence[Journal] = ()
    load: Callable[[], object] = lambda: None
    clock: Clock = system_clock


@contextmanager
def here(workspace: Workspace) -> Iterator[Place]:
    """The place of a workspace that no server holds; none begins to serve it within the block.

    Raises:
        WorkspaceError: another process serves it.
    """
    store = workspace.store()
    if not any((workspace.folder / each).exists() for each in _SERVED):
        yield Place(store, workspace.folder)
        return
    from cherish.db import journal, places
    from cherish.load import Loader

    with ExitStack() as stack:
        stack.enter_context(places.in_folder(workspace.folder / "serve.lock"))
        state = stack.enter_context(closing(workspace.state()))
        journals = tuple(stack.enter_context(closing(journal.open(state, each))) for each in journal.names(state))
        loader = Loader(store, journals, state)
        yield Place(store, workspace.folder, state, journals, loader.all if journals else lambda: None)


def erase(place: Place, key: str, *, now: bool = False) -> Erasure:
    """Erase the customer whom a key names; `now` also writes the log anew at once.

    Raises:
        UnknownCustomer: nobody and nothing has this key.
        WorkspaceError: the files are held, or hold out; asked again, the erasure goes on.
    """
    place.load()
    keys = _keys(place.store, key)
    names = names_of(place.store, key)
    refused = _sift_quarantine(place.state, names)
    rejected = sift_rejects(place.folder / "rejects", names)
    files = take_reports(place.folder / "reports", names)
    # An erasure that was cut off before its last step is asked for again by a key that is gone.
    cut_off = now and not keys and place.store.due_since is not None
    if not (keys or refused or rejected or files or cut_off):
        raise UnknownCustomer
    files += take_older_copies(place.folder)
    erased = place.store.erase(keys[0]) if keys else Erased((), {})
    if now:
        _wait(place)
        # What could not be loaded of it meanwhile was quarantined.
        refused += _sift_quarantine(place.state, names)
    scrubbed = scrub(place)
    rewritten = now and (bool(keys) or cut_off)
    if rewritten:
        place.store.rewrite()
    backups = place.folder / "backups"
    return Erasure(
        len(keys), erased.rows, refused, rejected, files, rewritten, scrubbed,
        sum(1 for _ in backups.iterdir()) if backups.is_dir() else 0,
    )  # fmt: skip


def names_of(store: Any, key: str) -> Names:
    """The texts that the customer of a key is known by."""
    keys = _keys(store, key)
    return Names.of([key, *(each.key for each in keys), *_contacts(store, keys)])


def scrub(place: Place) -> bool:
    """Have the databases of state and journals forget what was deleted; whether all of them could."""
    done = [each.scrub() for each in place.journals]
    if place.state is not None:
        done.append(place.state.scrub())
    return all(done)


def _keys(store: Any, key: str) -> tuple[Key, ...]:
    if not key or not is_unicode(key):
        raise UnknownCustomer
    try:
        found: tuple[Key, ...] = store.keys_of(key)
    except QuestionError:
        return ()
    return found


def _contacts(store: Any, keys: Sequence[Key]) -> list[str]:
    """Addresses and phone numbers that were told of these keys, whenever."""
    if not keys:
        return []
    listed = ", ".join(f"({schema.text(each.kind)}, {schema.text(each.key)})" for each in keys)
    paths = ", ".join(f"json_extract_string(traits, {schema.pointer(each)})" for each in _CONTACTS)
    found = rows(store, f"SELECT DISTINCT unnest([{paths}]) AS text FROM traits WHERE (kind, key) IN ({listed})")
    return [each["text"] for each in found if each["text"]]


def _sift_quarantine(state: State | None, names: Names) -> int:
    if state is None:
        return 0
    from cherish.db.quarantine import Quarantine

    return Quarantine(state).sift(names.left_of)


def _wait(place: Place) -> None:
    """Until every event that was sent before is loaded, where it is refused if it is the person's."""
    begun, end = place.clock(), time.monotonic() + PATIENCE
    place.load()
    while any(each.waits(begun) for each in place.journals):
        if time.monotonic() > end:
            raise WorkspaceError(
                f"events wait in the journal for more than {PATIENCE:.0f} seconds: the customer is out of the log, and "
                "its file not yet written anew; see why nothing is loaded, and ask again"
            )
        time.sleep(_PAUSE)
        place.load()
