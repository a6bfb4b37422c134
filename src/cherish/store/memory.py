"""The log without a file: for tests, notebooks and one-off questions; the same store, gone when it is closed."""

from __future__ import annotations

from cherish.clock import Clock, system_clock
from cherish.store.duckdb import DuckDBStore
from cherish.store.duckdb.connections import Limits


def memory(*, limits: Limits | None = None, clock: Clock = system_clock) -> DuckDBStore:
    """An empty log that lives as long as the object."""
    return DuckDBStore(None, limits=limits, clock=clock)
