"""The view of one customer, and the search that finds one, for bearers of a token that may read."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import unquote

import msgspec
from litestar import Request, Response, get
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, QueryParameter

from cherish import customers
from cherish.errors import QuestionError
from cherish.serve.answers import Problem
from cherish.serve.parts import parts_of
from cherish.serve.readers import may_read
from cherish.serve.refusal import Refused

PATH = "/v1/customers"
PRIVATE = {"Cache-Control": "no-store"}
"""Nothing of people stays in a cache on the way."""
PROBLEMS = {
    400: ResponseSpec(Problem, description="A parameter that can't be read, or nothing to look for"),
    401: ResponseSpec(Problem, description="No token, or an unknown one; a write key can only write"),
}
NOBODY = {404: ResponseSpec(Problem, description="No customer has this key")}

Asked = Request[Any, Any, Any]
Answer = Response[dict[str, Any]]


_PARTS = "which parts, joined by |: traits, identifiers, timeline, sessions, orders, groups, measures"
_MEASURES = "own (those that need nobody else), all, none, or names joined by |"
Cursor = Annotated[str, QueryParameter(description="the cursor of the page before")]
Limit = Annotated[str, QueryParameter(description="how many at a time")]


@get(
    PATH + "/{key:path}", guards=[may_read], tags=["customers"], summary="One customer", sync_to_thread=True,
    responses=PROBLEMS | NOBODY,
)  # fmt: skip
def show(
    request: Asked,
    key: FromPath[str],
    parts: Annotated[str, QueryParameter(description=_PARTS)] = "",
    measures: Annotated[str, QueryParameter(description=_MEASURES)] = "",
    as_of: Annotated[str, QueryParameter(description="the moment of sessions and measures: a date or a time")] = "",
    event: Annotated[list[str] | None, QueryParameter(description="only events of this name; repeatable")] = None,
    kind: Annotated[list[str] | None, QueryParameter(name="type", description="only events of this type")] = None,
    since: Annotated[str, QueryParameter(description="the first day of the timeline")] = "",
    until: Annotated[str, QueryParameter(description="the last day of the timeline")] = "",
    limit: Limit = "",
    after: Cursor = "",
) -> Answer:
    """Everything that is known of the customer whom any key names: traits, ids, timeline, orders, groups, measures.

    An older page of the timeline: `?parts=timeline&after=CURSOR`.
    """
    wanted = customers.Wanted(tuple(event or ()), tuple(kind or ()), **_page(since, until, limit, after))
    here = parts_of(request)
    try:
        found = customers.view(
            here.store,
            key_of(request, PATH, key),
            parts=tuple(filter(None, map(str.strip, parts.split("|")))) or customers.PARTS,
            measures=measures or customers.OWN,
            wanted=wanted,
            as_of=as_of or None,
            now=here.clock(),
        )
    except customers.UnknownCustomer as error:
        raise Refused(HTTPStatus.NOT_FOUND, "unknown_customer", str(error)) from None
    return Response(found.told(), headers=PRIVATE)


@get(PATH, guards=[may_read], tags=["customers"], summary="Find customers", sync_to_thread=True, responses=PROBLEMS)
def find(
    request: Asked,
    q: Annotated[str, QueryParameter(description="a part of an id, an e-mail address, a name or another trait")] = "",
    limit: Limit = "",
    after: Cursor = "",
) -> Answer:
    """Customers in whose ids or traits the text stands, the best match first."""
    page = {name: value for name, value in _page("", "", limit, after).items() if name in ("limit", "after")}
    found = customers.search(parts_of(request).store, q, **page)
    return Response(msgspec.to_builtins(found), headers=PRIVATE)


def key_of(request: Asked, before: str, path: str) -> str:
    """The key as it was sent: a path that was taken apart and joined again has lost what lies between two slashes."""
    raw: bytes | None = request.scope.get("raw_path")
    start = f"{before}/".encode()
    if raw and raw.partition(b"?")[0].startswith(start):
        return unquote(raw.partition(b"?")[0].removeprefix(start).decode("latin-1"))
    return path.removeprefix("/")


def _page(since: str, until: str, limit: str, after: str) -> dict[str, Any]:
    found: dict[str, Any] = {"since": _day("since", since), "until": _day("until", until), "after": after or None}
    if limit:
        if not limit.isascii() or not limit.isdecimal():
            raise QuestionError("limit: write a whole number")
        found["limit"] = int(limit[:9])
    return found


def _day(name: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise QuestionError(f"{name}: write a date such as 2024-01-31") from None


ROUTES = (find, show)
