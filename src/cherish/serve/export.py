"""`GET /v1/export/events`: the events as they are held, streamed to bearers of a token that may read."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Annotated, Any

from litestar import MediaType, Request, get
from litestar.openapi import ResponseSpec
from litestar.params import QueryParameter
from litestar.types import ASGIApp, Receive, Scope, Send

from cherish.serve.answers import Problem
from cherish.serve.outgoing import Outgoing, Way
from cherish.serve.parts import parts_of
from cherish.serve.readers import may_read
from cherish.store.duckdb.exporting import Wanted, pieces

TYPES = {"jsonl": "application/x-ndjson", "csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}
PROBLEMS = {
    400: ResponseSpec(Problem, description="No such format, or a day that can't be read"),
    401: ResponseSpec(Problem, description="No token, or an unknown one; a write key can only write"),
    429: ResponseSpec(Problem, description="As many exports as may run do so already"),
    503: ResponseSpec(Problem, description="The log can't be read at present"),
}


@get(
    "/v1/export/events", guards=[may_read], tags=["export"], summary="The events, as they are held",
    responses=PROBLEMS, media_type=MediaType.TEXT,
)  # fmt: skip
async def events(
    request: Request[Any, Any, Any],
    form: Annotated[str, QueryParameter(name="format", description="jsonl, csv or parquet")] = "jsonl",
    since: Annotated[str, QueryParameter(description="the first day, or moment")] = "",
    until: Annotated[str, QueryParameter(description="the last day, included; or a moment")] = "",
    name: Annotated[list[str] | None, QueryParameter(description="only events of this name; repeatable")] = None,
) -> ASGIApp:
    """Every event with its ids, corrected time, properties and traits, in no order; a row each.

    The connection breaks where the export fails on its way: what ends in order is whole.
    """
    here = parts_of(request)
    found = Export(
        here.outgoing, pieces(here.store, Wanted(since or None, until or None, tuple(name or ())), form), form
    )
    await found.begin()
    return found


class Export:
    """Sends the pieces as they are asked for; the engine waits for the client, not the client's data in memory."""

    def __init__(self, outgoing: Outgoing, found: Iterator[bytes], form: str) -> None:
        self._outgoing, self._way = outgoing, outgoing.join()
        self._pieces, self._form, self._first = found, form, b""

    async def begin(self) -> None:
        """Have the first piece, while the answer can still be an error."""
        try:
            self._first = await self._next()
        except BaseException:
            await self._end()
            raise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, as an ASGI application: to its end, or else the connection breaks."""
        headers = [
            (b"content-type", TYPES[self._form].encode()),
            (b"content-disposition", f'attachment; filename="events.{self._form}"'.encode()),
            (b"cache-control", b"no-store"),
            (b"x-accel-buffering", b"no"),
        ]
        start: Any = {"type": "http.response.start", "status": 200, "headers": headers}
        gone = asyncio.create_task(_gone(receive, self._way))
        try:
            await send(start)
            piece = self._first
            while piece and not self._way.ended:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                piece = await self._next()
            if self._way.ended:
                raise CutOff
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            gone.cancel()
            await self._end()

    async def _next(self) -> bytes:
        return await asyncio.get_running_loop().run_in_executor(None, next, self._pieces, b"")

    async def _end(self) -> None:
        self._outgoing.leave(self._way)
        close: Any = getattr(self._pieces, "close", lambda: None)
        await asyncio.get_running_loop().run_in_executor(None, close)


class CutOff(ConnectionError):
    """Its reader left, or the server stops."""


async def _gone(receive: Receive, way: Way) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    way.end()


ROUTES = (events,)
