"""The file: held for a question and not for its life, refused when it is held, newer or no log, brought up when old."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest

from cherish.errors import QuestionError, WorkspaceError
from cherish.store.duckdb import DuckDBStore, migrations, schema
from store.support import load, load_traits, made_up, rows

EVENTS = made_up(Random(5), 60)
HOLD = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"


@pytest.fixture
def store(tmp_path: Path) -> Any:
    made = DuckDBStore(tmp_path, patience=0.3)
    load(made, "all", EVENTS)
    return made


def free(store: Any) -> None:
    duckdb.connect(str(store.path / "log.duckdb")).close()


def test_the_file_is_free_between_questions(store: Any) -> None:
    free(store)
    assert store.facts.rows["events"] == 60
    free(store)
    assert len(rows(store, store.events())) == 60
    free(store)
    with store.session(), store.session():
        assert len(rows(store, store.orders())) > 0
    free(store)


def test_a_file_held_by_another_process_is_named(store: Any) -> None:
    command = [sys.executable, "-c", HOLD, str(store.path / "log.duckdb")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(WorkspaceError, match=r"log\.duckdb is held by another process; wait until it is done"):
            store.run(store.events())
    assert len(rows(store, store.events())) == 60


def test_there_is_no_log_until_something_was_written(tmp_path: Path) -> None:
    store = DuckDBStore(tmp_path / "shop")
    assert not store.exists
    with pytest.raises(WorkspaceError, match=r"there is no log in .*shop; bring events in with: cherish import FILE"):
        _ = store.facts
    store.configure(zone="Europe/Berlin")
    assert (store.exists, store.facts.zone) == (True, "Europe/Berlin")


def test_facts_are_remembered_until_another_one_writes(store: Any) -> None:
    other = DuckDBStore(store.path)
    before = store.facts
    assert store.facts is before
    other.define_outcome("revenue")
    assert (before.outcome, store.facts.outcome) == (None, "revenue")
    other.undo("all")
    assert store.facts.rows["events"] == 0


def test_threads_share_the_engine(store: Any) -> None:
    counts: list[int] = []

    def ask() -> None:
        counts.extend(len(rows(store, store.events())) for _ in range(5))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [60] * 20
    free(store)


def test_a_write_inside_a_session_waits_for_no_one_but_other_threads(store: Any) -> None:
    with store.session():
        assert store.facts.rows["events"] == 60
        load(store, "more", made_up(Random(6), 61)[60:])
        assert store.facts.rows["events"] == 60 + (0 if store.imports()[-1].events == 0 else 1)
    started, release = threading.Event(), threading.Event()

    def read() -> None:
        with store.session():
            started.set()
            release.wait(5)

    reader = threading.Thread(target=read)
    reader.start()
    started.wait(5)
    with pytest.raises(WorkspaceError, match="is being read by another thread"):
        store.undo("all")
    release.set()
    reader.join()
    assert store.undo("all") == 60


def test_a_load_that_fails_leaves_everything_as_it_was(store: Any) -> None:
    before = store.facts
    with contextlib.suppress(duckdb.Error), store.loading(load_origin()) as loading:
        loading.connection.execute("DELETE FROM events")
        loading.events("nothing_staged")
        pytest.fail("loaded a relation that is not there")
    assert store.facts.rows == before.rows
    assert store.check() == {}


def load_origin() -> Any:
    from cherish.store.contract import Origin

    return Origin("bad", "events")


def test_nothing_else_is_changed_while_a_load_is_open(store: Any) -> None:
    with store.loading(load_origin()), pytest.raises(WorkspaceError, match="a load is still open"):
        store.undo("all")


def test_a_newer_file_is_refused(store: Any) -> None:
    set_version(store, 99)
    with pytest.raises(WorkspaceError, match=r"written by a newer Cherish \(schema 99, this one reads up to \d+\)"):
        _ = DuckDBStore(store.path).facts


def test_another_database_and_a_broken_file_are_refused(tmp_path: Path) -> None:
    connection = duckdb.connect(str(tmp_path / "log.duckdb"))
    connection.execute("CREATE TABLE recipes (name VARCHAR)")
    connection.close()
    with pytest.raises(WorkspaceError, match="is not a Cherish log"):
        _ = DuckDBStore(tmp_path).facts
    (tmp_path / "log.duckdb").write_bytes(b"not a database at all" * 1000)
    with pytest.raises(WorkspaceError, match="can't be opened"):
        _ = DuckDBStore(tmp_path).facts


def set_version(store: Any, version: int) -> None:
    connection = duckdb.connect(str(store.path / "log.duckdb"))
    connection.execute("UPDATE settings SET value = ? WHERE key = 'schema'", [str(version)])
    connection.close()


def add_note(connection: Any) -> None:
    connection.execute("ALTER TABLE loads ADD COLUMN note VARCHAR")


def break_down(connection: Any) -> None:
    connection.execute("ALTER TABLE loads ADD COLUMN half VARCHAR")
    raise ValueError


def test_an_older_file_is_copied_and_brought_up(store: Any, monkeypatch: Any) -> None:
    before = store.facts
    old = migrations.latest()
    monkeypatch.setattr(migrations, "STEPS", [migrations.Step(old + 1, "notes on loads", add_note)])
    fresh = DuckDBStore(store.path)
    assert fresh.facts.rows == before.rows
    assert fresh.query("SELECT note FROM loads").to_pylist() == [{"note": None}]
    assert fresh.query("SELECT value FROM settings WHERE key = 'schema'").to_pylist() == [{"value": str(old + 1)}]
    copy = duckdb.connect(str(store.path / f"log.v{old}.duckdb"), read_only=True)
    assert copy.execute("SELECT count(*) FROM events").fetchall() == [(60,)]
    assert schema.setting(copy, "schema") == str(old)


def test_a_step_that_fails_is_taken_back_and_the_copy_named(store: Any, monkeypatch: Any) -> None:
    old = migrations.latest()
    steps = [
        migrations.Step(old + 2, "a broken one", break_down),
        migrations.Step(old + 1, "notes on loads", add_note),
    ]
    monkeypatch.setattr(migrations, "STEPS", steps)
    with pytest.raises(
        WorkspaceError, match=rf"step {old + 2} \(a broken one\) failed and was taken back; the file as it was is"
    ):
        _ = DuckDBStore(store.path).facts
    monkeypatch.setattr(migrations, "STEPS", steps[1:])
    columns = DuckDBStore(store.path).query("SELECT * FROM loads").column_names
    assert ("note" in columns, "half" in columns) == (True, False)


FIRST = (
    """events (event_id UUID, customer_id BIGINT, type VARCHAR, name VARCHAR, ts TIMESTAMP, received_at TIMESTAMP,
        anonymous_id VARCHAR, user_id VARCHAR, source VARCHAR, value DECIMAL(18, 4), currency VARCHAR,
        order_id VARCHAR, properties JSON, context JSON, load_id BIGINT)""",
    "traits (customer_id BIGINT, load_id BIGINT, place BIGINT, created_at TIMESTAMP, traits JSON)",
    "identities (kind VARCHAR, key VARCHAR, customer_id BIGINT)",
)
"""The tables of the first version that later steps change."""


VERSION_1 = {
    "events", "activity", "orders", "customers", "identities", "traits", "loads", "repeats", "properties",
    "definitions", "settings",
}  # fmt: skip


def older_log(folder: Path) -> None:
    """Take the log back to the first version: later columns and tables go."""
    with duckdb.connect(str(folder / "log.duckdb")) as connection:
        for table in FIRST:
            name, columns = table.split(" ", 1)
            kept = ", ".join(part.split()[0] for part in columns.replace("(18, 4)", "").strip("()").split(","))
            connection.execute(f"ALTER TABLE {name} RENAME TO newer")
            connection.execute(f"CREATE TABLE {table}")
            connection.execute(f"INSERT INTO {name} SELECT {kept} FROM newer")
            connection.execute("DROP TABLE newer")
        there = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        for later in there - VERSION_1:
            connection.execute(f"DROP TABLE {later}")
        connection.execute("UPDATE settings SET value = '1' WHERE key = 'schema'")


def test_a_log_of_the_first_version_is_brought_up_and_keeps_its_traits_in_order(tmp_path: Path) -> None:
    first = DuckDBStore(tmp_path)
    load(first, "all", EVENTS)
    for place in range(2):
        load_traits(first, f"people {place}", [("u1", None, {"plan": place})])
    before = first.query("SELECT customer, traits FROM customers ORDER BY 1"), first.facts
    older_log(tmp_path)
    store = DuckDBStore(tmp_path)
    assert (store.query("SELECT customer, traits FROM customers ORDER BY 1"), store.facts) == before
    assert store.check() == {}
    load_traits(store, "people 0", [("u1", None, {"plan": 5})])
    assert store.query("SELECT traits ->> 'plan' AS plan FROM customers WHERE customer = 'u1'").to_pylist() == [
        {"plan": "5"}
    ]
    assert store.check() == {}


def test_what_a_killed_process_left_is_swept_by_the_next_write(store: Any) -> None:
    left = store.path / "scratch-of-the-dead"
    left.mkdir()
    assert store.facts.rows["events"] == 60
    assert left.exists()
    store.define_outcome("revenue")
    assert not left.exists()


def test_sql_only_reads(store: Any) -> None:
    assert store.query("SELECT count(*) AS n FROM events").to_pylist() == [{"n": 60}]
    for statement, said in (
        ("DELETE FROM events", "only read by SQL"), ("SELECT 1; SELECT 2", "give one SQL statement, not 2"),
        ("SELECT nothing FROM events", "the engine refused"), ("SELEC", "the engine refused"),
    ):  # fmt: skip
        with pytest.raises(QuestionError, match=said):
            store.query(statement)


def test_a_table_handed_in_is_let_go_with_its_last_expression(store: Any) -> None:
    import gc

    import pyarrow as pa

    held = store.temporary(pa.table({"a": [1]}))
    assert rows(store, held) == [{"a": 1}]
    assert len(store._temporary._tables) == 1
    del held
    gc.collect()
    assert len(store._temporary._tables) == 0


def test_opening_waits_for_a_short_holder(store: Any) -> None:
    patient = DuckDBStore(store.path, patience=10)
    code = "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); print('held', flush=True); time.sleep(0.5)"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(store.path / "log.duckdb")], stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        started = time.monotonic()
        assert len(rows(patient, patient.events())) == 60
        assert time.monotonic() - started > 0.1
