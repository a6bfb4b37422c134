"""How much memory a live load may take: little while nobody reads beside it, and what all share once somebody does."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cherish.store.duckdb import DuckDBStore
from cherish.store.duckdb.connections import Limits


@pytest.fixture
def store(tmp_path: Path) -> Any:
    opened = DuckDBStore(tmp_path, limits=Limits(memory="900MiB", live_memory="100MiB"))
    with opened.owned():
        yield opened
    opened.close()


def limit(connection: Any) -> str:
    return str(connection.execute("SELECT current_setting('memory_limit')").fetchall()[0][0])


def seen_by_a_reader(store: DuckDBStore) -> str:
    found = []
    asking = threading.Thread(
        target=lambda: found.extend(store.query("SELECT current_setting('memory_limit') AS l").to_pylist())
    )
    asking.start()
    asking.join(20)
    return str(found[0]["l"])


def test_a_live_load_takes_little_until_somebody_reads(store: DuckDBStore) -> None:
    with store.live("one") as load:
        assert limit(load.connection) == "100.0 MiB"
        assert seen_by_a_reader(store) == "900.0 MiB"
        assert limit(load.connection) == "900.0 MiB"
    with store.live("two") as load:
        assert limit(load.connection) == "100.0 MiB"
    assert seen_by_a_reader(store) == "900.0 MiB"


def test_beside_a_reader_it_takes_what_all_share(store: DuckDBStore) -> None:
    inside, done = threading.Event(), threading.Event()

    def ask() -> None:
        with store.session():
            inside.set()
            done.wait(20)

    asking = threading.Thread(target=ask)
    asking.start()
    inside.wait(20)
    with store.live("one") as load:
        assert limit(load.connection) == "900.0 MiB"
    done.set()
    asking.join(20)


def test_a_load_that_was_too_large_has_more_room_the_next_time(store: DuckDBStore) -> None:
    with pytest.raises(duckdb.OutOfMemoryException), store.live("one"):
        raise duckdb.OutOfMemoryException("no room")
    with store.live("two") as load:
        assert limit(load.connection) == "900.0 MiB"
    with store.live("three") as load:
        assert limit(load.connection) == "100.0 MiB"


def test_a_limit_of_the_settings_that_is_tighter_stands(tmp_path: Path) -> None:
    opened = DuckDBStore(tmp_path, limits=Limits(memory="80MiB", live_memory="100MiB"))
    with opened.owned(), opened.live("one") as load:
        assert limit(load.connection) == "80.0 MiB"
    opened.close()
