"""Taking events: body, key, check, journal, answer; 200 is said when the events are durable, and not before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Any, TypeVar

from litestar import Request

from cherish.db.keys import Source
from cherish.db.quarantine import Refused as Quarantined
from cherish.errors import WorkspaceError
from cherish.serve import bodies, writekeys
from cherish.serve.answers import Accepted, Reason, Sent
from cherish.serve.feed import Problem
from cherish.serve.logs import where
from cherish.serve.parts import Parts, parts_of
from cherish.serve.pressure import overloaded
from cherish.serve.refusal import Refused, log
from cherish.spec.messages import Malformed, Refusal, Taken, taken, unpacked

T = TypeVar("T")

INLINE = 256 * 1024
"""Bytes of plain JSON that are decoded at once; more go to a thread, so that small requests don't wait for them."""

NO_KEY = (
    "no write key was found: put it as the user of Basic authorization, in the header X-Write-Key, as writeKey in the "
    "body or the query, or as a Bearer token"
)
UNKNOWN_KEY = "no source has this write key; compare it with the one that `cherish serve` printed at its first start"

TOLD = 10
"""How many reasons the answer to a tolerated batch holds; quarantine has all."""

GZIP = b"\x1f\x8b"


async def collect(request: Request[Any, Any, Any], kind: str | None) -> Sent:
    """Take a batch (`kind` None) or one event of a kind.

    Raises:
        Refused: no key, an unknown one, too much, too slow, overload, or a strict batch with a bad event.
        Malformed: the body is no batch and no event.
    """
    parts = parts_of(request)
    try:
        return await _collected(request, parts, kind)
    except (Refused, Malformed) as error:
        parts.feed.refused(Problem(error.code, str(error)))
        for each in error.details.get("reasons") or () if isinstance(error, Refused) else ():
            parts.feed.refused(Problem(each.code, each.message, place=each.place))
        raise


async def _collected(request: Request[Any, Any, Any], parts: Parts, kind: str | None) -> Sent:
    received_at = parts.clock()
    parts.pressure.check()
    source = await _named(request, parts)
    with parts.pressure.body() as held:
        packed = await bodies.read(
            request.receive, request.headers, parts.limits.unpacked, parts.body_seconds, held.grow
        )
        body = await _unpacked(parts, packed, request.headers.get("content-encoding"))
        # What waits to be decoded counts as it is now: a thousand small packed bodies may be a thousand large ones.
        held.grow(max(0, len(body) - len(packed)))
        source = source or await _source(request, parts, body)
        found = await _apart(
            parts, len(body), lambda: taken(body, kind=kind, received_at=received_at, limits=parts.limits)
        )
        if found.refused and (source.strict or request.headers.get("x-strict-mode") == "1"):
            parts.counters.happened("refused", found.count + len(found.refused))
            raise _strict(found)
        await kept(parts, source.id, found, received_at, kind)
    return Sent(Accepted(accepted=found.count, quarantined=len(found.refused), reasons=_reasons(found.refused[:TOLD])))


async def _unpacked(parts: Parts, packed: bytes, encoding: str | None) -> bytes:
    if (encoding or packed.startswith(GZIP)) and len(packed) <= INLINE:
        # How large it is, only unpacking tells: a few bytes may be a bomb, which others must not wait for.
        try:
            return unpacked(packed, encoding, replace(parts.limits, unpacked=min(INLINE, parts.limits.unpacked)))
        except Malformed as error:
            if error.code != "too_large":
                raise
        return await _in_thread(parts, lambda: unpacked(packed, encoding, parts.limits))
    return await _apart(parts, len(packed), lambda: unpacked(packed, encoding, parts.limits))


async def _apart(parts: Parts, weight: int, work: Callable[[], T]) -> T:
    """Do the work at once, or in the one thread for large bodies where it is much."""
    if weight <= INLINE:
        return work()
    return await _in_thread(parts, work)


async def _in_thread(parts: Parts, work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(parts.decoder, work)


async def _named(request: Request[Any, Any, Any], parts: Parts) -> Source | None:
    """Whose key stands in the places before the body; None where the body is to be asked.

    A key of a header or of the query that nobody has is refused before the body is read. A Bearer token is not: it may
    be no key of ours, and the body hold one.

    Raises:
        Refused: nobody has this key.
    """
    key = writekeys.outside(request.headers)
    asked = key or writekeys.in_query(request.scope["query_string"])
    source = None if asked is None else await _known(parts, asked)
    if asked is not None and source is None:
        await bodies.let_go(request.receive, request.headers, parts.body_seconds)
        raise Refused(HTTPStatus.UNAUTHORIZED, "unknown_key", UNKNOWN_KEY)
    return None if key is None else source


async def _source(request: Request[Any, Any, Any], parts: Parts, body: bytes) -> Source:
    key = await _apart(parts, len(body), lambda: writekeys.inside(body)) or writekeys.behind(
        request.scope["query_string"], request.headers
    )
    if key is None:
        raise Refused(HTTPStatus.UNAUTHORIZED, "no_key", NO_KEY)
    source = await _known(parts, key)
    if source is None:
        raise Refused(HTTPStatus.UNAUTHORIZED, "unknown_key", UNKNOWN_KEY)
    return source


async def _known(parts: Parts, key: str) -> Source | None:
    """Whose key it is. The keys are read again beside the event loop: a database that does not answer holds up nobody.

    Raises:
        Refused: they can't be read, and the client shall come again.
    """
    try:
        if parts.keys.fresh(key):
            return parts.keys.source_of(key)
        return await asyncio.to_thread(parts.keys.source_of, key)
    except WorkspaceError as error:
        log.error("keys_not_read", extra={"fields": {"error": str(error)}})
        raise overloaded("the keys can't be read") from None


async def kept(parts: Parts, source: str, found: Taken, received_at: datetime, kind: str | None = None) -> None:
    """Wait until all of it is durable: what was refused in quarantine, then what was taken in the journal.

    The journal comes last, because what it holds will be counted: whoever hears that nothing was kept sends all again.

    Raises:
        Refused: it could not be written, and the client shall come again.
    """
    aside: tuple[int, ...] = ()
    try:
        if found.refused:
            aside = await asyncio.to_thread(_quarantined, parts, source, found.refused, received_at, kind)
        if found.count:
            landed, ended = parts.landing.place()
            parts.journal.keep(found.lines, source=source, events=found.count, received_at=received_at, ended=ended)
            await landed
    except Exception as error:
        if aside:
            # They come again with their batch.
            with suppress(Exception):
                await asyncio.to_thread(parts.quarantine.remove, aside)
        # A full disk, a locked file, a database that went away: whatever it was, the events are still the client's.
        log.error("not_kept", extra={"fields": {"error": type(error).__name__, "where": where(error)}})
        raise overloaded("the events could not be written") from None
    parts.counters.happened("accepted", found.count)
    parts.counters.happened("quarantined", len(found.refused))
    if parts.feed.readers:
        parts.feed.kept(source, found)


def _quarantined(
    parts: Parts, source: str, refused: tuple[Refusal, ...], received_at: datetime, kind: str | None
) -> tuple[int, ...]:
    return parts.quarantine.add_all(
        Quarantined(
            source, received_at, each.code, each.message, each.place, each.body, kind=kind, around=each.around or None
        )
        for each in refused
    )


def _strict(found: Taken) -> Refused:
    count = len(found.refused)
    message = (
        f"strict: {count} of {found.count + count} events can't be taken, so none was kept; "
        "mend them by their reasons and send the whole batch again"
    )
    return Refused(HTTPStatus.BAD_REQUEST, "strict_refused", message, reasons=_reasons(found.refused))


def _reasons(refused: tuple[Refusal, ...]) -> tuple[Reason, ...]:
    return tuple(Reason(each.place, each.code, each.message) for each in refused)
