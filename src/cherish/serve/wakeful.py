"""An event loop that other threads wake only while it sleeps.

Each request reaches the loop from the threads that read connections, in several calls. asyncio wakes the loop for every
one of them by writing to a socket, and lets go of Python's lock to do so: under load that took longer than what was
called. A loop that is at work looks at what was called before it sleeps again, and needs no waking.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Sequence
from typing import Any


class _Selector(selectors.DefaultSelector):
    """Knows whether it waits; what was called while it was about to is seen before it does."""

    sleeps = False
    called: Sequence[Any] = ()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait for events, unless something was called meanwhile."""
        self.sleeps = timeout is None or timeout > 0
        found: list[tuple[selectors.SelectorKey, int]]
        try:
            # In this order: whoever called before could see that it did not sleep yet, and left it to this look.
            found = super().select(0 if self.sleeps and self.called else timeout)
        finally:
            self.sleeps = False
        return found


class Loop(asyncio.SelectorEventLoop):
    """asyncio's own loop, woken less often."""

    def __init__(self) -> None:
        self._sleeping = _Selector()
        super().__init__(self._sleeping)
        self._sleeping.called = self._ready  # type: ignore[attr-defined]  # the queue of what is to be called

    def _write_to_self(self) -> None:
        if self._sleeping.sleeps:
            super()._write_to_self()  # type: ignore[misc]  # asyncio's way to be woken; a test holds it to that
