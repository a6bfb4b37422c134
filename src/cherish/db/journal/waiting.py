"""How much waits in a journal, known without asking the database each time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

_FRESH = 1.0


@dataclass(frozen=True)
class Total:
    """Events, and the bytes of their bodies."""

    events: int = 0
    bytes: int = 0

    def __neg__(self) -> Total:
        return Total(-self.events, -self.bytes)


class Waiting:
    """What this process put and took away is counted here; what others did is read from their rows, once a second."""

    def __init__(self, others: Callable[[], Total], timer: Callable[[], float] = time.monotonic) -> None:
        self._read_others = others
        self._timer = timer
        self._lock = Lock()
        self._events, self._bytes = 0, 0
        self._others = Total()
        self._read_at = float("-inf")

    def count(self, events: int, size: int) -> None:
        """This process put something, or took it away."""
        with self._lock:
            self._events += events
            self._bytes += size

    def events(self) -> int:
        """How many events wait."""
        return self._events + self._seen().events

    def bytes(self) -> int:
        """How many bytes wait."""
        return self._bytes + self._seen().bytes

    def _seen(self) -> Total:
        now = self._timer()
        if now - self._read_at > _FRESH:
            self._read_at = now
            self._others = self._read_others()
        return self._others
