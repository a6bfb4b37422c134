"""What is asked of a journal's tables, in words that every database understands."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from sqlalchemy import Connection, insert, select, update

from cherish.db.journal.waiting import Total
from cherish.db.tables import FREE, journal, journal_totals

_DELETED = 2**20
"""How many bytes one transaction deletes at most, the first payload apart: SQLite overwrites them with zeros."""


def claimed(claim_id: str) -> tuple[Any, ...]:
    """The conditions of a claim's payloads; what nobody claimed is no claim, whatever the caller says."""
    return journal.c.claim == claim_id, journal.c.claim > FREE


def payloads(claim_id: str) -> Any:
    """The payloads of a claim, oldest first."""
    return select(*journal.c["id", "source", "received_at", "events", "body"]).where(*claimed(claim_id)).order_by("id")


def free_after(number: int, limit: int) -> Any:
    """The next unclaimed payloads. Within one claim ids only grow; from claim to claim nothing is assumed of them,
    for SQLite gives out the ids of an emptied table again and Postgres commits lower ones after higher ones."""
    free = select(*journal.c["id", "events", "size"]).where(journal.c.claim == FREE, journal.c.id > number)
    return free.order_by(journal.c.id).limit(limit).with_for_update(skip_locked=True)


def light(rows: Sequence[Any]) -> list[int]:
    """The ids of the first of these rows, as many as one transaction may delete."""
    sizes = accumulate(row.size for row in rows)
    return [row.id for row in rows[: max(1, sum(size <= _DELETED for size in sizes))]]


def change_total(connection: Connection, writer: str, change: Total) -> None:
    """Count what a writer put or took away, in the transaction that does so."""
    totals = journal_totals.c
    raised = {"events": totals.events + change.events, "bytes": totals.bytes + change.bytes}
    if connection.execute(update(journal_totals).where(totals.writer == writer).values(raised)).rowcount == 0:
        first = {"writer": writer, "events": change.events, "bytes": change.bytes}
        connection.execute(insert(journal_totals).values(first))
