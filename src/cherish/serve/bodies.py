"""A request's body, read with a limit of size and of time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from http import HTTPStatus

from litestar.types import Receive

from cherish.serve.refusal import Refused

DRAINED = 64 * 2**20
"""A body over the limit is still read up to so many bytes, and let go: a client whose connection breaks while it writes
never sees the 413, and sends the same again."""


LET_GO = 2**20
"""A body that nobody wants is read to its end where it announces no more bytes, for the same reason."""

LOOK = 0.25
"""Seconds between two looks at the clock."""


class Gone(Refused):
    """The client went away before its body was there; nobody reads the answer."""

    def __init__(self) -> None:
        super().__init__(HTTPStatus.BAD_REQUEST, "incomplete_body", "the connection ended before the body did")


async def read(
    receive: Receive, headers: Mapping[str, str], most: int, seconds: float, grown: Callable[[int], None]
) -> bytes:
    """The whole body; `grown` is told of the bytes that are kept, as they come.

    Raises:
        Refused: it is larger than `most` bytes, or was not there after so many seconds.
    """
    announced = headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > max(most, DRAINED):
        raise _too_large(most)
    with _PATIENCE.lasting(seconds):
        body, size = await _gathered(receive, most, grown)
    if size > most:
        raise _too_large(most)
    return body


async def let_go(receive: Receive, headers: Mapping[str, str], seconds: float) -> None:
    """Read a body that nobody wants to its end and keep nothing of it; a large one is not read at all.

    Raises:
        Refused: it was not there after so many seconds.
    """
    announced = headers.get("content-length", "")
    if announced.isdecimal() and 0 < int(announced) <= LET_GO:
        with _PATIENCE.lasting(seconds):
            await _gathered(receive, 0, lambda _: None)


class _Patience:
    """Cuts bodies that come too slowly. One timer looks after all of them: one for each took as long as reading it."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._due: dict[asyncio.Task[object], float] = {}
        self._looks = False

    def lasting(self, seconds: float) -> _Wait:
        """For the block, which a task runs, and for so many seconds at most."""
        return _Wait(self, seconds)

    def begin(self, seconds: float) -> asyncio.Task[object]:
        """The running task is to be cut after so many seconds."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a body is read by a task")
        loop = task.get_loop()
        if loop is not self._loop:
            self._loop, self._due, self._looks = loop, {}, False
        if not self._looks:
            self._looks = True
            loop.call_later(LOOK, self._look, loop)
        self._due[task] = loop.time() + seconds
        return task

    def end(self, task: asyncio.Task[object]) -> bool:
        """No longer; whether it was cut."""
        return self._due.pop(task, 0.0) < 0

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        if loop is not self._loop:
            return
        now = loop.time()
        for task, due in self._due.items():
            if 0 <= due < now:
                self._due[task] = -1.0
                task.cancel()
        self._looks = bool(self._due)
        if self._looks:
            loop.call_later(LOOK, self._look, loop)


class _Wait:
    """A body being waited for."""

    def __init__(self, patience: _Patience, seconds: float) -> None:
        self._patience, self._seconds = patience, seconds

    def __enter__(self) -> None:
        self._task = self._patience.begin(self._seconds)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        # Whoever else cancels the task meanwhile is not silenced.
        if self._patience.end(self._task) and self._task.uncancel() == 0 and kind is asyncio.CancelledError:
            message = f"the body was not complete after {self._seconds:g} seconds; send it again, faster or in parts"
            raise Refused(HTTPStatus.REQUEST_TIMEOUT, "slow_body", message) from None


_PATIENCE = _Patience()


async def _gathered(receive: Receive, most: int, grown: Callable[[int], None]) -> tuple[bytes, int]:
    parts: list[bytes] = []
    size, more = 0, True
    while more and size <= max(most, DRAINED):
        message = await receive()
        if message["type"] != "http.request":
            raise Gone
        part, more = message.get("body", b""), message.get("more_body", False)
        size += len(part)
        if size <= most:
            grown(len(part))
            parts.append(part)
        else:
            parts.clear()
    return parts[0] if len(parts) == 1 else b"".join(parts), size


def _too_large(most: int) -> Refused:
    message = f"the body is larger than {most:,} bytes; send smaller batches, or pack it with gzip"
    return Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", message)
