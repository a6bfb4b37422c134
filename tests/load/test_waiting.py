"""The loader beside others: it waits for readers of another process, loads in about a second, finds other journals."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from typing import Any

import duckdb
import pytest

from cherish.db import journal
from cherish.errors import WorkspaceError
from load.support import Works, line, put

HOLD = """
import duckdb, sys
c = duckdb.connect(sys.argv[1], read_only=True)
print("held", flush=True)
sys.stdin.read()
"""


def until(true: Any, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.02)


class Running:
    """A loader in a thread of its own."""

    def __init__(self, shop: Works) -> None:
        self.stop = threading.Event()
        self.thread = threading.Thread(target=shop.loader.run, args=(self.stop,))

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *error: Any) -> None:
        self.stop.set()
        self.thread.join(20)
        assert not self.thread.is_alive()


def test_it_waits_for_a_reader_of_another_process_and_says_so(free: Works, caplog: Any) -> None:
    free.put([line(1)])
    free.load()
    free.put([line(2)])
    command = [sys.executable, "-c", HOLD, str(free.store.path) + "/log.duckdb"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as reader:
        assert reader.stdout is not None
        reader.stdout.readline()
        with pytest.raises(WorkspaceError, match="held by another process"):
            free.loader.once()
        assert free.journal.claims() == ()
        with Running(free):
            until(lambda: "held by another process" in free.loader.trouble)
            assert free.journal.depth() == 1
            assert reader.stdin is not None
            reader.stdin.close()
            until(lambda: free.journal.depth() == 0)
            until(lambda: free.loader.trouble == "")
    assert "the loader waits: " in caplog.text
    assert free.rows("SELECT count(*) AS n FROM events") == [{"n": 2}]


def test_what_is_put_can_be_asked_for_soon_while_threads_read(free: Works) -> None:
    with Running(free):
        for number in range(3):
            free.put([line(number)])
            until(lambda number=number: free.store.exists and free.rows("FROM loads") != [])
            until(lambda number=number: free.rows("SELECT count(*) AS n FROM events") == [{"n": number + 1}])
    assert free.store.check() == {}


def test_it_waits_while_the_disk_is_full_and_loses_nothing(free: Works, monkeypatch: Any) -> None:
    free.put([line(1)])
    with monkeypatch.context() as patch:

        def full(*given: Any, **more: Any) -> Any:
            raise duckdb.IOException("IO Error: Could not write file: No space left on device")

        patch.setattr(free.loader, "_transact", full)
        with Running(free):
            until(lambda: "No space left" in free.loader.trouble)
            assert (free.journal.depth(), free.quarantined()) == (1, [])
            patch.undo()
            until(lambda: free.journal.depth() == 0)
    assert free.rows("SELECT count(*) AS n FROM events") == [{"n": 1}]


def test_a_journal_of_another_collector_is_found_and_loaded(free: Works) -> None:
    other = journal.open(free.state, "second")
    put(other, [line(1)])
    free.put([line(2)])
    with Running(free):
        until(lambda: free.journal.depth() == other.depth() == 0)
    other.close()
    assert free.rows("SELECT count(*) AS n FROM events") == [{"n": 2}]
