"""Who may read: the bearer of a token, or a person who logged in; a write key opens nothing here."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from cherish.db.tokens import Token
from cherish.serve.parts import parts_of
from cherish.serve.refusal import Refused

COOKIE = "cherish_session"
RANKS = ("view", "read", "operate", "own")
"""Each scope may do what those before it may."""

Connection = ASGIConnection[Any, Any, Any, Any]

NO_TOKEN = "a token is needed: Authorization: Bearer cherish_...; a write key can only write"  # noqa: S105 - a message
UNKNOWN_TOKEN = "this token is unknown, expired or revoked; a write key can only write"  # noqa: S105 - a message


def bearer(connection: Connection) -> Token:
    """The token that the request carries, in its header or in its cookie.

    Raises:
        Refused: it carries none that is in force.
    """
    kind, _, given = connection.headers.get("authorization", "").partition(" ")
    secret = given.strip() if kind.lower() == "bearer" else connection.cookies.get(COOKIE, "")
    if not secret:
        raise Refused(HTTPStatus.UNAUTHORIZED, "no_token", NO_TOKEN)
    found = parts_of(connection).tokens.bearer(secret)
    if found is None:
        raise Refused(HTTPStatus.UNAUTHORIZED, "unknown_token", UNKNOWN_TOKEN)
    return found


async def may_view(connection: Connection, handler: BaseRouteHandler) -> None:
    """A guard for routes that answer about customers together, and hide what rests on few from who may only view."""
    await _at_least(connection, "view")


async def may_read(connection: Connection, handler: BaseRouteHandler) -> None:
    """A guard for routes that show what the workspace knows: `guards=[may_read]`."""
    await _at_least(connection, "read")


async def may_operate(connection: Connection, handler: BaseRouteHandler) -> None:
    """A guard for routes that change definitions or customers: `guards=[may_operate]`."""
    await _at_least(connection, "operate")


async def may_own(connection: Connection, handler: BaseRouteHandler) -> None:
    """A guard for routes that are the owner's: `guards=[may_own]`."""
    await _at_least(connection, "own")


async def _at_least(connection: Connection, scope: str) -> None:
    # Beside the event loop, which a database that does not answer must not hold up.
    found = await asyncio.to_thread(bearer, connection)
    if RANKS.index(found.scope) < RANKS.index(scope):
        message = f"this token may {found.scope}; for this it takes one that may {scope}"
        raise Refused(HTTPStatus.FORBIDDEN, "forbidden", message)
