"""What the server answers, as types: they are what is sent, and what the OpenAPI description says."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar.types import Receive, Scope, Send


class Reason(msgspec.Struct, frozen=True):
    """Why one event of a batch was not taken."""

    place: int
    code: str
    message: str


class Accepted(msgspec.Struct, frozen=True, omit_defaults=False):
    """Events are kept durably; what could not be taken lies in quarantine. Clients differ in which field they read."""

    success: bool = True
    ok: bool = True
    status: int = 1
    accepted: int = 0
    quarantined: int = 0
    reasons: tuple[Reason, ...] = ()


_encoder = msgspec.json.Encoder()


class Sent:
    """Writes an `Accepted` to the connection: what is answered thousands of times a second takes the shortest way."""

    def __init__(self, accepted: Accepted) -> None:
        self.body = _encoder.encode(accepted)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, as an ASGI application."""
        length = str(len(self.body)).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", length)]
        start: Any = {"type": "http.response.start", "status": 200, "headers": headers}
        end: Any = {"type": "http.response.body", "body": self.body, "more_body": False}
        await send(start)
        await send(end)


class Problem(msgspec.Struct, frozen=True):
    """Any error: a code for machines and a message for people."""

    code: str
    message: str
    success: bool = False
    ok: bool = False
    position: int | None = None
    reasons: tuple[Reason, ...] | None = None


class State(msgspec.Struct, frozen=True):
    """Whether the server lives, or is ready to take events; if not, why."""

    ok: bool
    reason: str = ""
