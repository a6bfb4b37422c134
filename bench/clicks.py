"""A made-up year of clicks and orders, the same on every machine: a few customers do much, most do little."""

from __future__ import annotations

from pathlib import Path

from bench.logs import loaded
from cherish.store.duckdb import DuckDBStore

EVENTS, CUSTOMERS = 10_000_000, 1_000_000

# Every customer has one event; the others fall to customer number u * u of them, at any second of 365 days.
_STAGED = """CREATE TEMP TABLE staged AS
SELECT i::VARCHAR AS message_id, 'track' AS type, name, ts, ts AS received_at, NULL::VARCHAR AS anonymous_id,
       who::VARCHAR AS user_id, 'clicks' AS source,
       CASE WHEN name = 'Order Completed' THEN (500 + hash(i + 4) % 20000) / 100 END::DECIMAL(18, 4) AS value,
       CASE WHEN name = 'Order Completed' THEN 'USD' END AS currency,
       CASE WHEN name = 'Order Completed' THEN i::VARCHAR END AS order_id,
       NULL::JSON AS properties, NULL::JSON AS context
FROM (
    SELECT i, TIMESTAMP '2023-01-01' + to_seconds((hash(i + 1) % 31536000)::BIGINT) AS ts,
           CASE WHEN i < {customers} THEN i
                ELSE floor({customers} * power((hash(i + 2) % 1000000) / 1000000, 2))::BIGINT END AS who,
           CASE WHEN hash(i + 3) % 100 < 8 THEN 'Order Completed' WHEN hash(i + 3) % 100 < 30 THEN 'Product Viewed'
                WHEN hash(i + 3) % 100 < 36 THEN 'Product Added' ELSE 'Page Viewed' END AS name
    FROM range({events}) numbers(i))"""


def build(folder: Path, events: int = EVENTS, customers: int = CUSTOMERS) -> DuckDBStore:
    """The log: in UTC, without refunds."""
    return loaded(folder, "clicks", _STAGED.format(events=events, customers=customers))
