"""The logs that are asked: the Complete Journey transactions several times over, and one that lends only raw events."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import duckdb

from bench.words import EVENT
from cherish.demo import complete_journey
from cherish.errors import Unanswerable
from cherish.store.contract import Origin
from cherish.store.duckdb import DuckDBStore

COPIES = 7
LINES = 10_285_149
"""Rows of seven copies."""

_SEVERAL = """SELECT (copy * 10000 + household_id)::BIGINT AS household_id, store_id,
    (copy * 1000000000000 + basket_id)::BIGINT AS basket_id, t.* EXCLUDE (household_id, store_id, basket_id)
FROM range({copies}) copies(copy), (SELECT * FROM read_parquet('{file}') {sample}) AS t"""

_STAGED = """CREATE TEMP TABLE staged AS
SELECT row_number() OVER ()::VARCHAR AS message_id, 'track' AS type, '{event}' AS name,
       transaction_timestamp::TIMESTAMP AS ts, transaction_timestamp::TIMESTAMP AS received_at,
       NULL::VARCHAR AS anonymous_id, household_id::VARCHAR AS user_id, 'journey' AS source,
       sales_value::DECIMAL(18, 4) AS value, 'USD' AS currency, row_number() OVER ()::VARCHAR AS order_id,
       NULL::JSON AS properties, NULL::JSON AS context
FROM read_parquet('{file}')"""

# The same lines as clicks: a line is named by the department of its product; lines of a basket follow each other by
# millionths of a second, so that every way sees them in one order.
_DEPARTMENTS = """CREATE TEMP TABLE staged AS
SELECT (row_number() OVER ())::VARCHAR AS message_id, 'track' AS type, coalesce(department, 'OTHER') AS name,
       bought + to_microseconds(row_number() OVER basket) AS ts,
       ts AS received_at, NULL::VARCHAR AS anonymous_id, household_id::VARCHAR AS user_id, 'departments' AS source,
       NULL::DECIMAL(18, 4) AS value, NULL::VARCHAR AS currency, NULL::VARCHAR AS order_id,
       NULL::JSON AS properties, NULL::JSON AS context
FROM (SELECT *, transaction_timestamp::TIMESTAMP AS bought FROM read_parquet('{file}')) LEFT JOIN
     (SELECT product_id, department FROM read_parquet('{products}')) USING (product_id)
WINDOW basket AS (PARTITION BY household_id, bought ORDER BY basket_id, product_id, quantity)"""


def transactions() -> Path:
    """The file of transactions: in the folder of data sets, else in the package that the extra `demo` installs.

    Raises:
        Unanswerable: it is in neither place.
    """
    folder = Path(os.environ.get("CHERISH_DATASETS") or Path(__file__).parents[2] / "shared" / "datasets")
    given = folder / "complete_journey" / "transactions.parquet"
    if given.exists():
        return given
    try:
        return complete_journey.folder() / "transactions.parquet"
    except Unanswerable as error:
        raise Unanswerable(
            f"no Complete Journey: neither in {folder} (CHERISH_DATASETS), nor from a package: {error}"
        ) from error


def write(file: Path, copies: int = COPIES, seed: int | None = None) -> int:
    """Write the copies as one Parquet file, and return its rows; with a seed, of a fifteenth of the households."""
    sample = "" if seed is None else f"WHERE hash(household_id + {seed}) % 15 = 0"
    rows = _SEVERAL.format(copies=copies, file=transactions(), sample=sample)
    with duckdb.connect() as connection:
        connection.execute("SET preserve_insertion_order = false")
        connection.execute(f"COPY ({rows}) TO '{file}' (FORMAT parquet)")
        return int(connection.execute(f"SELECT count(*) FROM '{file}'").fetchall()[0][0])


def of_lines(folder: Path, file: Path) -> DuckDBStore:
    """A log with an event for each line of the file, each an order of its own: as many events as the file has rows."""
    return loaded(folder, "lines", _STAGED.format(event=EVENT, file=file))


def of_departments(folder: Path, file: Path) -> DuckDBStore:
    """A log with a click for each line of the file, named by the department of the product."""
    products = transactions().with_name("products.parquet")
    return loaded(folder, "departments", _DEPARTMENTS.format(file=file, products=products))


def loaded(folder: Path, name: str, staging: str) -> DuckDBStore:
    """A new log with the events that a statement stages."""
    store = DuckDBStore(folder)
    with store.loading(Origin(name, "events")) as load:
        load.connection.execute(staging)
        load.events("staged")
        load.connection.execute("DROP TABLE staged")
    return store


class RawEvents:
    """A log that keeps no days and no orders of its own: whatever is asked must come from its events."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def activity(self) -> None:
        """No maintained days."""

    def orders(self) -> None:
        """No maintained orders."""
