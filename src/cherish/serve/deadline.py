"""A deadline: work that takes too long is interrupted, again and again until it heard."""

from __future__ import annotations

import threading
from collections.abc import Callable

AGAIN = 0.05
"""An interruption between two statements of the engine is lost, so it is repeated."""

LONGEST = 24 * 3600.0


class Deadline:
    """Time for a block of work; `expired` tells afterwards whether it was stopped by it."""

    def __init__(self, seconds: float, expire: Callable[[], None]) -> None:
        self.expired = False
        self._seconds, self._expire = min(seconds, LONGEST), expire
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="deadline", daemon=True)

    def __enter__(self) -> Deadline:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._done.set()

    def _watch(self) -> None:
        if self._done.wait(self._seconds):
            return
        self.expired = True
        while not self._done.wait(AGAIN):
            self._expire()
