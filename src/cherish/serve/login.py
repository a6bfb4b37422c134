"""Logging in by a link that works once: it opens a page, and the button on it uses the link up.

A GET changes nothing: programs that look at links before people do would use it up.
"""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from litestar import MediaType, Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.params import FromPath

from cherish.serve.client_settings import public_address
from cherish.serve.parts import parts_of
from cherish.serve.readers import COOKIE

LASTS = timedelta(days=30)
SCOPES = {"owner": "own", "viewer": "view"}
"""What the people of a role may do; any other role reads."""

HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY"}
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Cherish</title><style>body {{ font: 18px/1.5 system-ui, sans-serif; max-width: 36rem; margin: 4rem auto;
padding: 0 1rem; }} button {{ font: inherit; padding: .4rem 1.2rem; }}</style><h1>Cherish</h1>{inside}</html>
"""
ASK = '<p>This link logs you in, once.</p><form method="post"><button>Log in</button></form>'
DONE = '<p>You are logged in for 30 days in this browser. <a href="/docs">What the server answers</a></p>'
USED = (
    "<p>This link is unknown, too old, or was used before. Whoever runs the server makes a new one with "
    "<code>cherish serve --login</code>.</p>"
)


@get("/login/{secret:str}", include_in_schema=False, media_type=MediaType.HTML, sync_to_thread=False)
def ask(secret: FromPath[str]) -> Response[str]:
    """The page with the button; whether the link is good is told when it is used."""
    return _page(ASK)


@post("/login/{secret:str}", include_in_schema=False, media_type=MediaType.HTML, sync_to_thread=True)
def enter(request: Request[Any, Any, Any], secret: FromPath[str]) -> Response[str]:
    """Use the link up and remember the browser by a cookie that scripts can't read and other sites can't send."""
    parts, (protocol, _) = parts_of(request), public_address(request)
    account = parts.accounts.log_in(secret)
    if account is None:
        return _page(USED, HTTPStatus.UNAUTHORIZED)
    scope: Any = SCOPES.get(account.role, "read")
    token = parts.tokens.new_token(scope, name="browser", account=account.id, lasts=LASTS)
    cookie = Cookie(
        COOKIE, value=token, path="/", httponly=True, samesite="lax", secure=protocol == "https",
        max_age=int(LASTS.total_seconds()),
    )  # fmt: skip
    return _page(DONE, HTTPStatus.OK, [cookie])


def _page(inside: str, status: HTTPStatus = HTTPStatus.OK, cookies: list[Cookie] | None = None) -> Response[str]:
    page = PAGE.format(inside=inside)
    return Response(page, status_code=status, media_type=MediaType.HTML, headers=HEADERS, cookies=cookies or [])


ROUTES = (ask, enter)
