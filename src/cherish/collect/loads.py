"""Spooled rows into the log: bucket by bucket, in one transaction, or beside live loads in one for each bucket.

A dry run loads into a log in memory instead.
"""

# Statements are put together from our own texts and from what the store compiled.
# ruff: noqa: S608

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
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
from cherish.store.contract import Batches, Loaded, Loading, Origin, Store
from cherish.store.memory import memory

LOOK_AWAY = 0.05
"""Seconds."""


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
    """How a load begins: zone and currency that were said, the clock, whether it is only tried, whether live loads come
    between its buckets (`turns`); and what is done at its end, in the same transaction."""

    zone: str | None
    currency: str | None
    clock: Clock
    dry_run: bool
    turns: bool = False
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


def load(bench: Workbench, store: Store, origin: Origin, ready: Sequence[Ready], meter: Meter, begin: Begin) -> Result:
    """Load everything in one transaction of the store, or in several between which others load, or (dry run) into a log
    in memory that is gone afterwards."""
    result = Result()
    result.refund_lines = sum(each.refund_lines for each in ready)
    result.buyers = sum(each.buyers for each in ready)
    if begin.dry_run:
        _try(bench, store, origin, ready, meter, begin, result)
    elif begin.turns:
        with store.importing(origin) as batches:
            turns = _Turns(store, batches, begin)
            _Loader(bench, turns.one, result, meter, _now(begin)).load(ready)
            with batches.finishing() as loading:
                _end(loading, begin)
    else:
        with store.loading(origin) as loading:
            loading.begin(begin.zone, begin.currency)
            log = known.in_transaction(store, loading.connection)
            _Loader(bench, _always(loading, log), result, meter, _now(begin)).load(ready)
            _end(loading, begin)
    return result


def _try(
    bench: Workbench,
    store: Store,
    origin: Origin,
    ready: Sequence[Ready],
    meter: Meter,
    begin: Begin,
    result: Result,
) -> None:
    trial = memory()
    with trial.loading(origin) as loading:
        log = known.from_outside(store, loading.connection)
        _Loader(bench, _always(loading, log), result, meter, _now(begin)).load(ready)
    known.discount(store, trial, result)


def _end(loading: Loading, begin: Begin) -> None:
    if begin.loaded is not None:
        begin.loaded(loading)


def _now(begin: Begin) -> str:
    return f"TIMESTAMP '{begin.clock().replace(tzinfo=None):%Y-%m-%d %H:%M:%S.%f}'"


Turn = Callable[[], AbstractContextManager[tuple[Loading, fold.Log]]]
"""The open load for the next bucket, and what the log knows in it."""


def _always(loading: Loading, log: fold.Log) -> Turn:
    @contextmanager
    def one() -> Iterator[tuple[Loading, fold.Log]]:
        yield loading, log

    return one


class _Turns:
    """A transaction for each bucket; after each others who wait have theirs."""

    def __init__(self, store: Store, batches: Batches, begin: Begin) -> None:
        self._store, self._batches, self._begin = store, batches, begin

    @contextmanager
    def one(self) -> Iterator[tuple[Loading, fold.Log]]:
        """The next one."""
        with self._batches.loading() as loading:
            loading.begin(self._begin.zone, self._begin.currency)
            yield loading, known.in_transaction(self._store, loading.connection)
        # Whoever lets go of a lock is the first to take it again, unless it looks away.
        time.sleep(LOOK_AWAY)


_BUYERS = f"SELECT DISTINCT coalesce(user_id, anonymous_id) AS who FROM staged WHERE name = '{ORDER_COMPLETED}'"


def _once(ready: Ready) -> str:
    """The staged events, each once: a row that lies in two files, or an id that comes twice, is one event."""
    if isinstance(ready.way, fold.Fold) or not ready.repeats:
        return "staged"
    return "(FROM staged WHERE rowid IN (SELECT min(rowid) FROM staged GROUP BY source, message_id))"


class _Loader:
    """One load, in one transaction or several."""

    def __init__(self, bench: Workbench, turn: Turn, result: Result, meter: Meter, at: str) -> None:
        self._bench, self._next = bench, turn
        self._loading: Loading
        self._connection: Any = None
        self._log = fold.Log()
        self._result, self._meter, self._at = result, meter, at
        self._done = 0.0

    @contextmanager
    def _turn(self) -> Iterator[None]:
        with self._next() as (self._loading, self._log):
            self._connection = self._loading.connection
            before = self._updates()
            yield
            self._result.updated += self._updates() - before

    def load(self, ready: Sequence[Ready]) -> None:
        """Load all groups."""
        total = sum(each.spool.group.rows for each in ready)
        self._bench.run("CREATE OR REPLACE TABLE buyers (who VARCHAR)")
        self._done = READING * total
        for each in ready:
            if isinstance(each.way, People):
                self._people(each.way.statements())
                self._step(each, 1)
                continue
            for bucket in range(each.spool.buckets):
                if each.spool.filled(bucket):
                    with self._turn():
                        self._bucket(each, bucket)
                self._step(each, each.spool.buckets)
            if isinstance(each.way, Singles):
                self._people(each.way.people())
        self._result.buyers += int(self._bench.row("SELECT count(DISTINCT who) FROM buyers")[0])

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
            self._note_buyers()
        self._run(["DROP TABLE staged"])

    def _count(self, loaded: Loaded) -> None:
        self._result.new += loaded.new
        self._result.known += loaded.known
        self._result.erased += loaded.refused

    def _note_buyers(self) -> None:
        found = self._connection.sql(_BUYERS).to_arrow_table()
        if found.num_rows:
            self._bench.connection.register("more_buyers", found)
            self._bench.run("INSERT INTO buyers FROM more_buyers")
            self._bench.connection.unregister("more_buyers")

    def _people(self, statements: list[str]) -> None:
        if statements:
            with self._turn():
                self._load_people(statements)

    def _load_people(self, statements: list[str]) -> None:
        self._run(statements)
        loaded = self._loading.customers("staged_people")
        self._result.people += loaded.given - loaded.refused
        self._result.erased += loaded.refused
        self._result.people_new += loaded.new
        self._run(["DROP TABLE staged_people"])

    def _run(self, statements: list[str]) -> None:
        for statement in statements:
            self._connection.execute(statement)

    def _updates(self) -> int:
        if self._log.updates is None:
            return 0
        return int(self._connection.execute(f"SELECT count(*) FROM ({self._log.updates})").fetchall()[0][0])
