"""From the journal's thread back to the event loop: one wake-up for all the puts that one commit made durable."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from threading import Lock


class Landing:
    """Turns futures of the journal into ones that a request awaits.

    `asyncio.wrap_future` wakes the loop once for every future; a commit completes many, and each wake-up costs both
    threads more than the rest of the request's answer.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._landed: list[tuple[asyncio.Future[None], Future[None]]] = []

    def of(self, put: Future[None]) -> asyncio.Future[None]:
        """What the running loop awaits until the put is done."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[None] = loop.create_future()
        put.add_done_callback(lambda done: self._land(loop, waiter, done))
        return waiter

    def _land(self, loop: asyncio.AbstractEventLoop, waiter: asyncio.Future[None], done: Future[None]) -> None:
        with self._lock:
            self._landed.append((waiter, done))
            if len(self._landed) > 1:
                return
        loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        with self._lock:
            landed, self._landed = self._landed, []
        for waiter, done in landed:
            if waiter.done():
                continue
            error = done.exception()
            if error is None:
                waiter.set_result(None)
            else:
                waiter.set_exception(error)
