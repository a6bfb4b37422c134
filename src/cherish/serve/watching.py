"""What the event loop must know of a database, asked by a thread: the loop never waits for a server far away."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cherish.errors import WorkspaceError

if TYPE_CHECKING:
    from cherish.db.journal import Journal
    from cherish.db.keys import Keys
    from cherish.db.places import Place

log = logging.getLogger("cherish.serve")

EVERY = 1.0
"""Seconds between two looks."""

STALE = 10.0
"""After so many seconds without an answer the database is taken to be away."""


class Watch:
    """Looks once a second how much waits, reads the keys, and keeps this process's place; says when that fails."""

    def __init__(self, journal: Journal, keys: Keys, place: Place, timer: Callable[[], float] = time.monotonic) -> None:
        self._journal, self._keys, self._place, self._timer = journal, keys, place, timer
        self._waits = (0, 0)
        self._trouble = ""
        self._looked_at = timer()

    def depth(self) -> int:
        """How many events waited a moment ago.

        Raises:
            WorkspaceError: the database is out of reach.
        """
        return self._known()[0]

    def bytes_waiting(self) -> int:
        """How many bytes they had.

        Raises:
            WorkspaceError: the database is out of reach.
        """
        return self._known()[1]

    def look(self) -> None:
        """Look now."""
        try:
            self._place.keep()
            self._waits = (self._journal.depth(), self._journal.bytes_waiting())
            self._keys.refresh()
        except WorkspaceError as error:
            if not self._trouble:
                log.error("database_away", extra={"fields": {"reason": str(error)}})
            self._trouble = str(error)
        else:
            if self._trouble:
                log.info("database_back")
            self._trouble = ""
        self._looked_at = self._timer()

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Look every second for the length of a block."""
        self.look()
        stop = threading.Event()
        # A daemon: a look at a server that does not answer must not hold up the end.
        thread = threading.Thread(target=self._run, args=(stop,), name="watch", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(EVERY)

    def _run(self, stop: threading.Event) -> None:
        while not stop.wait(EVERY):
            self.look()

    def _known(self) -> tuple[int, int]:
        if self._trouble:
            raise WorkspaceError(self._trouble)
        if (seconds := self._timer() - self._looked_at) > STALE:
            raise WorkspaceError(f"the database has not answered for {seconds:.0f} seconds")
        return self._waits
