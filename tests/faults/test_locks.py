"""Files that another process holds for a while: the journal's, the state's, the log's."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from faults.conftest import Start
from faults.support import Sender, event, held, sending, until

SQLITE = """
import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""

LOG = """
import duckdb, sys
c = duckdb.connect(sys.argv[1], read_only=True)
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def holding(script: str, file: Path) -> Iterator[None]:
    """Another process holds the file for the block."""
    command = [sys.executable, "-c", script, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        yield
        assert other.stdin is not None
        other.stdin.close()


def test_a_locked_journal_holds_answers_back_and_loses_nothing(server: Start) -> None:
    serving = server()
    said: list[int] = []
    asking = threading.Thread(target=lambda: said.append(serving.post("/v1/t", event("waits")).status_code))
    with sending([Sender(serving, "one")]) as senders:
        until(lambda: senders[0].acknowledged)
        with holding(SQLITE, serving.folder / "journal-main.sqlite"):
            asking.start()
            time.sleep(1)
            assert said == [], "nothing is said before the event is on the disk"
            assert serving.http.get("/health").status_code == 200
        asking.join(20)
        before = len(senders[0].acknowledged)
        until(lambda: len(senders[0].acknowledged) > before)
    serving.stop()
    kept = ["waits"] if said == [200] else []
    assert said in ([200], [503])
    held(serving.folder).once([*kept, *senders[0].acknowledged])


def test_a_journal_locked_for_long_is_a_503_then_all_goes_on(server: Start) -> None:
    serving = server()
    assert serving.post("/v1/t", event("before")).status_code == 200
    with holding(SQLITE, serving.folder / "journal-main.sqlite"):
        answer = serving.post("/v1/t", event("meanwhile"))
        assert (answer.status_code, answer.json()["code"]) == (503, "overloaded")
    assert serving.post("/v1/t", event("after")).status_code == 200
    serving.stop()
    found = held(serving.folder)
    found.once(["before", "after"])
    assert len(found.ids) == 2, "what got a 503 was not kept"


def test_a_log_that_another_process_reads_lets_events_wait(server: Start) -> None:
    serving = server()
    assert serving.post("/v1/t", event("first")).status_code == 200
    serving.stop()
    with holding(LOG, serving.folder / "log.duckdb"):
        serving.start()
        assert serving.post("/v1/t", event("second")).status_code == 200
        until(lambda: "held by another process" in serving.http.get("/ready").json()["reason"])
        assert serving.post("/v1/t", event("third")).status_code == 200
    until(lambda: serving.http.get("/ready").status_code == 200)
    until(lambda: "cherish_journal_events 0.0" in serving.http.get("/metrics").text.replace("events 0\n", "events 0.0"))
    serving.stop()
    found = held(serving.folder)
    found.once(["first", "second", "third"])
