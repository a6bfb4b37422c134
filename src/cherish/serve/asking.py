"""Reports and measures over HTTP: the question is the address, the answer is what `--json` prints."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from litestar import Request, Response, get
from litestar.openapi import ResponseSpec
from litestar.params import FromPath

from cherish.answer import answer
from cherish.errors import Unanswerable
from cherish.query import Kind, Query
from cherish.serve.answers import Problem
from cherish.serve.deadline import Deadline
from cherish.serve.parts import Parts, parts_of
from cherish.serve.pressure import overloaded
from cherish.serve.readers import bearer, may_view
from cherish.serve.refusal import Refused
from cherish.spec.registry import names

SECONDS = 60.0
"""How long an answer may take."""

AT_ONE_TIME = 4
"""Questions that are answered at one time: each may use all that the engine has."""

ROWS = 100_000
"""Rows of a table that are sent."""

PRIVATE = {"Cache-Control": "no-store"}
PROBLEMS = {
    400: ResponseSpec(Problem, description="A parameter that does not exist, or can't be read"),
    401: ResponseSpec(Problem, description="No token, or an unknown one; a write key can only write"),
    404: ResponseSpec(Problem, description="There is none of this name"),
    422: ResponseSpec(Problem, description="These data can't answer it, or not for this token, or it takes too long"),
    503: ResponseSpec(Problem, description="Too many questions at one time; come again after Retry-After seconds"),
}
ABOUT = (
    "Its parameters and those of every question (where, by, as_of, population, limit ...) are the address's, as the "
    "command line has them without dashes: ?unit=week&where=country%3DFrance. To a token that may only view, figures "
    "that rest on few customers are hidden (null), and tables with a row for each customer are refused."
)

Asked = Request[Any, Any, Any]

_turns = threading.BoundedSemaphore(AT_ONE_TIME)


@get("/v1/reports/{name:str}", guards=[may_view], tags=["answers"], summary="One report", description=ABOUT,
     sync_to_thread=True, responses=PROBLEMS)  # fmt: skip
def report(request: Asked, name: FromPath[str]) -> Response[bytes]:
    """The answer to a report."""
    return _answered(request, "report", name)


@get("/v1/measures/{name:str}", guards=[may_view], tags=["answers"], summary="One measure", description=ABOUT,
     sync_to_thread=True, responses=PROBLEMS)  # fmt: skip
def measure(request: Asked, name: FromPath[str]) -> Response[bytes]:
    """The answer to a measure."""
    return _answered(request, "measure", name)


def _answered(request: Asked, kind: Kind, name: str) -> Response[bytes]:
    if name not in names(kind):
        # The name is not repeated: whatever stood there may be somebody's.
        message = f"no {kind} has this name; `cherish catalogue` lists them"
        raise Refused(HTTPStatus.NOT_FOUND, f"unknown_{kind}", message)
    parts = parts_of(request)
    query = Query.from_url(f"{kind}/{name}?{request.scope['query_string'].decode('latin-1')}")
    with _turn(), _in_time(parts), parts.store.snapshot() as log:
        found = answer(log, query, parts.clock())
        if bearer(request).scope == "view":
            found = found.shared()
    if found.table.num_rows > ROWS:
        raise Unanswerable(f"the answer has {found.table.num_rows:,} rows, more than {ROWS:,}: ask with limit= or by=")
    return Response(found.to_json().encode(), media_type="application/json", headers=PRIVATE)


@contextmanager
def _turn() -> Iterator[None]:
    if not _turns.acquire(blocking=False):
        raise overloaded(f"{AT_ONE_TIME} questions are being answered", 1)
    try:
        yield
    finally:
        _turns.release()


@contextmanager
def _in_time(parts: Parts) -> Iterator[None]:
    me = threading.get_ident()
    deadline = Deadline(SECONDS, lambda: parts.store.interrupt(me))
    try:
        with deadline:
            yield
    except Exception:
        if not deadline.expired:
            raise
        message = f"it took longer than {SECONDS:.0f} seconds and was stopped; ask for less, or on the command line"
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "too_long", message) from None


ROUTES = (report, measure)
