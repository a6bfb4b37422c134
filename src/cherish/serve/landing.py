"""From the journal's thread back to the event loop: one wake-up for all the puts that one commit made durable."""

from __future__ import annotations

import asyncio
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cherish.db.journal.contract import Ended


class Landing:
    """Lets requests await what the journal tells of in its own thread.

    `asyncio.wrap_future` wakes the loop once for every future; a commit completes many, and each wake-up costs both
    threads more than the rest of the request's answer.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._landed: list[tuple[asyncio.Future[None], BaseException | None]] = []

    def place(self) -> tuple[asyncio.Future[None], Ended]:
        """What the running loop awaits, and what the journal is to call."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[None] = loop.create_future()
        return waiter, partial(self._land, loop, waiter)

    def _land(self, loop: asyncio.AbstractEventLoop, waiter: asyncio.Future[None], error: BaseException | None) -> None:
        with self._lock:
            self._landed.append((waiter, error))
            if len(self._landed) > 1:
                return
        loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        with self._lock:
            landed, self._landed = self._landed, []
        for waiter, error in landed:
            if waiter.done():
                continue
            if error is None:
                waiter.set_result(None)
            else:
                waiter.set_exception(error)
