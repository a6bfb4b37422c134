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
    try:
        async with asyncio.timeout(seconds):
            body, size = await _gathered(receive, most, grown)
    except TimeoutError:
        message = f"the body was not complete after {seconds:g} seconds; send it again, faster or in smaller batches"
        raise Refused(HTTPStatus.REQUEST_TIMEOUT, "slow_body", message) from None
    if size > most:
        raise _too_large(most)
    return body


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
