"""The event log in one DuckDB file: the embedded default, and the only place that opens the engine."""

from cherish.store.duckdb.log import DuckDBStore

__all__ = ["DuckDBStore"]
