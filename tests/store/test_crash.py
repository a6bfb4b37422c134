"""Killed in the middle of a load, the log is as it was before it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

from cherish.store.duckdb import DuckDBStore
from store.support import load, made_up

# Announces the open load, then loads chunk after chunk in one transaction until it is killed.
LOADER = """
import sys
from cherish.store.contract import Origin
from cherish.store.duckdb import DuckDBStore
with DuckDBStore(sys.argv[1]).loading(Origin("big", "events")) as load:
    print("open", flush=True)
    for chunk in range(1000):
        load.connection.execute('''
            CREATE OR REPLACE TEMP TABLE staged AS
            SELECT 'big' || $chunk || '-' || i AS message_id, 'track' AS type, 'Order Completed' AS name,
                TIMESTAMP '2024-01-01' + to_seconds(i) AS ts, NULL::TIMESTAMP AS received_at, NULL AS anonymous_id,
                'u' || (i % 50) AS user_id, 'test' AS source, 1.25::DECIMAL(18, 4) AS value, 'EUR' AS currency,
                'o' || i AS order_id, NULL::JSON AS properties, NULL::JSON AS context
            FROM range(150000) made(i)''', {"chunk": chunk})
        load.events("staged")
        if chunk == int(sys.argv[2]):
            break
"""


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_load_leaves_nothing_behind(tmp_path: Path, seed: int) -> None:
    store = DuckDBStore(tmp_path)
    load(store, "before", made_up(Random(seed), 60))
    before = store.facts
    kill_a_load(tmp_path, chunks=0 if seed == 0 else 999, after=Random(seed).uniform(0.05, 1.0))
    survivor = DuckDBStore(tmp_path)
    after = survivor.facts
    if seed == 0 and after.rows["events"] > 60:  # the short one may have been through before it was killed
        assert after.rows["events"] == 60 + 150_000
    else:
        assert (after.rows, after.fingerprint) == (before.rows, before.fingerprint)
        assert [each.name for each in survivor.imports()] == ["before"]
    assert survivor.check() == {}
    assert load(survivor, "again", made_up(Random(seed + 1), 61)).given == 61


def kill_a_load(path: Path, chunks: int, after: float) -> None:
    with subprocess.Popen([sys.executable, "-c", LOADER, str(path), str(chunks)], stdout=subprocess.PIPE) as loader:
        assert loader.stdout is not None
        assert loader.stdout.readline() == b"open\n"
        time.sleep(after)
        loader.kill()
