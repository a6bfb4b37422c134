"""What the server answers, as types: they are what is sent, and what the OpenAPI description says."""

from __future__ import annotations

import msgspec


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
