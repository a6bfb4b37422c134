"""Signed webhooks of other services: the raw body is checked before anything in it is read, then it meets the door."""

from __future__ import annotations

import asyncio
import re
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, post
from litestar.openapi import ResponseSpec
from litestar.params import FromPath
from litestar.types import ASGIApp

from cherish.collect.webhooks import KINDS, BadSignature, Kind
from cherish.collect.webhooks.delivery import Delivery, Sent
from cherish.db.webhooks import Webhook
from cherish.serve import bodies
from cherish.serve.answers import Accepted, Problem
from cherish.serve.answers import Sent as Answer
from cherish.serve.collecting import kept
from cherish.serve.feed import Problem as Trouble
from cherish.serve.openapi import ANSWERS
from cherish.serve.parts import Parts, parts_of
from cherish.serve.refusal import Refused
from cherish.spec.messages import Malformed, Taken, taken
from cherish.spec.messages.reasons import Refused as NotSound
from cherish.spec.messages.sound import decoded

BYTES = 2 * 2**20
"""A larger body is no webhook."""

_ID = re.compile("[0-9a-f]{8,64}")
_ENCODER = msgspec.json.Encoder(decimal_format="number")
_UNKNOWN = "no webhook has this address; make one with `cherish webhook add`"
RESPONSES = ANSWERS | {
    401: ResponseSpec(Problem, description="No signature, an old one, or one that is not by this endpoint's secret"),
    404: ResponseSpec(Problem, description="No webhook has this address"),
}


@post(
    "/v1/webhooks/{kind:str}/{endpoint:str}", tags=["webhooks"], summary="A signed event of another service",
    status_code=HTTPStatus.OK, responses=RESPONSES,
)  # fmt: skip
async def receive(request: Request[Any, Any, Any], kind: FromPath[str], endpoint: FromPath[str]) -> ASGIApp:
    """200 means: kept durably, or of no use here. The same event again, under the same id, counts once."""
    parts = parts_of(request)
    try:
        return Answer(await _received(request, parts, kind, endpoint))
    except (Refused, Malformed) as error:
        parts.feed.refused(Trouble(error.code, str(error)))
        raise


async def _received(request: Request[Any, Any, Any], parts: Parts, kind: str, endpoint: str) -> Accepted:
    received_at = parts.clock()
    parts.pressure.check()
    known, service = await _endpoint(parts, kind, endpoint)
    with parts.pressure.body() as held:
        body = await bodies.read(request.receive, request.headers, BYTES, parts.body_seconds, held.grow)
        try:
            service.verify(known.secret or "", request.headers, body, received_at.timestamp())
        except BadSignature as error:
            parts.counters.happened("refused", 1)
            raise Refused(HTTPStatus.UNAUTHORIZED, error.code, str(error)) from None
        delivery = service.read(Sent(request.headers, _object(body), known.customer))
        if not delivery.calls:
            parts.counters.happened("ignored", 1)
            return Accepted()
        found = _taken(parts, delivery, received_at)
        await kept(parts, known.source, found, received_at)
    return Accepted(accepted=found.count, quarantined=len(found.refused))


async def _endpoint(parts: Parts, kind: str, endpoint: str) -> tuple[Webhook, Kind]:
    sound = kind in KINDS and _ID.fullmatch(endpoint)
    found = await asyncio.to_thread(parts.webhooks.find, endpoint) if sound else None
    if found is None or found.kind != kind:
        raise Refused(HTTPStatus.NOT_FOUND, "unknown_webhook", _UNKNOWN)
    if not found.secret:
        message = "this webhook has no secret yet, and takes nothing until it does: `cherish webhook secret ID`"
        raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, "no_secret", message, retry_after=60)
    return found, KINDS[kind]


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = decoded(body)
    except NotSound as error:
        raise Malformed(error.code, error.message) from None
    if not isinstance(found, dict):
        raise Malformed("not_an_object", "the body is not a JSON object")
    return found


def _taken(parts: Parts, delivery: Delivery, received_at: Any) -> Taken:
    """The door that clients' events meet: what it refuses lies in quarantine."""
    body = _ENCODER.encode({"batch": delivery.calls})
    return taken(body, kind=None, received_at=received_at, limits=parts.limits)


ROUTES = (receive,)
