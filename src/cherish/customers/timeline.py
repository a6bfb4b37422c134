"""A customer's events, newest first, page by page: each page goes on behind the last event of the one before."""

# ruff: noqa: S608  # statements are put together from our own texts and quoted values
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from cherish.customers import cursor
from cherish.customers.rows import aware, document, rows, stamp
from cherish.errors import QuestionError
from cherish.spec.calendar import zone
from cherish.spec.limits import EARLIEST, LATEST
from cherish.store.duckdb import schema

MOST = 1_000
"""So many events fit one page."""


@dataclass(frozen=True)
class Wanted:
    """Which events: of these names and types (none given: all), from `since` to `until` (local days, both included).

    `after` is the cursor of the page before.
    """

    names: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    limit: int = 50
    after: str | None = None

    def __post_init__(self) -> None:
        cursor.page_size(self.limit, MOST)
        for name, day in (("since", self.since), ("until", self.until)):
            if day and not EARLIEST.date() <= day < LATEST.date():
                raise QuestionError(f"{name}={day}: days lie between {EARLIEST.date()} and {LATEST.date()}")
        if self.since and self.until and self.until < self.since:
            raise QuestionError(f"since={self.since} and until={self.until}: no day lies between them")


@dataclass(frozen=True)
class Event:
    """One event as the log holds it; `id` names it for ever, `value` is its money (refunds negative)."""

    id: str
    type: str
    name: str
    at: datetime | None
    received_at: datetime | None
    source: str
    user_id: str | None
    anonymous_id: str | None
    value: Decimal | None
    currency: str | None
    order_id: str | None
    properties: dict[str, Any] = field(default_factory=dict)
    context: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Timeline:
    """A page of events, and the cursor of the page behind it (None: there is nothing older)."""

    events: tuple[Event, ...]
    after: str | None


_COLUMNS = """CAST(event_id AS VARCHAR) AS id, type, name, ts AS at, received_at, source, user_id, anonymous_id, value,
    currency, order_id, CAST(properties AS VARCHAR) AS properties, CAST(context AS VARCHAR) AS context"""


def timeline_of(store: Any, number: int, wanted: Wanted, zone_name: str) -> Timeline:
    """One page of a customer's events.

    A page is told by the time and the id of the event before it, not by a count, so that events which arrive between
    two pages neither repeat nor hide any. Events of one instant are ordered by id.
    """
    conditions = " AND ".join(_conditions(number, wanted, zone_name))
    page = f"WHERE {conditions} ORDER BY ts DESC, event_id DESC LIMIT {wanted.limit + 1}"
    # The page is found first, by its few narrow columns: the wide ones are read for its events alone.
    found = rows(
        store,
        f"SELECT {_COLUMNS} FROM events WHERE rowid IN (SELECT rowid FROM events {page}) "
        "ORDER BY ts DESC, event_id DESC",
    )
    shown = [_event(each) for each in found[: wanted.limit]]
    return Timeline(tuple(shown), _cursor(found[wanted.limit - 1]) if len(found) > wanted.limit else None)


def _conditions(number: int, wanted: Wanted, zone_name: str) -> list[str]:
    keep = [f"customer_id = {number}"]
    for column, values in (("name", wanted.names), ("type", wanted.types)):
        if values:
            keep.append(f"{column} IN ({', '.join(schema.text(each) for each in values)})")
    if wanted.since:
        keep.append(f"ts >= {stamp(_start(wanted.since, zone_name))}")
    if wanted.until:
        keep.append(f"ts < {stamp(_start(wanted.until + timedelta(days=1), zone_name))}")
    if wanted.after:
        keep += _behind(wanted.after)
    return keep


def _behind(text: str) -> list[str]:
    micros, last = cursor.read(text, tuple[int, UUID])
    try:
        at = stamp(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros))
    except OverflowError:
        raise QuestionError("this cursor is none that a page gave") from None
    # The first condition alone lets the engine skip what is newer.
    return [f"ts <= {at}", f"(ts < {at} OR event_id < CAST({schema.text(str(last))} AS UUID))"]


def _cursor(row: dict[str, Any]) -> str:
    since = row["at"].replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return cursor.written((since // timedelta(microseconds=1), row["id"]))


def _start(day: date, zone_name: str) -> datetime:
    return datetime.combine(day, datetime.min.time(), zone(zone_name))


def _event(row: dict[str, Any]) -> Event:
    documents = {name: document(row[name]) for name in ("properties", "context")}
    return Event(**{**row, **documents, "at": aware(row["at"]), "received_at": aware(row["received_at"])})
