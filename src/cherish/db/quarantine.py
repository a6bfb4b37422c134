"""What could not be taken: each refused event with its reason, kept where people see it and can send it again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from cherish.db.state import State
from cherish.db.tables import quarantine


@dataclass(frozen=True)
class Refused:
    """One refused event, or a payload of several that could not be loaded.

    place   where in its batch it stood, from 0
    kind    the call that its path named
    around  what stood beside it in its batch, as JSON (see `Refusal`)
    """

    source: str
    received_at: datetime
    code: str
    message: str
    place: int | None
    body: bytes
    events: int = 1
    id: int | None = None
    kind: str | None = None
    around: bytes | None = None


@dataclass(frozen=True)
class Which:
    """Some of what is kept: all that agrees with what is said here."""

    code: str | None = None
    source: str | None = None
    id: int | None = None

    @property
    def all(self) -> bool:
        """Whether nothing is said, and everything meant."""
        return self == Which()


@dataclass(frozen=True)
class Kind:
    """All that was refused for one reason from one source: how much, when, and the newest of it."""

    code: str
    source: str
    rows: int
    events: int
    first: datetime
    last: datetime
    newest: int


class Quarantine:
    """The refused events of a workspace."""

    def __init__(self, state: State) -> None:
        self._state = state

    def add(self, source: str, received_at: datetime, code: str, message: str, place: int | None, body: bytes) -> None:
        """Keep one refused event."""
        self.add_all([Refused(source, received_at, code, message, place, body)])

    def add_all(self, refused: Iterable[Refused]) -> tuple[int, ...]:
        """Keep several in one transaction; their ids."""
        rows = [_row(each) for each in refused]
        if not rows:
            return ()
        with self._state.transaction() as connection:
            return tuple(connection.execute(insert(quarantine).returning(quarantine.c.id), rows).scalars())

    def add_once(self, refused: Refused, origin: str) -> None:
        """Keep what came from this origin, once however often it is said."""
        dialect = postgresql if self._state.on_postgres else sqlite
        row = _row(refused) | {"origin": origin}
        with self._state.transaction() as connection:
            connection.execute(dialect.insert(quarantine).values(row).on_conflict_do_nothing())

    def listed(
        self, limit: int = 100, before: int | None = None, which: Which = Which(), after: int | None = None
    ) -> tuple[Refused, ...]:
        """The last ones, newest first; before an id to turn the page. After an id: oldest first."""
        column = quarantine.c.id
        wanted = select(*quarantine.c[*_SHOWN]).where(*_meant(which)).limit(limit)
        wanted = wanted.order_by(column.desc()) if after is None else wanted.where(column > after).order_by(column)
        if before is not None:
            wanted = wanted.where(column < _number(before))
        with self._state.reading() as connection:
            return tuple(Refused(*row) for row in connection.execute(wanted))

    def kinds(self) -> tuple[Kind, ...]:
        """What is kept, by reason and source, the most first."""
        one = quarantine.c
        told = [func.count(), func.sum(one.events), func.min(one.received_at), func.max(one.received_at)]
        wanted = select(one.code, one.source, *told, func.max(one.id)).group_by(one.code, one.source)
        with self._state.reading() as connection:
            rows = connection.execute(wanted).all()
        return tuple(
            sorted((_kind(*tuple(row)) for row in rows), key=lambda each: (-each.events, each.code, each.source))
        )

    def count(self) -> int:
        """How many are kept."""
        with self._state.reading() as connection:
            return connection.execute(select(func.count()).select_from(quarantine)).scalar_one()

    def remove(self, ids: Iterable[int]) -> int:
        """Forget these, as when they were sent again; how many there were."""
        with self._state.transaction() as connection:
            return connection.execute(delete(quarantine).where(quarantine.c.id.in_(list(ids)))).rowcount

    def drop(self, which: Which) -> int:
        """Forget all that is meant; how many there were."""
        with self._state.transaction() as connection:
            return connection.execute(delete(quarantine).where(*_meant(which))).rowcount

    def told_anew(self, reasons: Sequence[tuple[int, str, str]]) -> None:
        """Give some a new reason: id, code, message."""
        with self._state.transaction() as connection:
            for number, code, message in reasons:
                row = {"code": _text(code), "message": _text(message)}
                connection.execute(update(quarantine).where(quarantine.c.id == number).values(row))

    def sift(self, left_of: Callable[[bytes], bytes]) -> int:
        """Keep of every body what is left of it, a whole number of lines; how many events went."""
        gone, last = 0, 0
        wanted = select(*quarantine.c["id", "body", "events", "around"]).order_by(quarantine.c.id).limit(_AT_ONCE)
        while True:
            with self._state.reading() as connection:
                page = connection.execute(wanted.where(quarantine.c.id > last)).all()
            if not page:
                return gone
            last = page[-1].id
            changed = [(row, left) for row in page if (left := _left(row, left_of)) != row.body]
            if changed:
                with self._state.transaction() as connection:
                    gone += sum(_leave(connection, row, left) for row, left in changed)

    def prune(self, before: datetime) -> int:
        """Forget what came before a moment; how many there were."""
        with self._state.transaction() as connection:
            return connection.execute(delete(quarantine).where(quarantine.c.received_at < before)).rowcount


_AT_ONCE = 200
_SHOWN = ("source", "received_at", "code", "message", "place", "body", "events", "id", "kind", "around")


def _left(row: Any, left_of: Callable[[bytes], bytes]) -> bytes:
    """What is left of a body; nothing where what stood around it does not stay whole."""
    return b"" if row.around and left_of(row.around) != row.around else left_of(row.body)


def _leave(connection: Connection, row: Any, left: bytes) -> int:
    here = quarantine.c.id == row.id
    if not left.strip():
        connection.execute(delete(quarantine).where(here))
        return int(row.events)
    events = max(1, len(left.splitlines())) if row.events > 1 else row.events
    connection.execute(update(quarantine).where(here).values(body=left, events=events))
    return int(row.events - events)


def _meant(which: Which) -> list[ColumnElement[bool]]:
    said = {"code": which.code, "source": which.source, "id": which.id}
    sound = {name: _text(value) if isinstance(value, str) else value for name, value in said.items()}
    if which.id is not None:
        sound["id"] = _number(which.id)
    return [quarantine.c[name] == value for name, value in sound.items() if value is not None]


def _number(asked: int) -> int:
    """A number that every database takes: beyond its bounds there is nothing, whichever it is."""
    return max(-1, min(asked, 2**63 - 1))


def _kind(code: str, source: str, rows: int, events: int, first: datetime, last: datetime, newest: int) -> Kind:
    return Kind(code, source, rows, int(events), first, last, newest)


def _row(refused: Refused) -> dict[str, Any]:
    values = {name: getattr(refused, name) for name in _SHOWN if name != "id"}
    return {name: _text(value) if isinstance(value, str) else value for name, value in values.items()}


def _text(value: str) -> str:
    """Text that every database takes: a refused event must not be refused here too for what its reason repeats."""
    return value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")
