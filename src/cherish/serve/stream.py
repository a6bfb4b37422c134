"""`GET /v1/stream`: what comes in as it comes, as server-sent events, for bearers of a token that may read."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec
from litestar import MediaType, Request, get
from litestar.openapi import ResponseSpec
from litestar.params import QueryParameter
from litestar.types import ASGIApp, Receive, Scope, Send

from cherish.serve.answers import Problem as Answered
from cherish.serve.commands import Asked, Command
from cherish.serve.feed import Problem, Reader, Wanted, title
from cherish.serve.parts import Parts, parts_of
from cherish.serve.readers import bearer, may_read
from cherish.serve.refusal import Refused

HEARTBEAT = 15.0
"""Seconds of silence after which a sign of life is sent, and the token looked at again."""

LAST = 1.0
"""Seconds in which an ending stream may write what it was about to."""

AT_ONCE, PAUSE = 50, 0.1
"""Events of one write, and seconds between two: more than people read, and a bound on what a reader costs."""

VALUES, TEXT = 12, 80
"""Properties of an event that are shown, and characters of each."""

HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
)
PROBLEMS = {
    401: ResponseSpec(Answered, description="No token, or an unknown one; a write key can only write"),
    429: ResponseSpec(Answered, description="As many as may watch do so already"),
}

_IDS = ("user_id", "anonymous_id", "previous_id", "group_id", "message_id")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@get(
    "/v1/stream", guards=[may_read], tags=["events"], summary="What comes in, as it comes", responses=PROBLEMS,
    media_type=MediaType.TEXT, sync_to_thread=False,
)  # fmt: skip
def stream(
    request: Request[Any, Any, Any],
    name: Annotated[list[str] | None, QueryParameter(description="only events of this name; repeatable")] = None,
    source: Annotated[list[str] | None, QueryParameter(description="only from this source; repeatable")] = None,
    problems: Annotated[bool, QueryParameter(description="only what could not be taken")] = False,
) -> ASGIApp:
    """Server-sent events: `event` (accepted), `problem` (in quarantine, or refused), `missed` (how many are not shown).

    A reader who is too slow loses events and is told how many; the server never waits for one. A comment every 15
    seconds is a sign of life.
    """
    return Stream(parts_of(request), request, Wanted(frozenset(name or ()), frozenset(source or ()), problems))


class Stream:
    """One reader's connection, as an ASGI application."""

    def __init__(self, parts: Parts, request: Request[Any, Any, Any], wanted: Wanted) -> None:
        self._feed, self._request = parts.feed, request
        self._woken, self._over = asyncio.Event(), asyncio.Event()
        self._reader = self._feed.join(wanted, self._wake)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what comes until the client goes, its token ends, or the server stops."""
        streaming, gone = asyncio.create_task(self._stream(send)), asyncio.create_task(_gone(receive, self._reader))
        over = asyncio.create_task(self._over.wait())
        try:
            await asyncio.wait({streaming, over}, return_when=asyncio.FIRST_COMPLETED)
            # A client that reads nothing any more would hold up the end for ever.
            await asyncio.wait({streaming}, timeout=LAST)
        finally:
            self._feed.leave(self._reader)
            for each in (streaming, gone, over):
                each.cancel()
            await asyncio.gather(streaming, gone, over, return_exceptions=True)

    async def _stream(self, send: Send) -> None:
        start: Any = {"type": "http.response.start", "status": 200, "headers": list(HEADERS)}
        await send(start)
        await _write(send, b": cherish\n\n")
        while not self._reader.ended:
            await self._step(send)
        await _write(send, b"", more=False)

    def _wake(self) -> None:
        self._woken.set()
        if self._reader.ended:
            self._over.set()

    async def _step(self, send: Send) -> None:
        if not await self._came():
            if await asyncio.to_thread(_may_still, self._request):
                await _write(send, b": \n\n")
            else:
                self._reader.end()
            return
        body = b"".join(_event(kind, value) for kind, value in told(self._reader))
        if body:
            await _write(send, body)
        await asyncio.sleep(PAUSE)

    async def _came(self) -> bool:
        if self._reader.waits():
            return True
        self._woken.clear()
        try:
            async with asyncio.timeout(HEARTBEAT):
                await self._woken.wait()
        except TimeoutError:
            return False
        return True


def tail(asked: Asked) -> object:
    """What comes in, told to `cherish tail` on this machine until it hangs up."""
    given = asked.given
    wanted = Wanted(frozenset(given["names"]), frozenset(given["sources"]), bool(given["problems"]))
    woken = threading.Event()
    reader = asked.parts.feed.join(wanted, woken.set)
    try:
        while not (reader.ended or asked.stop.is_set()):
            woken.wait(1.0)
            woken.clear()
            while reader.waits() and not asked.stop.is_set():
                asked.tell(list(told(reader)))
                asked.stop.wait(PAUSE)
    finally:
        asked.parts.feed.leave(reader)
    return None


def told(reader: Reader) -> Iterator[tuple[str, dict[str, Any]]]:
    """What waits for a reader, as much as is shown at once: the kind of each, and what is said of it."""
    found, missed = reader.take(AT_ONCE)
    for each in found:
        if isinstance(each, Problem):
            yield "problem", msgspec.to_builtins(each)
            continue
        source, line = each
        event = msgspec.json.decode(line)
        if not reader.wanted.names or title(event) in reader.wanted.names:
            yield "event", short(source, event)
    if missed:
        yield "missed", {"events": missed}


def short(source: str, line: dict[str, Any]) -> dict[str, Any]:
    """An event as it is shown: what, who, from where, when, and its properties (or traits) in a short form."""
    values = line.get("traits") if line["type"] in ("identify", "group") else line.get("properties")
    found = {
        "at": (_EPOCH + timedelta(microseconds=line["ts"])).isoformat(timespec="milliseconds"),
        "type": line["type"],
        "name": title(line),
        "source": source,
    }
    found |= {name: line[name] for name in _IDS if name in line}
    if line["type"] in ("page", "screen") and line.get("name"):
        found["page"] = line["name"]
    given = values or {}
    found["properties"] = {name[:TEXT]: _value(given[name]) for name in list(given)[:VALUES]}
    if len(given) > VALUES:
        found["more"] = len(given) - VALUES
    return found


def _value(value: Any) -> Any:
    if isinstance(value, dict):
        return f"{{{len(value)}}}"
    if isinstance(value, list):
        return f"[{len(value)}]"
    return value if not isinstance(value, str) or len(value) <= TEXT else value[: TEXT - 1] + "…"


def _event(kind: str, value: dict[str, Any]) -> bytes:
    return b"event: " + kind.encode() + b"\ndata: " + msgspec.json.encode(value) + b"\n\n"


def _may_still(request: Request[Any, Any, Any]) -> bool:
    try:
        bearer(request)
    except Refused:
        return False
    return True


async def _write(send: Send, body: bytes, *, more: bool = True) -> None:
    message: Any = {"type": "http.response.body", "body": body, "more_body": more}
    await send(message)


async def _gone(receive: Receive, reader: Reader) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    reader.end()


ROUTES = (stream,)
COMMANDS: dict[str, Command] = {"tail": tail}
