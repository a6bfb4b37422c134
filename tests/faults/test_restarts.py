"""A start after a death that left 200 MB beside the log's file: it takes them up, says how long, and loses nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from faults.conftest import Start
from faults.support import event, held, until
from serve.conftest import environment

SIZE = 200 * 2**20

# Loads events, with much that is of no use between them, until so much lies beside the file, which the engine would
# take in from 256 MB on; then it is killed.
LEAVES = """
import os, signal, sys
from pathlib import Path
from load.support import line, works

file = Path(sys.argv[1]) / "log.duckdb.wal"
with works(Path(sys.argv[1])) as shop, shop.store.owned(), shop.store._connections.hold(write=True) as engine:
    engine.execute("CREATE TABLE ballast (text VARCHAR)")
    number = 0
    while not file.exists() or file.stat().st_size < int(sys.argv[2]):
        shop.put([line(number + each) for each in range(200)], source="website")
        number += shop.load().new
        for turn in range(2):
            engine.execute("INSERT INTO ballast SELECT repeat(md5(i::VARCHAR), 300) FROM range(2000) AS numbers(i)")
    engine.execute("DROP TABLE ballast")
    print(number, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_start_with_two_hundred_megabytes_to_take_up(tmp_path: Path, server: Start) -> None:
    serving = server()
    serving.stop()
    environment_ = environment()
    environment_["PYTHONPATH"] += f":{Path(__file__).parents[1]}"
    left = subprocess.run(
        [sys.executable, "-c", LEAVES, str(serving.folder), str(SIZE)],
        capture_output=True, text=True, check=False, env=environment_,
    )  # fmt: skip
    assert left.returncode == -9, left.stderr
    count = int(left.stdout)
    assert (serving.folder / "log.duckdb.wal").stat().st_size >= SIZE
    serving.start()
    assert serving.post("/v1/t", event("after")).status_code == 200, "events are taken while it takes up the rest"
    until(lambda: "log_replayed" in serving.log, 60)
    told = next(json.loads(each) for each in serving.log.splitlines() if "log_replayed" in each)
    assert told["megabytes"] >= 200
    assert 0 < told["seconds"] < 60
    until(lambda: "\ncherish_journal_events 0" in serving.http.get("/metrics").text)
    assert serving.stop() == 0
    found = held(serving.folder)
    found.once([*(f"m{number}" for number in range(count)), "after"])
    assert len(found.ids) == count + 1
