"""What a person may ask for: all that is known of them, and that it goes; and what goes by itself at night."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, QueryParameter

from cherish.customers import OWN, UnknownCustomer
from cherish.customers.erase import Erasure, Place, erase, scrub
from cherish.customers.export import export
from cherish.customers.retention import beginnings
from cherish.serve.answers import Problem
from cherish.serve.commands import Asked
from cherish.serve.customers import NOBODY, PRIVATE, PROBLEMS, key_of
from cherish.serve.customers import Asked as Request
from cherish.serve.logs import where
from cherish.serve.parts import Parts, parts_of
from cherish.serve.readers import may_own, may_read
from cherish.serve.refusal import Refused
from cherish.spec.calendar import zone

log = logging.getLogger("cherish.serve")

EXPORTS = "/v1/exports/customers"
ERASURES = "/v1/erasures/customers"
"""Not DELETE on the customer's own path: Litestar (2.25) wraps a handler that runs in a thread twice where another one
shares its path, and neither answers."""

LOOK_SECONDS = 20.0
AGAIN_SECONDS = 300.0
OVERDUE = timedelta(days=1)
"""What waits for so long at a start does not wait for the night: a server may run in the daytime alone."""

FORBIDDEN = {403: ResponseSpec(Problem, description="The token may read or operate; this takes one that may own")}
Answer = Response[Any]


@contextmanager
def place_of(parts: Parts) -> Iterator[Place]:
    """Where this server's workspace may know a customer from; its loader takes what waits in the journals."""
    from cherish.db import journal

    with ExitStack() as stack:
        others = [each for each in journal.names(parts.state) if each != parts.journal.name]
        opened = [stack.enter_context(closing(journal.open(parts.state, each))) for each in others]
        yield Place(parts.store, parts.workspace.folder, parts.state, (parts.journal, *opened), clock=parts.clock)


@get(
    EXPORTS + "/{key:path}", guards=[may_read], tags=["customers"], summary="All that is known of one customer",
    sync_to_thread=True, responses=PROBLEMS | NOBODY,
)  # fmt: skip
def whole(request: Request, key: FromPath[str]) -> Answer:
    """Every identifier, trait, event, order, group and measure, and events that were refused or wait."""
    with place_of(parts_of(request)) as place, _known():
        found = export(place, key_of(request, EXPORTS, key))
    return Response(found, headers=PRIVATE)


@post(
    ERASURES + "/{key:path}", guards=[may_own], tags=["customers"], summary="Erase one customer", sync_to_thread=True,
    status_code=HTTPStatus.OK, responses=PROBLEMS | NOBODY | FORBIDDEN,
)  # fmt: skip
def forget(
    request: Request,
    key: FromPath[str],
    now: Annotated[bool, QueryParameter(description="write the log's file anew at once, and not at night")] = False,
) -> Answer:
    """Everything of the customer goes. What they did until now is refused when it comes again; it can't be undone."""
    with place_of(parts_of(request)) as place, _known():
        found = erase(place, key_of(request, ERASURES, key), now=now)
    _tell(found)
    return Response(msgspec.to_builtins(found), headers=PRIVATE)


@contextmanager
def _known() -> Iterator[None]:
    try:
        yield
    except UnknownCustomer as error:
        raise Refused(HTTPStatus.NOT_FOUND, "unknown_customer", str(error)) from None


def exported(asked: Asked) -> object:
    """All that is known of a customer, for the workspace's owner."""
    with place_of(asked.parts) as place:
        return export(place, asked.given["key"], asked.given.get("measures", OWN))


def erased(asked: Asked) -> Erasure:
    """Erase a customer, for the workspace's owner."""
    asked.writing()
    with place_of(asked.parts) as place:
        found = erase(place, asked.given["key"], now=bool(asked.given.get("now")))
    _tell(found)
    return found


def expired(asked: Asked) -> dict[str, int]:
    """Let go what is beyond these windows, for the workspace's owner; in a dry run only count it."""
    until = beginnings(asked.given["windows"], asked.parts.clock())
    store = asked.writing()
    if asked.given.get("dry_run"):
        return store.expired(until)
    gone = store.expire(until) if until else {}
    if asked.given.get("now"):
        store.rewrite()
    return gone


def _tell(found: Erasure) -> None:
    fields = {"keys": found.keys, "rows": found.rows, "refused": found.refused, "rewritten": found.rewritten}
    log.info("erased", extra={"fields": fields})


@contextmanager
def nightly(parts: Parts) -> Iterator[None]:
    """Let go at night, for the block, what is beyond its window, and write the log anew where something went."""
    stop = threading.Event()
    thread = threading.Thread(target=_nights, args=(parts, stop), name="nightly", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()


def _nights(parts: Parts, stop: threading.Event) -> None:
    last, pause, first = parts.clock(), LOOK_SECONDS, True
    while not stop.wait(pause):
        pause, now = LOOK_SECONDS, parts.clock()
        try:
            if parts.store.exists and (now >= _night_after(parts, last) or (first and _overdue(parts, now))):
                night(parts)
                last = now
            first = False
        except Exception as error:
            # A thread is an edge: whatever it was, the next attempt may succeed.
            log.error("night_failed", extra={"fields": {"error": type(error).__name__, "where": where(error)}})
            pause = AGAIN_SECONDS


def night(parts: Parts) -> None:
    """What is done each night."""
    windows = parts.workspace.settings.retention
    gone = parts.store.expire(beginnings(windows, parts.clock())) if windows else {}
    due = parts.store.due_since is not None
    with place_of(parts) as place:
        scrub(place)
    if due:
        parts.store.rewrite()
    log.info("night", extra={"fields": {"expired": sum(gone.values()), "rewritten": due}})


def _night_after(parts: Parts, last: datetime) -> datetime:
    """The first moment after `last` at which the workspace's clocks show the hour of the setting."""
    local = last.astimezone(zone(parts.store.facts.zone))
    begins = local.replace(hour=parts.workspace.settings.nightly, minute=0, second=0, microsecond=0)
    return begins if begins > local else begins + timedelta(days=1)


def _overdue(parts: Parts, now: datetime) -> bool:
    since, windows = parts.store.due_since, parts.workspace.settings.retention
    if since is not None and now - since.replace(tzinfo=UTC) > OVERDUE:
        return True
    return bool(windows) and bool(parts.store.expired(beginnings(windows, now - OVERDUE)))


ROUTES = (whole, forget)
COMMANDS = {"export_customer": exported, "erase_customer": erased, "expire": expired}
