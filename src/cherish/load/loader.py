"""The loader: claims of a journal into the log, each in one transaction that also holds the claim's id.

    claimed ──load──> in the log, with the claim ──done──> gone from the journal ──forget──> the log's claim gone too

A process may die between any two steps. At the next start a claim that the log holds is done, any other is released and
loaded again. Events that come twice all the same (clients send again) are dropped by their ids.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

import duckdb

from cherish.clock import Clock, system_clock
from cherish.db import State
from cherish.db.journal.contract import Claim, Journal, Payload
from cherish.db.keys import Keys
from cherish.errors import WorkspaceError
from cherish.load import lines, poison
from cherish.load.journals import Journals
from cherish.store.contract import Loaded, Store

log = logging.getLogger("cherish.load")

EVENTS = 100_000
"""Events of one claim at the most: a load of so many takes about two seconds and 400 MB."""

USUAL = 40_000
"""Events of one claim while the journal is no more than `BEHIND`: sooner seen, and in less memory."""

BEHIND = 300_000
"""Events that wait in a journal from which on larger claims catch up, for each costs something of its own."""

PAUSE = 0.5
"""Seconds between two looks at journals that were empty."""

MAY_PASS = (WorkspaceError, duckdb.OperationalError)
"""Somebody reads the file, or a disk is full: the events lie in the journal, and the next attempt may succeed."""

PATIENCE = 1.0
"""Seconds until the next attempt after a failure that may pass."""

FORGET = 100
"""Claims that are forgotten at once: each time is a commit."""


class Loader:
    """Loads what journals hold into a log; one at a time for each log."""

    def __init__(
        self,
        store: Store,
        journals: Sequence[Journal],
        state: State,
        clock: Clock = system_clock,
        *,
        events: int = EVENTS,
    ) -> None:
        """Take the journals of this process; those of collectors beside it are found by the state.

        Args:
            store: the log.
            journals: the journals that are open already.
            state: where the workspace's other journals are found.
            clock: what time it is.
            events: how many events one transaction takes.
        """
        self.trouble = ""
        """Why nothing is loaded at present; empty where all is well."""
        self._store = store
        self._journals = Journals(journals, state)
        self._keys = Keys(state)
        self._clock = clock
        self._most = self._events = self._asked = events
        self._done: list[str] = []
        self._aside = ThreadPoolExecutor(1, thread_name_prefix="journal-done")
        self._ending: Future[None] | None = None
        self._too_large: tuple[str, int] | None = None

    def recover(self) -> None:
        """Settle what a process left open that died: claims in the log are done, others are to be loaded again."""
        with suppress(WorkspaceError):  # It is settled below.
            self._ended()
        for journal in self._journals.all():
            for claim in journal.claims():
                self._settle(journal, claim)
        self._forget()

    def all(self) -> Loaded:
        """Load until every journal is empty; for whoever loads without a server."""
        self.recover()
        loaded = self.once()
        while any(journal.depth() for journal in self._journals.all()):
            loaded += self.once()
        return loaded

    def once(self) -> Loaded:
        """Load one claim of every journal in which something waits."""
        loaded = Loaded(0, 0, 0)
        for journal in self._journals.all():
            self._asked = self._events if journal.depth() >= BEHIND else min(self._events, USUAL)
            claim = journal.claim(self._asked)
            if claim is not None:
                loaded += self._load(journal, claim)
        if not loaded.given:
            self._ended()
        return loaded

    def run(self, stop: threading.Event) -> None:
        """Load until asked to stop, about every half second, and at once while more waits than one load takes."""
        try:
            while not stop.is_set():
                try:
                    with self._store.owned():
                        self.recover()
                        self._keep_loading(stop)
                except MAY_PASS as error:
                    self.trouble = str(error).splitlines()[0]
                    log.warning("the loader waits: %s", self.trouble)
                    stop.wait(PATIENCE)
        finally:
            with suppress(WorkspaceError):  # What the log holds is done at the next start.
                self._ended()
            self._journals.close()

    def _keep_loading(self, stop: threading.Event) -> None:
        while not stop.is_set():
            began = time.monotonic()
            loaded = self.once()
            self.trouble = ""
            if loaded.given < self._asked:
                stop.wait(max(0.0, PAUSE - (time.monotonic() - began)))

    def _load(self, journal: Journal, claim: Claim) -> Loaded:
        try:
            loaded = self._sound(journal, claim)
        except poison.TOO_LARGE:
            return self._with_less(journal, claim)
        except BaseException:
            # Even a commit that failed may have been kept: the log itself knows.
            with suppress(Exception):
                self._settle(journal, claim.id)
            raise
        if loaded.refused:
            log.info("erased_refused", extra={"fields": {"events": loaded.refused}})
        self._end(journal, claim)
        self._done.append(claim.id)
        self._events = min(self._most, 2 * self._events)
        if len(self._done) >= FORGET:
            # The log may not forget a claim before the journal has.
            self._ended()
            self._forget()
        return loaded

    def _end(self, journal: Journal, claim: Claim) -> None:
        """Have the journal forget the claim; where more waits, while the next one is loaded."""
        self._ended()
        if claim.events < self._asked:
            journal.done(claim.id)
        else:
            self._ending = self._aside.submit(journal.done, claim.id)

    def _ended(self) -> None:
        """Wait for what is forgotten beside the loads, and hear whether that failed."""
        ending, self._ending = self._ending, None
        if ending is not None:
            ending.result()

    def _sound(self, journal: Journal, claim: Claim) -> Loaded:
        """Load a claim; what can't be loaded of it goes to the quarantine first, by itself."""
        try:
            return self._transact(claim.id, claim.payloads)
        except poison.ERRORS:
            found = poison.parted(claim.payloads, self._fails)
        for payload, reason in found.bad:
            log.error("payload %d of the journal %s can't be loaded: %s", payload.id, journal.name, reason)
            journal.take_out(claim.id, payload.id, reason)
        return self._transact(claim.id, found.sound) if found.sound else Loaded(0, 0, 0)

    def _fails(self, payloads: Sequence[Payload]) -> str | None:
        """Why these payloads can't be loaded together; None where they can. The log stays as it is."""
        try:
            self._transact("", payloads, keep=False)
        except _TakenBack:
            return None
        except poison.ERRORS as error:
            return poison.reason(error)
        return None

    def _transact(self, claim: str, payloads: Sequence[Payload], *, keep: bool = True) -> Loaded:
        with self._store.live(claim) as loading:
            staged = lines.stage(loading.connection, payloads, loading.currency)
            lines.mark_tests(loading.connection, self._tests())
            loaded = loading.events(staged)
            lines.drop(loading.connection)
            if not keep:
                raise _TakenBack
            return loaded

    def _tests(self) -> tuple[str, ...]:
        """The sources for trying things out."""
        return tuple({each.source.id for each in self._keys.all() if each.source.test})

    def _with_less(self, journal: Journal, claim: Claim) -> Loaded:
        """After a load that did not fit into memory: fewer events at once, and a payload that is too large by itself
        is quarantined."""
        alone = claim.payloads[0] if len(claim.payloads) == 1 else None
        if alone is not None and (journal.name, alone.id) == self._too_large:
            journal.take_out(claim.id, alone.id, "it needs more memory than a load may use")
        # Once more before that: a second load has more room (see `DuckDBStore.live`), or others who had it are gone.
        self._too_large = (journal.name, alone.id) if alone is not None else None
        journal.release(claim.id)
        self._events = max(1, min(self._events, claim.events) // 2)
        log.warning("a load of %d events did not fit into memory; the next takes %d", claim.events, self._events)
        return Loaded(0, 0, 0)

    def _settle(self, journal: Journal, claim: str) -> None:
        if self._store.claimed(claim):
            journal.done(claim)
            self._done.append(claim)
        else:
            journal.release(claim)

    def _forget(self) -> None:
        if self._done:
            self._store.forget_claims(self._done)
            self._done = []


class _TakenBack(Exception):
    """Ends the transaction of a trial, so that nothing of it is kept."""
