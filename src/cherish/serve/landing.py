"""From the journal's thread back to the event loop: one wake-up for all the puts that one commit made durable."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cherish.db.journal.contract import Ended


class Landing:
    """Lets requests await what the journal tells of in its own thread.

    `asyncio.wrap_future` wakes the loop once for every future; a commit completes many, and each wake-up costs both
    threads more than the rest of the request's answer.
    """

    def __init__(self) -> None:
        self._shore: _Shore | None = None

    def place(self) -> tuple[asyncio.Future[None], Ended]:
        """What the running loop awaits, and what the journal is to call."""
        loop, shore = asyncio.get_running_loop(), self._shore
        if shore is None or shore.loop is not loop:
            shore = self._shore = _Shore(loop)
        waiter: asyncio.Future[None] = loop.create_future()
        return waiter, partial(shore.land, waiter)


class _Shore:
    """What has landed for one event loop, until that takes it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._landed: deque[tuple[asyncio.Future[None], BaseException | None]] = deque()

    def land(self, waiter: asyncio.Future[None], error: BaseException | None) -> Callable[[], None]:
        self._landed.append((waiter, error))
        return self._wake

    def _wake(self) -> None:
        self.loop.call_soon_threadsafe(self._take)

    def _take(self) -> None:
        while self._landed:
            waiter, error = self._landed.popleft()
            if waiter.done():
                continue
            if error is None:
                waiter.set_result(None)
            else:
                waiter.set_exception(error)
