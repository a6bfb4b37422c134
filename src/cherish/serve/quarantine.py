"""What could not be taken, for the workspace's owner: seen by reason, and sent through the door again after a mend."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, QueryParameter

from cherish.db.quarantine import Refused as Row
from cherish.db.quarantine import Which
from cherish.db.replay import replay as again
from cherish.serve.answers import Problem
from cherish.serve.backups.turn import turn
from cherish.serve.commands import Asked, Command
from cherish.serve.parts import Parts, parts_of
from cherish.serve.readers import may_own
from cherish.serve.refusal import Refused

PATH = "/v1/quarantine"
PRIVATE = {"Cache-Control": "no-store"}
PAGE = 100
PROBLEMS = {
    401: ResponseSpec(Problem, description="No token, or an unknown one; a write key can only write"),
    403: ResponseSpec(Problem, description="The token is not the owner's"),
}
NOTHING = {404: ResponseSpec(Problem, description="Nothing in quarantine has this number")}

Code = Annotated[str, QueryParameter(description="only what was refused for this reason")]
From = Annotated[str, QueryParameter(description="only what came from this source")]
Before = Annotated[int | None, QueryParameter(description="only what has a smaller number")]
Number = Annotated[int | None, QueryParameter(description="this one alone")]
Asking = Request[Any, Any, Any]


@get(PATH, guards=[may_own], tags=["quarantine"], summary="What could not be taken", sync_to_thread=True,
     responses=PROBLEMS)  # fmt: skip
def listed(request: Asking, code: Code = "", source: From = "", before: Before = None) -> Response[dict[str, Any]]:
    """Counts by reason and source, and the newest hundred without their bodies; older ones by `before`."""
    quarantine = parts_of(request).quarantine
    rows = quarantine.listed(PAGE, before, Which(code or None, source or None))
    found = {"kinds": msgspec.to_builtins(quarantine.kinds()), "refused": [_told(row) for row in rows]}
    return Response(found, headers=PRIVATE)


@get(PATH + "/{number:int}", guards=[may_own], tags=["quarantine"], summary="One of them, as it was sent",
     sync_to_thread=True, responses=PROBLEMS | NOTHING)  # fmt: skip
def one(request: Asking, number: FromPath[int]) -> Response[dict[str, Any]]:
    """One refused event with its body, which may hold people's data, and what stood around it in its batch."""
    found = parts_of(request).quarantine.listed(1, which=Which(id=number))
    if not found:
        raise Refused(HTTPStatus.NOT_FOUND, "not_in_quarantine", "nothing in quarantine has this number")
    beside = found[0].around
    around = {} if beside is None else {"around": beside.decode("utf-8", "replace")}
    body = found[0].body.decode("utf-8", "replace")
    return Response(_told(found[0]) | {"body": body} | around, headers=PRIVATE)


@post(PATH + "/replay", guards=[may_own], tags=["quarantine"], summary="Send it through the door again",
      status_code=HTTPStatus.OK, sync_to_thread=True, responses=PROBLEMS)  # fmt: skip
def replay(request: Asking, code: Code = "", source: From = "", number: Number = None) -> dict[str, Any]:
    """Send all that is meant through the door again; what is refused again stays, with its new reason."""
    return _replayed(parts_of(request), Which(code or None, source or None, number))


def replay_for_owner(asked: Asked) -> object:
    """The same for `cherish quarantine replay` on this machine."""
    return _replayed(asked.parts, msgspec.convert(dict(asked.given), Which))


def _replayed(parts: Parts, which: Which) -> dict[str, Any]:
    with turn(parts.workspace.folder):
        found: dict[str, Any] = msgspec.to_builtins(
            again(parts.quarantine, parts.journal, which, parts.limits, parts.clock)
        )
    return found


def _told(row: Row) -> dict[str, Any]:
    names = ("id", "source", "received_at", "code", "message", "place", "events", "kind")
    return {name: msgspec.to_builtins(getattr(row, name)) for name in names} | {"bytes": len(row.body)}


ROUTES = (listed, one, replay)
COMMANDS: dict[str, Command] = {"quarantine_replay": replay_for_owner}
