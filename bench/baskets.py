"""The Complete Journey transactions, several times over, as a log; and a log that lends only its raw events."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from cherish.store.contract import Origin
from cherish.store.duckdb import DuckDBStore

FOLDER = Path(os.environ.get("CHERISH_DATASETS") or Path(__file__).parents[2] / "shared" / "datasets")
ROWS = FOLDER / "complete_journey" / "transactions.parquet"
HAND = Path(__file__).parent / "hand_sql"

STAGED = """CREATE TEMP TABLE staged AS
SELECT concat_ws('-', copy, {id}) AS message_id, 'track' AS type, 'Order Completed' AS name, ts, ts AS received_at,
       NULL::VARCHAR AS anonymous_id, (copy * 10000 + household_id)::VARCHAR AS user_id, 'journey' AS source, value,
       'USD' AS currency, (copy * 1000000000000 + basket_id)::VARCHAR AS order_id, NULL::JSON AS properties,
       NULL::JSON AS context
FROM ({rows}), range({copies}) copies(copy)"""
LINES = """SELECT row_number() OVER () AS line, household_id, basket_id, transaction_timestamp::TIMESTAMP AS ts,
    sales_value::DECIMAL(18, 4) AS value FROM read_parquet('{path}')"""
BASKETS = (
    """SELECT household_id, basket_id, min(ts) AS ts, sum(value)::DECIMAL(18, 4) AS value FROM ({lines}) GROUP BY ALL"""
)


def build(folder: Path, rows: Path = ROWS, copies: int = 7, lines: bool = False) -> DuckDBStore:
    """A log of `copies` times the transactions: an event per basket, or (`lines`) one per line: 10,285,149 of seven."""
    store = DuckDBStore(folder)
    each = LINES.format(path=rows)
    given = each if lines else BASKETS.format(lines=each)
    with store.loading(Origin("journey", "events")) as load:
        load.connection.execute(STAGED.format(id="line" if lines else "basket_id", rows=given, copies=copies))
        load.events("staged")
        load.connection.execute("DROP TABLE staged")
    return store


class RawEvents:
    """A log that keeps no days of its own: whatever is asked must come from its events."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def activity(self) -> None:
        """No maintained days."""

    def orders(self) -> None:
        """No maintained orders."""


def hand(names: Iterable[str], **values: Any) -> list[str]:
    """Hand-written statements, filled in."""
    return [(HAND / f"{name}.sql").read_text().format(**values) for name in names]


def fastest(ask: Callable[[str], Any], statements: list[str], runs: int = 3) -> str:
    """The statement with the least median time: ours is held against the best of several."""

    def seconds(statement: str) -> float:
        times = []
        for _ in range(runs + 1):
            start = time.perf_counter()
            ask(statement)
            times.append(time.perf_counter() - start)
        return statistics.median(times[1:])

    return min(statements, key=seconds)
