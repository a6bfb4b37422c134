"""Spooled rows into the log: bucket by bucket, in one transaction; a dry run loads into a log in memory instead."""

# Statements are put together from our own texts and from what the store compiled.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from cherish.clock import Clock
from cherish.collect import fold, known
from cherish.collect.people import People
from cherish.collect.progress import LOADING, READING, Meter
from cherish.collect.singles import Singles
from cherish.collect.spool import Spool
from cherish.collect.summing import Result
from cherish.collect.workbench import Workbench
from cherish.spec.names import ORDER_COMPLETED
from cherish.store.contract import Loaded, Loading, Origin, Store
from cherish.store.memory import memory


@dataclass(frozen=True)
class Ready:
    """A group that can be loaded: its rows and how they become events or traits."""

    spool: Spool
    way: fold.Fold | Singles | People
    refund_lines: int
    buyers: int
    notes: tuple[str, ...] = ()

    @property
    def repeats(self) -> bool:
        """Whether one event may come on several rows."""
        group = self.spool.group
        return len(group.readings) > 1 or "message" in group.layout.roles


@dataclass(frozen=True)
class Begin:
    """How a load begins: zone and currency that were said, the clock, whether it is only tried; and what is done at its
    end, in the same transaction."""

    zone: str | None
    currency: str | None
    clock: Clock
    dry_run: bool
    loaded: Callable[[Loading], None] | None = None


def prepare(bench: Workbench, spools: Sequence[Spool], currency: str | None, source: str) -> list[Ready]:
    """Choose the way of every group.

    Raises:
        FileError: lines of one order are in several currencies.
    """
    return [_ready(bench, spool, currency, source) for spool in spools]


def _ready(bench: Workbench, spool: Spool, currency: str | None, source: str) -> Ready:
    group = spool.group
    if group.layout.kind == "customers":
        return Ready(spool, People(spool), 0, 0)
    notes: tuple[str, ...] = ()
    way: fold.Fold | Singles = Singles(spool, currency, source)
    if group.keyed:
        way = fold.prepare(bench, spool, currency, source)
        notes = way.notes
    if group.layout.kind == "events":
        return Ready(spool, way, 0, 0, notes)
    back, buyers = fold.count(bench, spool)
    if currency is None and "currency" not in group.layout.roles:
        notes += ("no currency is known; sums stand without a unit (name it with --currency CODE)",)
    return Ready(spool, way, back, buyers, notes)


def load(store: Store, origin: Origin, ready: Sequence[Ready], meter: Meter, begin: Begin) -> Result:
    """Load everything in one transaction of the store, or (dry run) of a log in memory that is gone afterwards."""
    result = Result()
    result.refund_lines = sum(each.refund_lines for each in ready)
    result.buyers = sum(each.buyers for each in ready)
    at = f"TIMESTAMP '{begin.clock().replace(tzinfo=None):%Y-%m-%d %H:%M:%S.%f}'"
    if not begin.dry_run:
        with store.loading(origin) as loading:
            loading.begin(begin.zone, begin.currency)
            _Loader(loading, known.in_transaction(store, loading.connection), result, meter, at).load(ready)
            if begin.loaded is not None:
                begin.loaded(loading)
        return result
    trial = memory()
    with trial.loading(origin) as loading:
        _Loader(loading, known.from_outside(store, loading.connection), result, meter, at).load(ready)
    known.discount(store, trial, result)
    return result


_BUYERS = (
    f"INSERT INTO buyers SELECT DISTINCT coalesce(user_id, anonymous_id) FROM staged WHERE name = '{ORDER_COMPLETED}'"
)


def _once(ready: Ready) -> str:
    """The staged events, each once: a row that lies in two files, or an id that comes twice, is one event."""
    if isinstance(ready.way, fold.Fold) or not ready.repeats:
        return "staged"
    return "(FROM staged WHERE rowid IN (SELECT min(rowid) FROM staged GROUP BY source, message_id))"


class _Loader:
    """One open load."""

    def __init__(self, loading: Loading, log: fold.Log, result: Result, meter: Meter, at: str) -> None:
        self._loading = loading
        self._connection: Any = loading.connection
        self._log, self._result, self._meter, self._at = log, result, meter, at
        self._done = 0.0

    def load(self, ready: Sequence[Ready]) -> None:
        """Load all groups."""
        total = sum(each.spool.group.rows for each in ready)
        self._run(["CREATE OR REPLACE TEMP TABLE buyers (who VARCHAR)"])
        self._done = READING * total
        before = self._updates()
        for each in ready:
            if isinstance(each.way, People):
                self._people(each.way.statements())
                self._step(each, 1)
                continue
            for bucket in range(each.spool.buckets):
                if each.spool.filled(bucket):
                    self._bucket(each, bucket)
                self._step(each, each.spool.buckets)
            if isinstance(each.way, Singles):
                self._people(each.way.people())
        self._result.updated = self._updates() - before
        self._result.buyers += self._buyers()

    def _step(self, each: Ready, parts: int) -> None:
        self._done += LOADING * each.spool.group.rows / parts
        self._meter.tell("loading", self._done)

    def _bucket(self, each: Ready, bucket: int) -> None:
        way = each.way
        if isinstance(way, fold.Fold):
            self._run(way.statements(bucket, self._log, self._at))
        elif isinstance(way, Singles):
            self._run(way.statements(bucket, self._at))
        self._count(self._loading.events("staged"))
        grouped = f"SELECT name, currency, count(*), sum(whole), min(ts), max(ts) FROM {_once(each)} GROUP BY 1, 2"
        self._result.add(self._connection.execute(grouped).fetchall())
        if each.spool.group.layout.kind == "events":
            self._run([_BUYERS])
        self._run(["DROP TABLE staged"])

    def _count(self, loaded: Loaded) -> None:
        self._result.new += loaded.new
        self._result.known += loaded.known
        self._result.erased += loaded.refused

    def _people(self, statements: list[str]) -> None:
        if not statements:
            return
        self._run(statements)
        loaded = self._loading.customers("staged_people")
        self._result.people += loaded.given - loaded.refused
        self._result.erased += loaded.refused
        self._result.people_new += loaded.new
        self._run(["DROP TABLE staged_people"])

    def _run(self, statements: list[str]) -> None:
        for statement in statements:
            self._connection.execute(statement)

    def _buyers(self) -> int:
        found = self._connection.execute("SELECT count(DISTINCT who) FROM buyers").fetchall()
        self._run(["DROP TABLE buyers"])
        return int(found[0][0])

    def _updates(self) -> int:
        if self._log.updates is None:
            return 0
        return int(self._connection.execute(f"SELECT count(*) FROM ({self._log.updates})").fetchall()[0][0])
