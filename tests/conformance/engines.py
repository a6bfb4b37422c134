"""The engines that are held to the same answers: each takes the company's table, and is asked through `TableLog`."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import Any

import ibis
import pyarrow as pa
import pytest

from cherish.library import Log
from cherish.store.table import TableLog
from cherish.store.types import plain, schema_of
from conformance.company import ROLES, Company

REFERENCE = "duckdb"
ENGINES = tuple(filter(None, os.environ.get("CHERISH_ENGINES", "clickhouse").split(",")))
"""The engines besides DuckDB. In CI ClickHouse, in process; `make conformance` adds Postgres (CHERISH_POSTGRES holds
its address), `make conformance-spark` asks a cluster (CHERISH_SPARK holds its address)."""


@cache
def backend(engine: str) -> Any:
    """The engine's Ibis backend, one for all tests of a process."""
    return _BACKENDS[engine]()


def duckdb() -> Any:
    return ibis.duckdb.connect()


def clickhouse() -> Any:
    connect = pytest.importorskip("clickhouse_connect")
    pytest.importorskip("chdb")
    from ibis.backends.clickhouse import Backend

    return Backend.from_connection(connect.get_client(interface="chdb"))


def postgres() -> Any:
    return ibis.connect(os.environ["CHERISH_POSTGRES"])


def spark() -> Any:
    from cherish.store.connect import backend_of

    return backend_of(os.environ.get("CHERISH_SPARK", "spark://local[2]"))


_BACKENDS: dict[str, Callable[[], Any]] = {
    "duckdb": duckdb, "clickhouse": clickhouse, "postgres": postgres, "spark": spark,
}  # fmt: skip


def placed(engine: str, table: Any, name: str) -> Any:
    """The table on the engine, under this name."""
    there = backend(engine)
    if engine == "spark":
        there._session.createDataFrame(table).createOrReplaceTempView(name)
        there._session.sql(f"CACHE TABLE {name}")
        return there.table(name)
    if engine != "clickhouse":
        return there.create_table(name, table, overwrite=True)
    there.create_table(name, schema=schema_of(table), overwrite=True)
    there.con.insert_arrow(name, plain(table))
    return there.table(name)


@cache
def log_on(engine: str, company: Company) -> Log:
    """The company as a log on an engine."""
    name = "events_" + company.zone.lower().replace("/", "_")
    return Log(TableLog.of(placed(engine, company.table, name), zone=company.zone, **ROLES))


def on_every(engine: str, rows: Any) -> tuple[Any, Any, Any]:
    """A table on the reference and on an engine, with what runs expressions there."""
    from cherish.store.engines import engine_of

    assert isinstance(rows, pa.Table)
    made = placed(engine, rows, "probe")
    return made, engine_of(made), made.get_backend()
