"""Asking a table where it lies: addresses, columns, and what is said when they don't fit."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

import cherish
from cherish.cli._options import pairs
from cherish.errors import MappingError, SourceError, Unsupported
from cherish.store.connect import hidden, public
from cli.conftest import Run

SECRET = "p%40ss:w0rd"  # of nobody


@pytest.fixture
def shop(tmp_path: Path) -> str:
    with duckdb.connect(tmp_path / "shop.duckdb") as made:
        made.execute("""CREATE TABLE sales AS SELECT * FROM (VALUES
            ('a', TIMESTAMP '2024-01-01 09:00', '1', 10.50, 'x'), ('b', TIMESTAMP '2024-01-02 09:00', '2', 20.00, 'y'),
            ('a', TIMESTAMP '2024-01-03 09:00', '3', 5.25, 'x'), ('c', TIMESTAMP '2024-01-03 10:00', '', NULL, 'x')
            ) AS t(customer_id, ts, order_id, amount, plan)""")
        made.execute("CREATE TABLE two AS SELECT *, customer_id AS user_id, ts AS created_at FROM sales")
        made.execute("CREATE SCHEMA old")
        made.execute("CREATE TABLE old.sales AS FROM sales LIMIT 1")
    return f"duckdb://{tmp_path}/shop.duckdb"


def test_a_report_runs_where_the_table_lies_and_says_what_it_took(run: Run, shop: str) -> None:
    code, out, err = run("measure", "monetary", "--on", shop, "--table", "sales", "--map", "currency=EUR")
    assert (code, err) == (
        0, "columns of sales: customer=customer_id, time=ts, value=amount, currency=EUR, order=order_id\n",
    )  # fmt: skip
    assert out.splitlines()[0].startswith("monetary: ")
    log = cherish.read(shop, table="sales", mapping={"traits": "plan"})
    assert log.facts.names == {"Order Completed": 3, "Event": 1}
    grouped = log.measure("frequency", by="plan").table
    assert dict(zip(grouped["plan"].to_pylist(), grouped["customers"].to_pylist(), strict=True)) == {"x": 2, "y": 1}
    assert cherish.read(shop, table="old.sales").facts.rows["events"] == 1


def test_what_fits_twice_or_not_at_all_is_refused_with_the_columns(shop: str) -> None:
    with pytest.raises(MappingError, match=r"customer: customer_id, user_id could each be it\. Say --map customer="):
        cherish.read(shop, table="two")
    with pytest.raises(MappingError, match=r"which column is the time\? .* there are customer_id, ts, order_id"):
        cherish.read(shop, table="sales", mapping={"time": ""})
    with pytest.raises(MappingError, match=r"a table has no such role; there are customer, time, event"):
        cherish.read(shop, table="sales", mapping=pairs(["price=amount"]))
    with pytest.raises(MappingError, match=r"the table has no such column; there are customer_id"):
        cherish.read(shop, table="sales", value="money")


def test_a_table_that_is_not_there(run: Run, shop: str) -> None:
    code, _, err = run("report", "overview", "--on", shop, "--table", "sale")
    assert (code, "did you mean sales?" in err) == (2, True)
    code, _, err = run("report", "overview", "--on", shop)
    assert (code, "there are sales, two" in err) == (2, True)
    code, _, err = run("report", "overview", "--table", "sales")
    assert (code, "Say --on ADDRESS" in err) == (2, True)
    assert run("report", "overview", "--on", shop, "--table", "sales", "--file", "x.csv")[0] == 2


@pytest.mark.parametrize("address", [
    f"clickhouse://me:{SECRET}@localhost:9/db", f"postgres://me:{SECRET}@localhost:9/db",
    f"foo://me:{SECRET}@localhost/db", f"clickhouse://localhost:9/db?password={SECRET}",
])  # fmt: skip
def test_no_error_tells_a_password(run: Run, address: str) -> None:
    code, out, err = run("report", "overview", "--on", address, "--table", "events")
    assert code == 2
    assert err
    for secret in (SECRET, "p@ss", "w0rd"):
        assert secret not in out + err
    with pytest.raises((SourceError, Unsupported)) as raised:
        cherish.read(address, table="events")
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


def test_an_address_is_shown_without_its_secrets() -> None:
    address = f"postgres://me:{SECRET}@host:5432/db?sslpassword=hush"
    assert public(address) == "postgres://host:5432/db"
    assert hidden(f"no {SECRET} for p@ss:w0rd, hush", address) == "no *** for ***, ***"


def test_a_missing_driver_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyspark.sql", None)
    with pytest.raises(Unsupported, match=r"spark:// needs a driver that is not here .*cherish\[spark\]"):
        cherish.read("spark://localhost:7077", table="events")


def test_clickhouse_in_process(tmp_path: Path) -> None:
    connect = pytest.importorskip("clickhouse_connect")
    pytest.importorskip("chdb")
    client = connect.get_client(interface="chdb")
    client.command("CREATE TABLE clicks (user_id String, ts DateTime, event LowCardinality(String)) ENGINE = Memory")
    client.command(
        "INSERT INTO clicks VALUES ('a', '2024-01-01 23:30:00', 'Page'), ('', '2024-01-02 00:30:00', 'Page')"
    )
    log = cherish.read("chdb://", table="clicks", zone="Asia/Kolkata")
    assert (log.facts.rows["customers"], log.facts.names) == (1, {"Page": 1})
    assert log.measure("tenure").table["customer"].to_pylist() == ["a"]
