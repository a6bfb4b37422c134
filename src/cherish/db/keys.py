"""Sources of events and their write keys: a key can only write, and says which source it is."""

from __future__ import annotations

import re
import secrets
import string
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from sqlalchemy import Connection, insert, select, update

from cherish.clock import Clock, system_clock
from cherish.db.state import State
from cherish.db.tables import sources, write_keys

_LETTERS = string.ascii_lowercase + string.digits
_FRESH = 5.0
_HASTE = 0.5


@dataclass(frozen=True)
class Source:
    """Where events come from: a site, an app, a service.

    strict  a batch with one bad event is refused as a whole
    test    its events are for trying things out
    """

    id: str
    name: str
    strict: bool = False
    test: bool = False


@dataclass(frozen=True)
class WriteKey:
    """A key that writes for a source."""

    key: str
    source: Source


def new_write_key() -> str:
    """25 characters beginning with c: the one form that every client of the Segment family takes unchanged."""
    return "c" + "".join(secrets.choice(_LETTERS) for _ in range(24))


class Keys:
    """The sources of a workspace and their write keys.

    Who writes is asked for every request, so the answer is kept for some seconds: a key that was revoked by another
    process may write that much longer, one that was added there is found within half a second.
    """

    def __init__(self, state: State, clock: Clock = system_clock, timer: Callable[[], float] = time.monotonic) -> None:
        self._state = state
        self._clock = clock
        self._timer = timer
        self._lock = Lock()
        self._known: dict[str, Source] = {}
        self._read_at = float("-inf")

    def add_source(self, name: str, *, strict: bool = False, test: bool = False) -> WriteKey:
        """A new source with a key of its own."""
        with self._state.transaction() as connection:
            source = Source(free_id(connection, name), name, strict, test)
            row = {"id": source.id, "name": name, "strict": strict, "test": test, "made_at": self._clock()}
            connection.execute(insert(sources).values(row))
            key = self._new_key(connection, source.id)
        self._read()
        return WriteKey(key, source)

    def add_key(self, source: Source) -> WriteKey:
        """One more key of a source, to replace one without a gap."""
        with self._state.transaction() as connection:
            key = self._new_key(connection, source.id)
        self._read()
        return WriteKey(key, source)

    def revoke(self, key: str) -> bool:
        """Refuse a key from now on; whether it was in force."""
        standing = (write_keys.c.key == key) & write_keys.c.revoked_at.is_(None)
        with self._state.transaction() as connection:
            found = connection.execute(update(write_keys).where(standing).values(revoked_at=self._clock()))
        self._read()
        return found.rowcount > 0

    def all(self) -> tuple[WriteKey, ...]:
        """Every key in force, by its source's name."""
        joined = select(write_keys.c.key, *sources.c["id", "name", "strict", "test"]).join_from(write_keys, sources)
        wanted = joined.where(write_keys.c.revoked_at.is_(None)).order_by(sources.c.name, write_keys.c.made_at)
        with self._state.reading() as connection:
            return tuple(WriteKey(row[0], Source(*row[1:])) for row in connection.execute(wanted))

    def source_of(self, key: str) -> Source | None:
        """The source that a key writes for; None where it is unknown or revoked."""
        found = self._known.get(key)
        self._read(older_than=_FRESH if found else _HASTE)
        return self._known.get(key)

    def fresh(self, key: str) -> bool:
        """Whether `source_of` answers for this key without asking the database."""
        return self._timer() - self._read_at <= (_FRESH if key in self._known else _HASTE)

    def refresh(self) -> None:
        """Read the keys now, so that who asks next need not wait for it."""
        self._read()

    def _new_key(self, connection: Connection, source: str) -> str:
        key = new_write_key()
        connection.execute(insert(write_keys).values(key=key, source=source, made_at=self._clock()))
        return key

    def _read(self, older_than: float = -1.0) -> None:
        """Read the keys again, unless that was done lately; threads that want it at once do it once."""
        if self._timer() - self._read_at <= older_than:
            return
        with self._lock:
            began = self._timer()
            if began - self._read_at > older_than:
                self._known = {each.key: each.source for each in self.all()}
                self._read_at = began


def free_id(connection: Connection, name: str) -> str:
    """The name as a short word that no other source has: it stands beside every event."""
    word = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "source"
    taken = set(
        connection.execute(select(sources.c.id).where(sources.c.id.startswith(word, autoescape=True))).scalars()
    )
    numbered = (f"{word}-{number}" for number in range(2, len(taken) + 3))
    return word if word not in taken else next(each for each in numbered if each not in taken)
