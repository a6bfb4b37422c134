"""The paths that events come in by: every form of the Segment family's clients, as batch and as single events."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any

from litestar import HttpMethod, Request, route
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp

from cherish.serve import bodies
from cherish.serve.answers import Accepted, Sent
from cherish.serve.collecting import collect
from cherish.serve.edge import OPEN, STRAIGHT
from cherish.serve.openapi import ANSWERS, BatchOperation, EventOperation
from cherish.serve.parts import parts_of

BATCH = ("/v1/batch", "/v1/b", "/v1/import", "/beacon/v1/batch")
KINDS = {"identify": "i", "track": "t", "page": "p", "screen": "s", "group": "g", "alias": "a"}
JITSU = ("identify", "track", "page", "group")
"""Jitsu's client has no alias and no screen."""

Handler = Callable[[Request[Any, Any, Any]], Coroutine[Any, Any, ASGIApp]]


def paths(kind: str) -> list[str]:
    """Every path that takes single events of a kind."""
    jitsu = [f"/api/s/{kind}", f"/api/s/s2s/{kind}"] if kind in JITSU else []
    return [f"/v1/{kind}", f"/v1/{KINDS[kind]}", *jitsu]


def _door(kind: str | None, name: str, where: list[str], summary: str) -> HTTPRouteHandler:
    async def take(request: Request[Any, Any, Any]) -> ASGIApp:
        return await collect(request, kind)

    handler: Handler = take
    return route(
        where,
        http_method=HttpMethod.POST,
        name=name,
        status_code=HTTPStatus.OK,
        opt={**OPEN, STRAIGHT: handler},
        tags=["events"],
        summary=summary,
        description=ABOUT,
        operation_class=BatchOperation if kind is None else EventOperation,
        responses=ANSWERS,
    )(handler)


ABOUT = (
    "200 means: kept durably. The Content-Type is not looked at; gzip and deflate are understood. The write key is the "
    "user of Basic authorization, X-Write-Key, writeKey in the body or in the query, or a Bearer token. With "
    "X-Strict-Mode: 1 a batch with a bad event is refused as a whole."
)


@route(
    "/v1/m", http_method=HttpMethod.POST, status_code=HTTPStatus.OK, tags=["events"], summary="Client metrics",
    opt=OPEN, responses=ANSWERS,
)  # fmt: skip
async def client_metrics(request: Request[Any, Any, Any]) -> ASGIApp:
    """What clients measure of themselves: answered, and not kept."""
    parts = parts_of(request)
    with parts.pressure.body() as held:
        await bodies.read(request.receive, request.headers, parts.limits.unpacked, parts.body_seconds, held.grow)
    return Sent(Accepted())


ROUTES = (
    _door(None, "batch", list(BATCH), "Many events"),
    *(_door(kind, kind, paths(kind), f"One {kind} call") for kind in KINDS),
    client_metrics,
)
