"""A log from before there were edges: what its events say of who is who is learned when it is brought up."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import replace
from pathlib import Path
from random import Random

import duckdb

from cherish.store.duckdb import DuckDBStore
from identity.calls import expected, held, live, load, made_up

BEFORE = (
    "DROP TABLE edges",
    "DROP TABLE erased",
    "CREATE TABLE older AS SELECT kind, key, customer_id FROM identities",
    "DROP TABLE identities",
    "ALTER TABLE older RENAME TO identities",
    "ALTER TABLE traits DROP COLUMN kind",
    "ALTER TABLE traits DROP COLUMN key",
    "UPDATE settings SET value = '2' WHERE key = 'schema'",
)


def test_an_older_log_joins_what_was_seen_together(tmp_path: Path) -> None:
    calls = [replace(call, traits={}, previous=None) for call in made_up(Random(5), 60)]
    apart = [replace(call, anonymous=None if call.user else call.anonymous) for call in calls]
    load(DuckDBStore(tmp_path), apart)
    connection = duckdb.connect(str(tmp_path / "log.duckdb"))
    for call in calls:
        digest = hashlib.md5(f"web\x1f{call.message_id}".encode(), usedforsecurity=False).hexdigest()
        connection.execute(
            "UPDATE events SET anonymous_id = ? WHERE event_id = ?", [call.anonymous, str(uuid.UUID(digest))]
        )
    for statement in BEFORE:
        connection.execute(statement)
    connection.close()
    store = DuckDBStore(tmp_path)
    assert held(store) == expected(calls)
    # The hash of the load is of its events as they came; the ids were put in behind its back.
    assert store.check().keys() <= {"loads"}
    more = made_up(Random(6), 70)[60:]
    live(store, more, "later")
    assert held(store) == expected([*calls, *more])
