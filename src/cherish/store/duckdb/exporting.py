"""Events written out as they are held, by the engine alone: a row each, in no order, and never all in memory."""

# ruff: noqa: S608  # statements are put together from our own texts only; what people gave is written by schema.text
from __future__ import annotations

import os
import tempfile
import threading
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import duckdb

from cherish.errors import QuestionError, WorkspaceError
from cherish.store.duckdb import schema
from cherish.store.duckdb.loading import KEY

if TYPE_CHECKING:
    from cherish.store.duckdb.log import DuckDBStore

FORMS = {
    "jsonl": "FORMAT json, COMPRESSION {packed}",
    "csv": "FORMAT csv, HEADER true, COMPRESSION {packed}",
    "parquet": "FORMAT parquet, COMPRESSION zstd",
}
"""What can be written, and how the engine is told."""

COLUMNS = (
    "eventId", "type", "event", "userId", "anonymousId", "groupId", "previousId", "timestamp", "receivedAt",
    "originalTimestamp", "properties", "traits", "context", "value", "currency", "orderId", "source",
)  # fmt: skip
"""What is said of an event. `timestamp` is corrected by the client's clock, `originalTimestamp` is what it said."""

PIECE = 256 * 1024

_ABOUT = "CASE WHEN type = 'group' THEN 'group' WHEN type = 'identify' THEN kind END"
_WHOM = "CASE WHEN type = 'group' THEN group_id WHEN type = 'identify' THEN key END"

# What was said at one moment of one customer by several events is one thing to all of them: what came of it.
_SAID = """
    SELECT load_id AS said_in, coalesce(kind, 'group') AS about, coalesce(key, group_id) AS whom, said_at,
        CASE WHEN count(*) = 1 THEN any_value(traits) ELSE list_reduce(list(coalesce(traits, '{}') ORDER BY place),
            lambda old, new: json_merge_patch(old, new), '{}'::JSON) END AS traits
    FROM traits GROUP BY ALL"""

_EVENTS = f"""
    SELECT event_id::VARCHAR AS "eventId", type, name AS event, user_id AS "userId", anonymous_id AS "anonymousId",
        events.group_id AS "groupId", previous_id AS "previousId", {{ts}} AS timestamp,
        {{received_at}} AS "receivedAt", {{original_ts}} AS "originalTimestamp", {{properties}} AS properties,
        {{traits}} AS traits, {{context}} AS context, value, currency, order_id AS "orderId", source
    FROM (SELECT *, {_ABOUT} AS spoke_about, {_WHOM} AS spoke_of FROM (SELECT *, {KEY} FROM events {{only}})) AS events
    LEFT JOIN ({{said}}) AS said ON said.said_in = events.load_id AND said.about = events.spoke_about
        AND said.whom = events.spoke_of AND said.said_at = events.ts"""


@dataclass(frozen=True)
class Wanted:
    """Which events: those of these names (none: all) from `since` to `until`.

    A date is a day of the workspace, the last one included; a time is a moment, in UTC where it names no offset, and
    what happened at the last one is not included.
    """

    since: str | None = None
    until: str | None = None
    names: tuple[str, ...] = ()


def export(connection: Any, wanted: Wanted, form: str, target: str) -> None:
    """Write events to a file or a pipe; a target that ends with .gz is packed.

    Raises:
        QuestionError: there is no such form, or a moment can't be read.
        WorkspaceError: the target can't be written to.
    """
    if form not in FORMS:
        raise QuestionError(f"format {form!r}: there are {', '.join(FORMS)}")
    how = FORMS[form].format(packed="gzip" if target.endswith(".gz") else "none")
    statement = _statement(connection, wanted, form)
    try:
        connection.execute(f"COPY ({statement}) TO {schema.text(target)} ({how}, USE_TMP_FILE false)")
    except duckdb.IOException as error:
        raise WorkspaceError(f"{target} can't be written to: check the folder, its permissions and the disk") from error


def pieces(store: DuckDBStore, wanted: Wanted, form: str) -> Iterator[bytes]:
    """The same as bytes, piece by piece, at the pace of whoever takes them; to close the iterator ends the work.

    Raises:
        QuestionError: there is no such form, or a moment can't be read.
        WorkspaceError: there is no log, or it can't be read.
    """
    with closing(_Pipe(store, wanted, form)) as pipe:
        yield from pipe.read()


class _Pipe:
    """A pipe into which a thread lets the engine write, in this process or in the server's: so it has a name."""

    def __init__(self, store: DuckDBStore, wanted: Wanted, form: str) -> None:
        self._failed: BaseException | None = None
        self._name = (store.path or Path(tempfile.gettempdir())) / f".export-{uuid.uuid4().hex}"
        self._end, self._begin = _made(self._name)
        self._open = True
        self._thread = threading.Thread(target=self._write, args=(store, wanted, form), name="export", daemon=True)
        self._thread.start()

    def read(self) -> Iterator[bytes]:
        while piece := os.read(self._end, PIECE):
            yield piece
        self._thread.join()
        if self._failed is not None:
            raise self._failed

    def close(self) -> None:
        """Nobody reads any more: the engine's next write fails, and so ends it."""
        if self._open:
            self._open = False
            self._name.unlink(missing_ok=True)
            os.close(self._end)
            self._thread.join()

    def _write(self, store: DuckDBStore, wanted: Wanted, form: str) -> None:
        try:
            store.export(wanted, form, str(self._name))
        except BaseException as error:  # it is raised again where the pipe is read
            self._failed = error
        finally:
            os.close(self._begin)


def _made(name: Path) -> tuple[int, int]:
    """A named pipe, both ends open: so nobody waits for the other, and reading ends when this process lets go.

    Raises:
        WorkspaceError: there is no such folder, or it can't be written to.
    """
    try:
        os.mkfifo(name, 0o600)
        owner = name.parent.stat()
        if os.geteuid() != owner.st_uid:
            # An administrator who asks: the server that writes is the folder's owner.
            os.chown(name, owner.st_uid, owner.st_gid)
        end = os.open(name, os.O_RDONLY | os.O_NONBLOCK)
        begin = os.open(name, os.O_WRONLY)
    except FileNotFoundError:
        raise WorkspaceError(f"there is no log in {name.parent}; bring events in with: cherish import FILE") from None
    except OSError as error:
        raise WorkspaceError(f"{name.parent}: {error.strerror}; check the folder and its permissions") from None
    os.set_blocking(end, True)
    return end, begin


def _statement(connection: Any, wanted: Wanted, form: str) -> str:
    moments, documents = ("ts", "received_at", "original_ts"), ("properties", "context", "said.traits")
    if form == "parquet":
        told = {name: f"events.{name} AT TIME ZONE 'UTC'" for name in moments}
    else:
        told = {name: f"strftime(events.{name}, '%Y-%m-%dT%H:%M:%S.%fZ')" for name in moments}
    told |= {name.removeprefix("said."): name if form == "jsonl" else f"{name}::VARCHAR" for name in documents}
    return _EVENTS.format(only=_only(schema.setting(connection, "zone") or "UTC", wanted), said=_SAID, **told)


def _only(zone: str, wanted: Wanted) -> str:
    conditions = []
    if wanted.since:
        conditions.append(f"ts >= TIMESTAMP '{_moment('since', wanted.since, zone, last=False)}'")
    if wanted.until:
        conditions.append(f"ts < TIMESTAMP '{_moment('until', wanted.until, zone, last=True)}'")
    if wanted.names:
        conditions.append(f"name IN ({', '.join(schema.text(name) for name in wanted.names)})")
    return f"WHERE {' AND '.join(conditions)}" if conditions else ""


def _moment(which: str, text: str, zone: str, *, last: bool) -> datetime:
    """The first moment in UTC of what is meant, or for the last day the first one after it."""
    try:
        if len(text) == len("2024-01-31"):
            day = date.fromisoformat(text) + timedelta(days=1 if last else 0)
            found = datetime.combine(day, time(), ZoneInfo(zone))
        else:
            found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise QuestionError(f"{which} {text!r}: write a day such as 2024-01-31, or 2024-01-31T12:00:00Z") from None
