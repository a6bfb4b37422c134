"""Foreign engines: what Ibis must be told about each, so that one definition means the same on all of them."""

from __future__ import annotations

from typing import Any

from cherish.store.engines.backend import Backend


def engine_of(table: Any) -> Backend:
    """The engine of a bound Ibis table, with what is known of its kind."""
    backend = table.get_backend()
    if backend.name == "clickhouse":
        from cherish.store.engines.clickhouse import ClickHouse

        return ClickHouse(backend)
    if backend.name == "postgres":
        from cherish.store.engines.postgres import Postgres

        return Postgres(backend)
    if backend.name == "pyspark":
        from cherish.store.engines.spark import Spark

        return Spark(backend)
    return Backend(backend)
