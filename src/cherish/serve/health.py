"""Is the server alive, is it ready, and what does it count of itself?"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from litestar import MediaType, Request, Response, get

from cherish.serve.answers import State
from cherish.serve.parts import parts_of


@get("/health", tags=["health"], summary="Alive?", sync_to_thread=False)
def health() -> State:
    """Always 200 while the process answers."""
    return State(ok=True)


@get("/ready", tags=["health"], summary="Ready to take events?", sync_to_thread=False)
def ready(request: Request[Any, Any, Any]) -> Response[State]:
    """503 with the reason while events would be refused, or while nothing loads them."""
    parts = parts_of(request)
    reason = parts.trouble()
    status = HTTPStatus.SERVICE_UNAVAILABLE if reason else HTTPStatus.OK
    return Response(State(not reason, reason), status_code=status)


@get("/metrics", tags=["health"], summary="Counts for Prometheus", media_type=MediaType.TEXT, sync_to_thread=False)
def metrics(request: Request[Any, Any, Any]) -> Response[str]:
    """Requests, events, waiting times, and how full the journal and the disk are; no people's data."""
    text = parts_of(request).counters.text()
    # The framework names the charset; a scraper refuses a type that names it twice.
    return Response(text, media_type="text/plain; version=0.0.4")


ROUTES = (health, ready, metrics)
