"""The loader as a thread of the server: again after a failure, and to the journal's end when the server stops."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Protocol

from cherish.errors import WorkspaceError
from cherish.serve.logs import where

if TYPE_CHECKING:
    from cherish.db.journal import Journal

log = logging.getLogger("cherish.load")

PAUSE = 1.0
"""Seconds between a failure and the next attempt."""


class Counted(Protocol):
    """What a load did."""

    @property
    def given(self) -> int:
        """How many events it was given."""
        ...


class Loader(Protocol):
    """What takes the journal into the log; see `cherish.load`."""

    trouble: str

    def once(self) -> Counted:
        """Load once what waits."""
        ...

    def run(self, stop: threading.Event) -> None:
        """Load what comes until somebody says stop."""
        ...


class Loading:
    """Runs a loader beside the event loop; without one, events only gather in the journal for another process."""

    def __init__(self, loader: Loader | None, journal: Journal, *, shared: bool = False) -> None:
        """Take a loader and the journal of this process.

        Args:
            loader: what loads; None in a process that only collects.
            journal: what is loaded to its end when the server stops.
            shared: whether others go on putting into that journal.
        """
        self._loader, self._journal, self._shared = loader, journal, shared
        self._stop = threading.Event()
        self._failed = ""
        self._thread = threading.Thread(target=self._run, name="loader", daemon=True)

    @property
    def loads(self) -> bool:
        """Whether this process loads, and so holds the log."""
        return self._loader is not None

    def start(self) -> None:
        """Begin to load."""
        self._thread.start()

    def trouble(self) -> str:
        """Why nothing is loaded at present; an empty text where all is well."""
        if self._failed:
            return f"the loader fails ({self._failed}) and tries again"
        if self._loader is not None and self._loader.trouble:
            return f"the loader waits: {self._loader.trouble}"
        return "" if self._loader is None or self._thread.is_alive() else "the loader does not run"

    def finish(self, seconds: float) -> int:
        """Load what waits, for at most so many seconds; how many events then still wait, safe in the journal."""
        self._stop.set()
        end = time.monotonic() + seconds
        self._thread.join(seconds)
        waiting = self._left()
        loaded: int | None = 0
        while waiting > 0 and loaded is not None and not self._thread.is_alive() and time.monotonic() < end:
            loaded = self._once()
            # In a shared journal something may always wait; what did so at the beginning is enough.
            waiting = waiting - (loaded or 0) if self._shared else self._left()
        return self._left()

    def _left(self) -> int:
        try:
            return self._journal.depth()
        except WorkspaceError as error:
            # A database that went away keeps what it has; the server ends all the same.
            self._tell(error)
            return 0

    def _run(self) -> None:
        while self._loader is not None and not self._stop.is_set():
            try:
                self._loader.run(self._stop)
                self._failed = ""
            except Exception as error:
                # A thread is an edge: whatever it was, the events lie in the journal, and the next attempt may succeed.
                self._tell(error)
                self._stop.wait(PAUSE)

    def _once(self) -> int | None:
        """How many events were loaded; None where nobody loads, or that failed."""
        try:
            return self._loader.once().given if self._loader is not None else None
        except Exception as error:
            self._tell(error)
            return None

    def _tell(self, error: Exception) -> None:
        self._failed = type(error).__name__
        log.error("load_failed", extra={"fields": {"error": self._failed, "where": where(error)}})
