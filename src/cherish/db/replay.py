"""What was refused, through the same door again: what is taken now leaves the quarantine for the journal.

It is in the journal before it leaves, so a process that dies in between leaves it in both, and the next replay brings
it again under the same id, which the log knows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

import msgspec

from cherish.clock import Clock, system_clock
from cherish.db.journal.contract import Journal
from cherish.db.quarantine import Quarantine, Refused, Which
from cherish.db.tables import microseconds
from cherish.spec.messages import Limits, Malformed, taken
from cherish.spec.messages.bounds import LIMITS

NOT_LOADED = "not_loaded"
"""The reason of what was accepted, and whose load failed: lines of the journal, and not what a client sent."""

_AT_ONCE = 16


@dataclass(frozen=True)
class Replayed:
    """What a replay came to: events that are in the journal now, and those that stay, by reason."""

    events: int = 0
    stays: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Tried:
    """One refused event or payload, tried again: its lines, or why it stays."""

    lines: tuple[bytes, ...] = ()
    code: str = ""
    message: str = ""


class _Marked(msgspec.Struct, frozen=True):
    """Of what stood around a refused event: why it does not count."""

    noise: str | None = None


def replay(
    quarantine: Quarantine, journal: Journal, which: Which, limits: Limits = LIMITS, clock: Clock = system_clock
) -> Replayed:
    """Send all that is meant through the door again; what is refused again stays, with its new reason.

    Raises:
        WorkspaceError: the state or the journal can't be read or written; what was not sent stays.
    """
    events, stays = 0, Counter[str]()
    for rows in _in_turn(quarantine, which):
        tried = [(row, _again(row, limits)) for row in rows]
        sent = [(row, each) for row, each in tried if each.lines]
        # A payload for each line: one that can't be loaded will not take its neighbours along.
        puts = [
            journal.put(line, source=row.source, events=1, received_at=clock())
            for row, each in sent
            for line in each.lines
        ]
        for put in puts:
            put.result()
        quarantine.remove(_id(row) for row, _ in sent)
        left = [(_id(row), each.code, each.message) for row, each in tried if not each.lines]
        quarantine.told_anew(left)
        events += len(puts)
        stays.update(code for _, code, _ in left)
    return Replayed(events, stays.total(), dict(stays.most_common()))


def _in_turn(quarantine: Quarantine, which: Which) -> Iterator[tuple[Refused, ...]]:
    """What is there now, oldest first; what a failing load brings back meanwhile is for the next time."""
    newest = quarantine.listed(1, which=which)
    last, after = (_id(newest[0]), 0) if newest else (0, 0)
    while rows := tuple(row for row in quarantine.listed(_AT_ONCE, which=which, after=after) if _id(row) <= last):
        yield rows
        after = _id(rows[-1])


def _again(row: Refused, limits: Limits) -> _Tried:
    if row.code == NOT_LOADED:
        return _Tried(tuple(row.body.splitlines(keepends=True)), row.code, row.message)
    # An item of a batch is a batch of one again, so that it meets the door that it met before.
    around = row.around or b"{}"
    noise = msgspec.json.decode(around, type=_Marked).noise
    body = row.body if row.kind else b'{"batch":[' + row.body + b"]" + (b"," if around != b"{}" else b"") + around[1:]
    try:
        found = taken(
            body, kind=row.kind, received_at=row.received_at, limits=limits, new_id=lambda: _same_id(row), noise=noise
        )
    except Malformed as error:
        return _Tried((), error.code, error.message)
    if found.refused:
        return _Tried((), found.refused[0].code, found.refused[0].message)
    return _Tried((found.lines,)) if found.count == 1 else _Tried((), row.code, row.message)


def _same_id(row: Refused) -> str:
    """An id for what came without one: the same however often it is sent again, and nobody else's."""
    content = b"\x1f".join((row.source.encode(), b"%d %d" % (_id(row), microseconds(row.received_at)), row.body))
    return f"replay-{sha256(content).hexdigest()[:32]}"


def _id(row: Refused) -> int:
    return row.id or 0
