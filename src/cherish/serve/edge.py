"""The outermost layer: browsers of other origins are let in (CORS), and every answer is counted and timed.

Events go straight to what takes them: the framework's layers cost as much as all that is done with an event.

The framework's own CORS answers a preflight that asks for an unlisted header with 400; here every preflight is
answered, and the browser compares. No key is looked at: a preflight never carries one.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from litestar import Request
from litestar.enums import HttpMethod, ScopeType
from litestar.routes import BaseRoute, HTTPRoute
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from cherish.serve.counters import Counters
from cherish.serve.refusal import answer_to

ALLOWED_HEADERS = (
    "Accept", "AnonymousId", "Authorization", "Content-Encoding", "Content-Type", "Rsa-Retry-Attempt",
    "Rsa-Retry-Reason", "Rsa-Since-First-Attempt", "Rsa-Since-Last-Attempt", "SentAt", "X-Enable-Debug",
    "X-IP-Policy", "X-Retry-Count", "X-Strict-Mode", "X-Write-Key",
)  # fmt: skip
"""By name: `*` does not cover Authorization."""

PREFLIGHT = (
    (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
    (b"access-control-allow-headers", ", ".join(ALLOWED_HEADERS).encode()),
    (b"access-control-max-age", b"600"),
    (b"content-length", b"0"),
)
EXPOSED = (b"access-control-expose-headers", b"Retry-After")

OPEN = {"open": True}
"""Marks a route that pages of any website may call; all others no other site may read."""

STRAIGHT = "straight"
"""Marks a route of POST, by the function that answers: nothing of the framework but its Request is needed for it."""

Taker = Callable[[Request[Any, Any, Any]], Awaitable[ASGIApp]]
Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Doors:
    """The paths that any website may call: whole ones, and what those with a parameter begin with."""

    whole: frozenset[str]
    begins: tuple[str, ...]

    @classmethod
    def of(cls, routes: Sequence[BaseRoute]) -> Doors:
        """Those of the routes whose handlers are marked OPEN."""
        http = (route for route in routes if isinstance(route, HTTPRoute))
        found = [route.path for route in http if any("open" in each.opt for each in route.route_handlers)]
        return cls(frozenset(found), tuple(path.partition("{")[0] for path in found if "{" in path))

    def let_in(self, path: str) -> bool:
        """Whether this path is one of them, with a slash at its end or without."""
        return path.rstrip("/") in self.whole or path.startswith(self.begins)


def straight(routes: Sequence[BaseRoute]) -> Mapping[str, ASGIApp]:
    """The paths that are answered without the framework, and what answers."""
    return dict(_straight(routes))


def _straight(routes: Sequence[BaseRoute]) -> Iterator[tuple[str, ASGIApp]]:
    for route in routes:
        for each in route.route_handlers if isinstance(route, HTTPRoute) else ():
            if STRAIGHT in each.opt:
                yield route.path, _Straight(route.path, each.opt[STRAIGHT])


class _Straight:
    """What a route does, as an ASGI application."""

    def __init__(self, path: str, take: Taker) -> None:
        self._path, self._take = path, take

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request: Request[Any, Any, Any] = Request(scope, receive, send)
        request.scope["path_template"] = self._path
        try:
            answer = await self._take(request)
        except Exception as error:
            # As the framework does: whatever it was is an answer.
            answer = answer_to(request, error)
        await answer(scope, receive, send)


class Edge:
    """Wraps the application."""

    def __init__(
        self, inner: ASGIApp, counters: Counters, doors: Doors, straight: Mapping[str, ASGIApp] | None = None
    ) -> None:
        self.inner, self.counters, self.doors, self.straight = inner, counters, doors, straight or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a preflight, or let the application answer."""
        if scope["type"] == ScopeType.HTTP:
            await self._answered(scope, receive, send)
        else:
            await self.inner(scope, receive, send)

    async def _answered(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        origin = next((value for name, value in scope["headers"] if name == b"origin"), None)
        if origin is not None and not self.doors.let_in(scope["path"]):
            origin = None
        if scope["method"] == "OPTIONS":
            await self._preflight(send, origin)
        elif scope["method"] == "HEAD":
            # As monitors ask: the answer of a GET, whose body the connection leaves out.
            await self._counted({**scope, "method": HttpMethod.GET}, receive, send, origin)
        else:
            await self._counted(scope, receive, send, origin)

    async def _preflight(self, send: Send, origin: bytes | None) -> None:
        start: Any = {"type": "http.response.start", "status": 204, "headers": [*_origin(origin), *PREFLIGHT]}
        end: Any = {"type": "http.response.body", "body": b"", "more_body": False}
        await send(start)
        await send(end)

    async def _counted(self, scope: HTTPScope, receive: Receive, send: Send, origin: bytes | None) -> None:
        began, status, seconds = time.perf_counter(), 0, 0.0

        async def sending(message: Message) -> None:
            nonlocal status, seconds
            if message["type"] == "http.response.start":
                # Until the answer begins: one that is streamed may go on for hours.
                status, seconds = message["status"], time.perf_counter() - began
                if origin is not None:
                    message["headers"] = [*message["headers"], *_origin(origin), EXPOSED]
            await send(message)

        inner = self.straight.get(scope["path"], self.inner) if scope["method"] == "POST" else self.inner
        try:
            await inner(scope, receive, sending)
        finally:
            # The template of the path, never the path itself: that may name a person.
            route = str(scope.get("path_template") or "unknown")
            self.counters.answered(route, status, seconds or time.perf_counter() - began)


def _origin(origin: bytes | None) -> Headers:
    """The origin echoed, for cookies may come along, which `*` forbids."""
    if origin is None:
        return []
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-credentials", b"true"),
        (b"vary", b"Origin"),
    ]
