"""The journal as two tables, in whichever database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from cherish.db import engines
from cherish.db.journal.contract import SIZE, Claim, Ended, Payload
from cherish.db.journal.room import Room
from cherish.db.journal.statements import change_total, claimed, free_after, light, payloads
from cherish.db.journal.waiting import Total, Waiting
from cherish.db.journal.writer import Put, Writer
from cherish.db.quarantine import Quarantine, Refused
from cherish.db.scrub import scrub
from cherish.db.tables import FREE, journal, journal_totals, microseconds
from cherish.db.trouble import told
from cherish.errors import WorkspaceError

_SLICE = 512
"""How many rows one transaction marks or deletes at most; puts wait for it."""

_MARKED = 4 * 2**20
"""After how many bytes of bodies a transaction that marks ends: SQLite compares them, though it writes none."""

_LOOK = 16
"""How many waiting rows a claim looks at before it knows how many it will take."""

_FOLDED = "closed"
"""The row of totals that every writer leaves its own to."""


class TabledJournal:
    """A journal in the tables of an engine; see `contract.Journal`. Safe to use from several threads."""

    def __init__(self, engine: Engine, name: str, where: str, quarantine: Quarantine) -> None:
        self.name = name
        self._engine = engine
        self._where = where
        self._quarantine = quarantine
        self._me = uuid4().hex
        self._abandoned: list[str] = []
        self._waiting = Waiting(self._others)
        self._writer = Writer(self._insert_or_forget, name)

    def put(self, payload: bytes, *, source: str, events: int, received_at: datetime) -> Future[None]:
        """Keep a payload; the future is done when it is on the disk."""
        future: Future[None] = Future()

        def begins() -> bool:
            # From here on nobody can cancel it, so that what is written and what is answered stay one.
            if future.set_running_or_notify_cancel():
                return True
            self._waiting.count(-events, -len(payload))
            return False

        def ended(error: BaseException | None) -> None:
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(error)

        self._enqueue(Put(_row(payload, source, events, received_at), ended, begins))
        return future

    def keep(self, payload: bytes, *, source: str, events: int, received_at: datetime, ended: Ended) -> None:
        """Keep a payload; `ended` is told when it is on the disk."""
        self._enqueue(Put(_row(payload, source, events, received_at), ended))

    def depth(self) -> int:
        """How many events were put and are not gone."""
        return self._waiting.events()

    def bytes_waiting(self) -> int:
        """How many bytes their bodies have."""
        return self._waiting.bytes()

    def claim(self, events: int, size: int = SIZE) -> Claim | None:
        """Take up to so many events and bytes, oldest first, yet at least one payload."""
        self._free_abandoned()
        with self._reading() as connection:
            if connection.execute(select(journal.c.id).where(journal.c.claim == FREE).limit(1)).first() is None:
                return None
        claim_id = uuid4().hex
        room = Room(events, size)
        try:
            while self._writer.run(partial(self._mark, claim_id, room)):
                pass
            return Claim(claim_id, self._payloads(claim_id)) if room.taken else None
        except BaseException:
            self._abandoned.append(claim_id)
            raise

    def done(self, claim_id: str) -> None:
        """Forget the claim's payloads."""
        while self._writer.run(partial(self._delete, claim_id)):
            pass

    def release(self, claim_id: str) -> None:
        """Let the claim's payloads be claimed again."""
        self._writer.run(partial(self._free, claim_id))

    def claims(self) -> tuple[str, ...]:
        """The open claims."""
        open_ones = select(journal.c.claim).where(journal.c.claim > FREE).distinct().order_by(journal.c.claim)
        with self._reading() as connection:
            return tuple(connection.execute(open_ones).scalars())

    def take_out(self, claim_id: str, payload_id: int, reason: str) -> None:
        """Put a payload into the quarantine.

        First it is kept there, then it goes here: dying in between leaves it in both, and its origin tells that.
        """
        with self._reading() as connection:
            found = connection.execute(payloads(claim_id).where(journal.c.id == payload_id)).first()
        if found is not None:
            payload = Payload(*found)
            origin = f"{self.name}:{payload.id}:{microseconds(payload.received_at)}"
            refused = Refused(
                payload.source, payload.received_at, "not_loaded", reason, None, payload.body, payload.events
            )
            self._quarantine.add_once(refused, origin)
            self._writer.run(partial(self._delete, claim_id, payload_id))

    def bodies(self) -> Iterator[Payload]:
        """Every payload that is not gone, oldest first."""
        last, wanted = -1, select(*journal.c["id", "source", "received_at", "events", "body"]).order_by(journal.c.id)
        while True:
            with self._reading() as connection:
                found = [Payload(*row) for row in connection.execute(wanted.where(journal.c.id > last).limit(_SLICE))]
            if not found:
                return
            yield from found
            last = found[-1].id

    def waits(self, until: datetime) -> bool:
        """Whether something that came until this moment is not gone."""
        with self._reading() as connection:
            earlier = select(journal.c.id).where(journal.c.received_at <= until).limit(1)
            return connection.execute(earlier).first() is not None

    def scrub(self) -> bool:
        """Leave nothing in the files of what is gone."""
        return bool(self._writer.run(partial(scrub, self._engine, self._where, ("journal",))))

    def close(self) -> None:
        """Commit what waits, leave the totals to whoever comes next, and let go of the database."""
        if not self._writer.close():
            return
        # Where the disk is full or the server gone the row stays, and counts as before.
        with suppress(WorkspaceError), self._writing() as connection:
            self._fold(connection)
        self._let_go()

    def _let_go(self) -> None:
        self._engine.dispose()

    def _enqueue(self, put: Put) -> None:
        events, size = put.row["events"], put.row["size"]
        self._waiting.count(events, size)
        try:
            self._writer.put(put)
        except BaseException:
            self._waiting.count(-events, -size)
            raise

    # -- transactions, all in the writer's thread ----------------------------------------------------------------------

    def _insert_or_forget(self, rows: Sequence[dict[str, Any]]) -> None:
        try:
            self._insert(rows)
        except BaseException:
            total = _total(rows)
            self._waiting.count(-total.events, -total.bytes)
            raise

    def _insert(self, rows: Sequence[dict[str, Any]]) -> None:
        with self._writing() as connection:
            connection.execute(insert(journal), rows)
            change_total(connection, self._me, _total(rows))

    def _mark(self, claim_id: str, room: Room) -> bool:
        """Mark some payloads, few enough that puts need not wait long; whether there is room for more."""
        rows, size = room.taken, room.bytes
        with self._writing() as connection:
            while room.taken - rows < _SLICE and room.bytes - size < _MARKED:
                # Looks no further than it has already taken, so that rows are read and locked for this claim alone.
                limit = min(_SLICE, max(_LOOK, room.taken))
                numbers = room.fitting(connection.execute(free_after(room.last, limit)).all())
                connection.execute(update(journal).where(journal.c.id.in_(numbers)).values(claim=claim_id))
                if len(numbers) < limit:
                    return False
        return True

    def _free(self, claim_id: str) -> None:
        with self._writing() as connection:
            connection.execute(update(journal).where(*claimed(claim_id)).values(claim=FREE))

    def _delete(self, claim_id: str, payload_id: int | None = None) -> bool:
        """Delete some payloads of a claim, few enough that puts need not wait long; whether there may be more."""
        wanted = select(*journal.c["id", "size"]).where(*claimed(claim_id)).limit(_SLICE)
        if payload_id is not None:
            wanted = wanted.where(journal.c.id == payload_id)
        with self._writing() as connection:
            numbers = light(connection.execute(wanted).all())
            if not numbers:
                return False
            gone = delete(journal).where(journal.c.id.in_(numbers), *claimed(claim_id))
            rows = connection.execute(gone.returning(journal.c.events, journal.c.size)).all()
            total = Total(sum(row.events for row in rows), sum(row.size for row in rows))
            change_total(connection, self._me, -total)
        self._waiting.count(-total.events, -total.bytes)
        return payload_id is None

    def _free_abandoned(self) -> None:
        """Release what a claim had marked that failed before anybody heard of it."""
        while self._abandoned:
            self.release(self._abandoned[-1])
            self._abandoned.pop()

    def _fold(self, connection: Connection) -> None:
        mine = journal_totals.c.writer == self._me
        row = connection.execute(select(*journal_totals.c["events", "bytes"]).where(mine)).first()
        if row is not None:
            connection.execute(delete(journal_totals).where(mine))
            change_total(connection, _FOLDED, Total(*row))

    # -- reading, in the caller's thread -------------------------------------------------------------------------------

    def _payloads(self, claim_id: str) -> tuple[Payload, ...]:
        with self._reading() as connection:
            return tuple(Payload(*row) for row in connection.execute(payloads(claim_id)))

    def _others(self) -> Total:
        sums = [func.coalesce(func.sum(journal_totals.c[name]), 0) for name in ("events", "bytes")]
        with self._reading() as connection:
            events, size = connection.execute(select(*sums).where(journal_totals.c.writer != self._me)).one()
        return Total(int(events), int(size))

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with told(self._where), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with told(self._where), self._engine.connect() as connection:
            yield connection.execution_options(**engines.READ_ONLY)


def _row(payload: bytes, source: str, events: int, received_at: datetime) -> dict[str, Any]:
    if received_at.tzinfo is None:  # Refused here, before it could sink its neighbours.
        raise TypeError(f"{received_at} has no time zone")
    return {
        "claim": FREE, "source": source, "received_at": received_at, "events": events, "size": len(payload),
        "body": payload,
    }  # fmt: skip


def _total(rows: Sequence[dict[str, Any]]) -> Total:
    return Total(sum(row["events"] for row in rows), sum(row["size"] for row in rows))
