"""The loader alone over a filled journal, on a log with twenty million stored events: a process of its own.

Every stored event was received within the thirty days in which an id counts once, so each load looks among all of
them. What comes is of every kind: views, pages, orders, identify calls, of known customers and of new ones.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from bench import visible
from bench.visible import Seen
from cherish import db
from cherish.clock import system_clock
from cherish.db import journal
from cherish.store.contract import Origin
from cherish.store.duckdb import DuckDBStore

STORED, COMING, CUSTOMERS = 20_000_000, 1_500_000, 500_000
GOAL_RATE, GOAL_BYTES = 60_000, 600_000_000
BATCH = 100
DAYS = 29
_SLICE, _LINES_AT_ONCE = 2_000_000, 100_000

# One row per number: who, what, when. Nine in ten are of a fifth of the customers, as in life.
_MADE = """
    SELECT i, {prefix} || i AS message_id, CAST(hash(i + {seed}) >> 2 AS BIGINT) AS h,
        CASE WHEN h % 10 < 9 THEN hash(h) % ({customers} // 5) ELSE hash(h) % {customers} END AS number,
        CASE WHEN h % 100 < 55 THEN 'Product Viewed' WHEN h % 100 < 75 THEN 'page' WHEN h % 100 < 90 THEN 'Link Clicked'
            WHEN h % 100 < 95 THEN 'Order Completed' ELSE 'identify' END AS what,
        {at} AS happened
    FROM range({first}, {last}) AS numbers(i)"""

_USER = "CASE WHEN h % 4 > 0 OR what IN ('identify', 'Order Completed') THEN 'u' || number END"
_PROPERTIES = """CASE what
    WHEN 'Product Viewed' THEN json_object('product_id', 'p' || h % 5000, 'price', (h % 20000) / 100, 'category',
        ['shoes', 'coats', 'hats', 'toys'][1 + h % 4], 'position', h % 40)
    WHEN 'page' THEN json_object('path', '/shop/' || h % 300, 'title', 'Shop, page ' || h % 300, 'search', '')
    WHEN 'Link Clicked' THEN json_object('label', 'teaser ' || h % 50, 'place', 'home')
    WHEN 'Order Completed' THEN json_object('order_id', {prefix} || 'o' || i, 'revenue', (h % 30000) / 100,
        'currency', 'EUR') END"""
_CONTEXT = """json_object('library', json_object('name', 'analytics.js', 'version', '2.11'), 'locale', 'de-DE',
    'page', json_object('path', '/shop/' || h % 300, 'url', 'https://shop.example/shop/' || h % 300))"""
_TRAITS = "CASE what WHEN 'identify' THEN json_object('plan', ['free', 'gold'][1 + h % 2], 'visits', h % 9) END"

_STAGED = """CREATE OR REPLACE TEMP TABLE staged AS
    SELECT message_id, CASE WHEN what IN ('page', 'identify') THEN what ELSE 'track' END AS type,
        CASE what WHEN 'page' THEN 'Page Viewed' WHEN 'identify' THEN 'Identify' ELSE what END AS name, happened AS ts,
        happened AS received_at, 'a' || number AS anonymous_id, {user} AS user_id, 'web' AS source,
        CASE what WHEN 'Order Completed' THEN CAST((h % 30000) / 100 AS DECIMAL(18, 4)) END AS value,
        CASE what WHEN 'Order Completed' THEN 'EUR' END AS currency,
        CASE what WHEN 'Order Completed' THEN {prefix} || 'o' || i END AS order_id,
        {properties} AS properties, {context} AS context
    FROM ({made})"""

_LINES = """
    SELECT i // {batch} AS payload, string_agg(CAST(json_merge_patch('{{}}', json_object('message_id', message_id,
        'type', CASE WHEN what IN ('page', 'identify') THEN what ELSE 'track' END,
        'name', CASE what WHEN 'identify' THEN NULL ELSE what END, 'ts', epoch_us(happened), 'received_at',
        epoch_us(happened),
        'anonymous_id', 'a' || number, 'user_id', {user}, 'properties', {properties}, 'context', {context},
        'traits', {traits})) AS VARCHAR) || chr(10), '' ORDER BY i) AS lines, count(*) AS events
    FROM ({made}) GROUP BY payload ORDER BY payload"""

_LOADER = """
import resource, sys, time
from pathlib import Path
from cherish import db
from cherish.db import journal
from cherish.load import Loader
from cherish.settings import load
from cherish.workspace import Workspace

state = db.open(Path(sys.argv[1]))
kept = journal.open(state)
store = Workspace(Path(sys.argv[1]), load()).store()
loader, slowest = Loader(store, (kept,), state), 0.0
with store.owned():
    loader.recover()
    start = last = time.perf_counter()
    new = 0
    while kept.depth():
        new += loader.once().new
        now = time.perf_counter()
        slowest, last = max(slowest, now - last), now
    print("seconds", now - start)
print("events", new)
print("slowest", slowest)
print("peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


@dataclass(frozen=True)
class Loaded:
    """Events that the log held before, events loaded, seconds of all and of the slowest load, bytes at the peak."""

    stored: int
    coming: int
    events: int
    seconds: float
    slowest: float
    peak: int

    @property
    def rate(self) -> float:
        """Events a second."""
        return self.events / self.seconds

    @property
    def equal(self) -> bool:
        """Whether each event was loaded, and counted once."""
        return self.events == self.coming

    @property
    def passed(self) -> bool:
        """Whether it is as fast and as small as promised."""
        return self.equal and self.rate >= GOAL_RATE and self.peak <= GOAL_BYTES


@dataclass(frozen=True)
class Loading:
    """The loader alone, and how soon an event is visible."""

    alone: Loaded
    seen: Seen

    @property
    def equal(self) -> bool:
        """Whether each event was loaded, and seen."""
        return self.alone.equal and self.seen.equal

    @property
    def passed(self) -> bool:
        """Whether both are as promised."""
        return self.alone.passed and self.seen.passed


def build(folder: Path, stored: int = STORED, customers: int = CUSTOMERS) -> None:
    """A workspace whose log holds so many events, received evenly over the last days."""
    store = DuckDBStore(folder)
    happened = f"TIMESTAMP '{_now()}' + to_microseconds({DAYS * 86_400 * 10**6} // {stored} * (i - {stored}))"
    with store.loading(Origin("history", "events")) as load:
        for first in range(0, stored, _SLICE):
            load.connection.execute(_filled(_STAGED, "s", first, min(stored, first + _SLICE), happened, customers))
            load.events("staged")
            load.connection.execute("DROP TABLE staged")
    store.close()


def fill(folder: Path, coming: int = COMING, customers: int = CUSTOMERS, name: str = "") -> None:
    """Put so many events into the workspace's journal, as the server puts batches; a name tells one filling from
    another."""
    state = db.open(folder)
    kept = journal.open(state)
    at = f"TIMESTAMP '{_now()}' + to_microseconds(i * 20)"
    with duckdb.connect(config={"memory_limit": "1GB", "temp_directory": str(folder / "filling")}) as connection:
        for first in range(0, coming, _LINES_AT_ONCE):
            text = _filled(
                _LINES, f"c{name}", first, min(coming, first + _LINES_AT_ONCE), at, customers + customers // 50
            )
            rows = connection.execute(text).fetchall()
            puts = [_put(kept, lines, events) for _, lines, events in rows]
            for each in puts:
                each.result()
    kept.close()
    state.close()


def drain(folder: Path, stored: int, coming: int) -> Loaded:
    """Load what waits in a process that does nothing else."""
    words = [sys.executable, "-c", _LOADER, str(folder)]
    done = subprocess.run(words, env=dict(os.environ), capture_output=True, text=True, check=True)
    told = dict(re.findall(r"(\w+) ([\d.e-]+)", done.stdout))
    return Loaded(
        stored, coming, int(told["events"]), float(told["seconds"]), float(told["slowest"]), int(told["peak"])
    )


def run(folder: Path, small: bool = False) -> Loading:
    """Build, fill, load; then serve what was loaded, and look how soon an event is visible."""
    stored, coming, customers = (20_000, 5_000, 500) if small else (STORED, COMING, CUSTOMERS)
    build(folder, stored, customers)
    fill(folder, coming, customers)
    loaded = drain(folder, stored, coming)
    return Loading(loaded, visible.run(folder, stored + coming, small))


def lines(found: Loading | None) -> tuple[str, ...]:
    """What was found, as sentences."""
    if found is None:
        return ()
    loaded, seen = found.alone, found.seen
    return (
        f"the loader alone took {loaded.rate:,.0f} events a second out of the journal into a log of {loaded.stored:,}, "
        f"in {loaded.peak / 10**6:,.0f} MB; its slowest load took {loaded.slowest:.1f} s"
        + ("" if loaded.passed else f" (goal: {GOAL_RATE:,} in {GOAL_BYTES // 10**6} MB)"),
        f"while {seen.rate:,.0f} events a second came, an event was in its customer's view {seen.after(0.5):.2f} s "
        f"after its 200 in the median, {seen.after(0.99):.2f} s at the 99th percentile ({len(seen.waits)} events, a "
        f"log of {seen.stored:,})" + ("" if seen.passed else f" (goal: {visible.GOAL:g} s)"),
    )


def _filled(statement: str, prefix: str, first: int, last: int, at: str, customers: int) -> str:
    words = {"prefix": f"'{prefix}'"}
    seed = sum(map(ord, prefix))
    made = _MADE.format(**words, seed=seed, customers=customers, at=at, first=first, last=last)
    return statement.format(
        **words,
        made=made,
        batch=BATCH,
        user=_USER,
        properties=_PROPERTIES.format(**words),
        context=_CONTEXT,
        traits=_TRAITS,
    )


def _put(kept: Any, lines: str, events: int) -> Any:
    return kept.put(lines.encode(), source="web", events=events, received_at=system_clock())


def _now() -> str:
    return system_clock().strftime("%Y-%m-%d %H:%M:%S")
