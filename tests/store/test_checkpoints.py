"""Checkpoints beside readers: what gathers beside the file stays bounded, and neither loads nor questions fail."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cherish.errors import WorkspaceError
from cherish.store.duckdb import DuckDBStore
from cherish.store.duckdb.checkpoints import Checkpoints

MEGABYTE = 2**20
SOFT, HARD = 1 * MEGABYTE, 4 * MEGABYTE

# Half a megabyte of events, of customers whom every load changes.
STAGED = """CREATE OR REPLACE TEMP TABLE staged AS
    SELECT '{turn}-' || i AS message_id, 'track' AS type, 'Seen' AS name, TIMESTAMP '2026-03-10 12:00:00' AS ts,
        TIMESTAMP '2026-03-10 12:00:00' AS received_at, NULL::VARCHAR AS anonymous_id, 'u' || i AS user_id,
        'web' AS source, NULL::DECIMAL(18, 4) AS value, NULL::VARCHAR AS currency, NULL::VARCHAR AS order_id,
        json_object('text', repeat(md5('{turn}-' || i), 80)) AS properties, NULL::JSON AS context
    FROM range(200) AS numbers(i)"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DuckDBStore]:
    opened = DuckDBStore(tmp_path)
    opened._checkpoints = Checkpoints(opened._connections, SOFT, HARD)
    with opened.owned():
        load(opened, -1)
        yield opened
    opened.close()


def load(store: DuckDBStore, turn: int) -> None:
    with store.live(f"claim {turn}") as loading:
        loading.connection.execute(STAGED.format(turn=turn))
        loading.events("staged")


class Reader:
    """Asks one question after the other, each for a while, and notes how long the answers took."""

    def __init__(self, store: DuckDBStore, seconds: float) -> None:
        self.store, self.seconds = store, seconds
        self.waits: list[float] = []
        self.failed: list[BaseException] = []
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self) -> None:
        try:
            while not self.stop.is_set():
                began = time.monotonic()
                with self.store.snapshot():
                    self.waits.append(time.monotonic() - began)
                    told = self.store.query("SELECT sum(n) AS n FROM activity").to_pylist()[0]["n"]
                    time.sleep(self.seconds)
                    # A question of several statements sees one log.
                    assert self.store.query("SELECT count(*) AS n FROM events").to_pylist()[0]["n"] == told
        except BaseException as error:
            self.failed.append(error)


@contextmanager
def reading(store: DuckDBStore, *seconds: float) -> Iterator[list[Reader]]:
    readers = [Reader(store, each) for each in seconds]
    for each in readers:
        each.thread.start()
        time.sleep(0.03)
    try:
        yield readers
    finally:
        for each in readers:
            each.stop.set()
        for each in readers:
            each.thread.join(20)
        assert [each.failed for each in readers] == [[] for _ in readers]


def loaded(store: DuckDBStore, turns: int) -> int:
    """Load so often; the most that lay beside the file meanwhile."""
    most = 0
    for turn in range(turns):
        load(store, turn)
        most = max(most, store._checkpoints.beside())
    return most


def test_what_gathers_stays_bounded_although_somebody_always_reads(store: DuckDBStore) -> None:
    with reading(store, 0.1, 0.1, 0.1) as readers:
        assert loaded(store, 20) < HARD + MEGABYTE
    assert all(len(each.waits) > 5 for each in readers)
    assert max(wait for each in readers for wait in each.waits) < 3
    assert store.check() == {}


def test_without_a_pause_it_grows_for_as_long_as_somebody_reads(store: DuckDBStore) -> None:
    """What the test above is worth: the engine alone finds no moment in which nobody reads."""
    store._checkpoints = Checkpoints(store._connections, 2**40, 2**41)
    with reading(store, 0.1, 0.1, 0.1):
        assert loaded(store, 20) > 1.5 * HARD


def test_a_long_question_is_answered_loads_wait_at_the_hard_limit_and_go_on_after_it(store: DuckDBStore) -> None:
    turn, refused, answered = 0, [], threading.Event()

    def ask() -> None:
        with store.snapshot():
            before = rows(store)
            answered.wait(60)
            assert rows(store) == before

    asking = threading.Thread(target=ask)
    asking.start()
    while not refused:
        try:
            load(store, turn)
            turn += 1
        except WorkspaceError as error:
            refused.append(str(error))
    assert "MB of changes wait beside" in refused[0]
    assert "while a question is asked (the longest for" in refused[0]
    assert HARD <= store._checkpoints.beside() < HARD + MEGABYTE
    # Others who ask in the meantime are answered at once: nobody waits for the long one.
    began = time.monotonic()
    assert rows(store) == 200 * (turn + 1)
    assert time.monotonic() - began < 1
    answered.set()
    asking.join(20)
    load(store, turn)
    assert store._checkpoints.beside() < SOFT
    assert rows(store) == 200 * (turn + 2)


def rows(store: DuckDBStore) -> Any:
    return store.query("SELECT count(*) AS n FROM events").to_pylist()[0]["n"]
