"""What is said to whom can't be served: always JSON with `code` and `message`, never other people's data."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp

from cherish.errors import CherishError, QuestionError, Unanswerable, Unsupported, WorkspaceError
from cherish.spec.messages import Malformed

log = logging.getLogger("cherish.serve")

Json = dict[str, Any]

AGAIN_LATER = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
HINTS = {
    HTTPStatus.NOT_FOUND: "nothing is served here; events go to POST /v1/batch, and /docs lists every path",
    HTTPStatus.METHOD_NOT_ALLOWED: "this path exists, but not for this method; see /docs",
}
STATUS: Mapping[type[CherishError], HTTPStatus] = {
    QuestionError: HTTPStatus.BAD_REQUEST,
    Unanswerable: HTTPStatus.UNPROCESSABLE_ENTITY,
    Unsupported: HTTPStatus.UNPROCESSABLE_ENTITY,
    WorkspaceError: HTTPStatus.SERVICE_UNAVAILABLE,
}


class Refused(CherishError):
    """A request that is refused, with the HTTP status, a code for machines and a message for people."""

    def __init__(
        self, status: HTTPStatus, code: str, message: str, *, retry_after: int | None = None, **details: Any
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.retry_after, self.details = status, code, retry_after, details


def answer(
    status: int, code: str, message: str, headers: Mapping[str, str] | None = None, **details: Any
) -> Response[bytes]:
    """An error as clients and people read it."""
    told = {key: value for key, value in details.items() if value is not None}
    body = msgspec.json.encode({"success": False, "ok": False, "code": code, "message": message, **told})
    return Response(body, status_code=status, media_type="application/json", headers=dict(headers or {}))


def of_refused(request: Request[Any, Any, Any], error: Refused) -> Response[bytes]:
    """The answer to a request that was refused on purpose."""
    headers = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    if error.status == HTTPStatus.REQUEST_TIMEOUT:
        headers["Connection"] = "close"
    return answer(error.status, error.code, str(error), headers, **error.details)


def of_malformed(request: Request[Any, Any, Any], error: Malformed) -> Response[bytes]:
    """The answer to a body that is no batch and no event."""
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE if error.code == "too_large" else HTTPStatus.BAD_REQUEST
    return answer(status, error.code, error.message, position=error.position)


def of_cherish(request: Request[Any, Any, Any], error: CherishError) -> Response[bytes]:
    """The answer to a question that can't be answered, by the kind of its error."""
    status = next((found for kind, found in STATUS.items() if isinstance(error, kind)), HTTPStatus.BAD_REQUEST)
    headers = {"Retry-After": "5"} if status in AGAIN_LATER else {}
    told = str(error)
    if isinstance(error, WorkspaceError):
        # It names files, hosts and users of databases: that is for who runs the server, and for nobody at its door.
        log.error("workspace", extra={"fields": {"reason": told}})
        told = "the workspace can't be used at this moment; the server's log says why. Send it again"
    return answer(status, _code(type(error).__name__), told, headers)


def of_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """The answer to what the framework refuses: unknown paths, wrong methods, parameters of a wrong type."""
    status = HTTPStatus(error.status_code)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return of_bug(request, error)
    headers = {key: value for key, value in (error.headers or {}).items() if key.lower() == "allow"}
    return answer(status, _code(status.phrase), HINTS.get(status, error.detail), headers)


def of_bug(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """The answer to an error that nobody foresaw; where it happened goes to the log, people's data nowhere."""
    from cherish.serve.logs import where

    log.error("bug", extra={"fields": {"error": type(error).__name__, "where": where(error)}})
    return answer(
        HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", "the server failed; its log says where. Send it again"
    )


def answer_to(request: Request[Any, Any, Any], error: Exception) -> ASGIApp:
    """The answer to any error, ready to be sent."""
    handler = next(HANDLERS[kind] for kind in type(error).__mro__ if kind in HANDLERS)
    found: Response[bytes] = handler(request, error)
    return found.to_asgi_response(app=None, request=request)


def _code(words: str) -> str:
    spaced = "".join(f" {letter}" if letter.isupper() else letter for letter in words)
    return "_".join(spaced.lower().replace("-", " ").split())


HANDLERS: dict[int | type[Exception], Any] = {
    Refused: of_refused,
    Malformed: of_malformed,
    CherishError: of_cherish,
    HTTPException: of_http,
    Exception: of_bug,
}
