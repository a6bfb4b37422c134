"""Pulls from real databases: each row once, also at the border of two pulls, and the mark kept with the rows."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest

from cherish.cli import main
from cherish.collect.pull import Pulled, pull
from cherish.collect.queried import has_password, with_password, without_secrets
from cherish.errors import MappingError, SourceError
from cherish.store.duckdb import DuckDBStore
from conformance.server import programs, running

NOON = datetime(2026, 3, 1, 12)
COLUMNS = "id INTEGER, who VARCHAR(20), sold TIMESTAMP, total NUMERIC(10,2), note VARCHAR(99)"
QUERY = "SELECT id AS order_id, who AS customer_id, sold AS created_at, total FROM sales"
HINTS: dict[str, Any] = {"kind": "orders", "currency": "EUR"}


class Database:
    """A table `sales` on an engine."""

    def __init__(self, address: str, run: Callable[[str, list[Any]], None]) -> None:
        self.address, self._run = address, run
        run("DROP TABLE IF EXISTS sales", [])
        run(f"CREATE TABLE sales ({COLUMNS})", [])

    def sell(self, *numbers: int, at: datetime | None = NOON) -> None:
        """An order for each number, at a moment or (None) an hour apart."""
        for number in numbers:
            when = at or NOON + timedelta(hours=number, microseconds=number)
            text = when.isoformat(" ") if self.address.startswith("sqlite") else when
            self._run("INSERT INTO sales VALUES (?, ?, ?, ?, 'x')", [number, f"c{number % 5}", text, f"{number}.50"])


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    bin_ = programs()
    if bin_ is None:
        pytest.skip("no Postgres server here: apt-get install -y postgresql")
    with running(bin_) as address:
        yield address


@pytest.fixture(params=["duckdb"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    if request.param == "postgres":
        address: str = request.getfixturevalue("server")

        def on_postgres(statement: str, values: list[Any]) -> None:
            with psycopg.connect(address.replace("postgres://", "postgresql://"), autocommit=True) as connection:
                connection.execute(statement.replace("?", "%s"), values)

        return Database(address, on_postgres)
    file = tmp_path / f"shop.{request.param}"

    def in_file(statement: str, values: list[Any]) -> None:
        with closing((duckdb if request.param == "duckdb" else sqlite3).connect(str(file))) as connection:
            connection.execute(statement, values)
            if request.param == "sqlite":
                connection.commit()

    return Database(f"{request.param}://{file}", in_file)


every = pytest.mark.parametrize("database", ["duckdb", "sqlite", "postgres"], indirect=True)


@pytest.fixture
def store(tmp_path: Path) -> DuckDBStore:
    return DuckDBStore(tmp_path / "workspace")


def orders(store: DuckDBStore) -> list[int]:
    return sorted(int(each["order_id"]) for each in store.query("SELECT order_id FROM orders").to_pylist())


def counts(found: Pulled) -> tuple[int, int]:
    assert found.summary is not None
    return found.summary.events_new, found.summary.events_known


@every
def test_rows_become_orders_by_guesses_alone(store: DuckDBStore, database: Database) -> None:
    database.sell(1, 2, 3, at=None)
    found = pull(store, database.address, QUERY, currency="EUR")
    assert counts(found) == (3, 0)
    assert found.read_as == ("orders: time=created_at, customer=customer_id, order=order_id, value=total",)
    (row,) = store.query(
        "SELECT sum(value) AS money, min(ts) AS first, any_value(currency) AS code FROM orders"
    ).to_pylist()
    assert (str(row["money"]), row["code"]) == ("7.5000", "EUR")
    assert row["first"] == NOON + timedelta(hours=1, microseconds=1)
    assert counts(pull(store, database.address, QUERY, currency="EUR")) == (0, 3)


@every
def test_only_what_is_new_is_read_and_ties_at_the_border_are_not_lost(store: DuckDBStore, database: Database) -> None:
    database.sell(*range(1, 6), at=None)
    first = pull(store, database.address, QUERY, cursor="created_at", **HINTS)
    assert (counts(first), first.since) == ((5, 0), None)
    assert first.until == (NOON + timedelta(hours=5, microseconds=5)).isoformat()
    # One more in the very microsecond of the last, one later; and one before it, which a cursor can't see.
    database.sell(6, at=NOON + timedelta(hours=5, microseconds=5))
    database.sell(7, at=None)
    second = pull(store, database.address, QUERY, cursor="created_at")
    assert second.since == first.until
    assert counts(second)[0] == 2
    assert second.summary is not None
    assert second.summary.rows_read < 7 or database.address.startswith("sqlite")
    assert orders(store) == [1, 2, 3, 4, 5, 6, 7]
    third = pull(store, database.address, QUERY, cursor="created_at")
    assert counts(third)[0] == 0
    assert orders(store) == [1, 2, 3, 4, 5, 6, 7]


def test_a_cursor_of_numbers(store: DuckDBStore, database: Database) -> None:
    database.sell(1, 2, 3)
    assert pull(store, database.address, QUERY, cursor="order_id", **HINTS).until == "3"
    database.sell(4)
    second = pull(store, database.address, QUERY, cursor="order_id")
    assert second.summary is not None
    assert (second.summary.rows_read, counts(second)) == (2, (1, 1))
    assert orders(store) == [1, 2, 3, 4]


def test_what_was_said_once_holds_the_next_time(store: DuckDBStore, database: Database) -> None:
    """A log that knows another currency, and a pull that was told once what its money is in."""
    store.configure(currency="USD")
    database.sell(1)
    pull(store, database.address, QUERY, cursor="order_id", kind="orders", currency="EUR", zone="Asia/Tokyo")
    database.sell(2)
    pull(store, database.address, QUERY, cursor="order_id")
    rows = store.query("SELECT currency, ts FROM orders ORDER BY order_id").to_pylist()
    assert [(each["currency"], each["ts"]) for each in rows] == [("EUR", NOON - timedelta(hours=9))] * 2


@every
def test_rows_alike_are_counted_as_often_as_they_are_there(store: DuckDBStore, database: Database) -> None:
    """Events without ids of their own: two alike at the border stay two, and a third that comes is one more."""
    query = "SELECT who AS customer, sold AS time, note FROM sales"
    given: dict[str, Any] = {"cursor": "time", "kind": "events", "event": "Visited"}
    database.sell(1, 1)
    assert counts(pull(store, database.address, query, **given)) == (2, 0)
    database.sell(1)
    assert counts(pull(store, database.address, query, cursor="time")) == (1, 2)
    assert store.query("SELECT count(*) AS n FROM events WHERE name = 'Visited'").to_pylist() == [{"n": 3}]


def test_a_changed_order_is_brought_up_to_date(store: DuckDBStore, database: Database) -> None:
    database.sell(1, 2)
    pull(store, database.address, QUERY, cursor="created_at", **HINTS)
    database._run("UPDATE sales SET total = 99, sold = ? WHERE id = 1", [
        "2026-03-02 12:00:00" if database.address.startswith("sqlite") else NOON + timedelta(days=1)])  # fmt: skip
    found = pull(store, database.address, QUERY, cursor="created_at")
    assert found.summary is not None
    assert found.summary.orders_updated == 1
    (row,) = store.query("SELECT value FROM orders WHERE order_id = '1'").to_pylist()
    assert str(row["value"]) == "99.0000"


def test_rows_without_a_value_in_the_cursor_are_always_read(store: DuckDBStore, database: Database) -> None:
    query = "SELECT id AS user_id, note, CASE WHEN id < 10 THEN total END AS upto FROM sales"
    database.sell(1, 20)
    pull(store, database.address, query, cursor="upto", kind="customers", mapping={"customer": "user_id"})
    database.sell(2, 30)
    pull(store, database.address, query, cursor="upto")
    assert store.query("SELECT count(*) AS n FROM customers").to_pylist() == [{"n": 4}]


def test_the_mark_is_kept_with_the_rows_or_not_at_all(store: DuckDBStore, database: Database) -> None:
    database.sell(1, 2)

    def broken(at: Any) -> None:
        if at.stage == "loading":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull(store, database.address, QUERY, cursor="order_id", progress=broken, **HINTS)
    again = pull(store, database.address, QUERY, cursor="order_id", **HINTS)
    assert (again.since, counts(again)) == (None, (2, 0))
    database.sell(3)
    tried = pull(store, database.address, QUERY, cursor="order_id", dry_run=True)
    assert (tried.since, counts(tried)) == ("2", (1, 1))
    assert pull(store, database.address, QUERY, cursor="order_id").since == "2"


def test_an_import_that_was_taken_back_is_read_anew(store: DuckDBStore, database: Database) -> None:
    database.sell(1, 2)
    pull(store, database.address, QUERY, cursor="order_id", **HINTS)
    assert [each.name for each in store.imports()] == ["sales"]
    store.undo("sales")
    found = pull(store, database.address, QUERY, cursor="order_id", **HINTS)
    assert (found.since, counts(found)) == (None, (2, 0))


def test_full_reads_all_again_and_another_query_has_a_mark_of_its_own(store: DuckDBStore, database: Database) -> None:
    database.sell(1, 2)
    pull(store, database.address, QUERY, cursor="order_id", **HINTS)
    full = pull(store, database.address, QUERY, cursor="order_id", full=True)
    assert (full.since, counts(full)) == (None, (0, 2))
    assert pull(store, database.address, f"{QUERY} WHERE id > 0", cursor="order_id", **HINTS).since is None
    assert pull(store, database.address, QUERY, cursor="created_at").since is None


def test_nothing_there_is_no_error(store: DuckDBStore, database: Database) -> None:
    found = pull(store, database.address, QUERY, cursor="order_id", **HINTS)
    assert (found.summary, found.until) == (None, None)
    assert not store.exists or orders(store) == []


def test_lines_of_orders_are_not_cut_in_two(store: DuckDBStore, database: Database) -> None:
    database.sell(1, 1, 2, at=None)
    with pytest.raises(MappingError, match="lines of orders"):
        pull(store, database.address, QUERY, cursor="created_at", kind="lines")
    assert counts(pull(store, database.address, QUERY, kind="lines", currency="EUR")) == (2, 0)


@every
def test_what_can_be_no_cursor_is_refused(store: DuckDBStore, database: Database) -> None:
    database.sell(1)
    with pytest.raises(MappingError, match="did you mean created_at"):
        pull(store, database.address, QUERY, cursor="created")
    if database.address.startswith("postgres"):
        with pytest.raises(MappingError, match="only grows"):
            pull(store, database.address, QUERY, cursor="customer_id")


@every
def test_a_query_that_the_engine_refuses(store: DuckDBStore, database: Database) -> None:
    with pytest.raises(SourceError, match="sals"):
        pull(store, database.address, "SELECT * FROM sals")


def test_kinds_that_no_driver_hands_over_become_texts(store: DuckDBStore, server: str) -> None:
    query = """SELECT 'u1' AS customer, now() AS time, '{"a": [1]}'::jsonb AS doc, gen_random_uuid() AS u,
        ARRAY[1, 2] AS l, 12345678901234567890.123456789::numeric AS n, '1 day'::interval AS i, '10:00'::time AS t,
        true AS b, NULL AS x"""
    assert counts(pull(store, server, query, kind="events", event="Odd")) == (1, 0)
    (row,) = store.query("SELECT properties ->> '$.n' AS n, properties ->> '$.b' AS b FROM events").to_pylist()
    assert row == {"n": "12345678901234567890.123456789", "b": "true"}


# -- passwords ----------------------------------------------------------------------------------------------------


def test_addresses_without_their_secrets() -> None:
    assert with_password("postgres://anna@db/shop?sslmode=require", "p@ss/word:1") == (
        "postgres://anna:p%40ss%2Fword%3A1@db/shop?sslmode=require"
    )
    with pytest.raises(MappingError, match="no user"):
        with_password("postgres://db/shop", "secret")
    for address in ("postgres://anna:secret@db/shop", "mysql://db/shop?user=a&password=secret"):
        assert has_password(address)
        assert "secret" not in without_secrets(address)
    assert not has_password("postgres://anna@db/shop?sslmode=require")
    assert (
        without_secrets("postgres://anna:secret@db/shop?sslmode=require") == "postgres://anna@db/shop?sslmode=require"
    )


def test_a_password_is_nowhere_afterwards(server: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
                                          monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    """The server trusts everybody on its socket; what is looked for is where the password would stay."""
    secret = "correct-horse-battery"
    monkeypatch.setenv("CHERISH_PULL_PASSWORD", secret)
    folder = tmp_path / "workspace"
    query = "SELECT 'u1' AS customer, timestamp '2026-01-01 10:00' AS time, 3 AS step"
    words = ["pull", server, "--query", query, "--cursor", "time", "--kind", "events", "--workspace", str(folder)]
    with pytest.raises(SystemExit) as left:
        main(words)
    found = capsys.readouterr()
    assert left.value.code == 0, found.err
    assert "read as events" in found.out
    assert "Next time: rows from time 2026-01-01T10:00:00 on" in found.out
    assert secret not in found.out + found.err
    files = [Path(each) / name for each, _, names in os.walk(folder) for name in names]
    assert files
    assert all(secret.encode() not in file.read_bytes() for file in files)
    with pytest.raises(SystemExit) as left:
        main(["pull", f"postgres://cherish:{secret}@/postgres", "--query", query, "--workspace", str(folder)])
    found = capsys.readouterr()
    assert left.value.code == 2
    assert "CHERISH_PULL_PASSWORD" in found.err
    assert secret not in found.err
    with pytest.raises(SystemExit):
        main(["pull", "postgres://cherish@127.0.0.1:1/x", "--query", query, "--workspace", str(folder)])
    assert secret not in capsys.readouterr().err
