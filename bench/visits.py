"""A made-up half year of visits: clicks in bursts of one to seven, the same everywhere; a few customers come often."""

from __future__ import annotations

from pathlib import Path

from bench.logs import loaded
from cherish.store.duckdb import DuckDBStore

VISITS, CUSTOMERS = 2_500_000, 1_000_000
"""Four events a visit: ten million events."""

# Every customer has one visit; the others fall to customer number u * u of them, at any time of 26 weeks. Within a
# visit each event comes 7 to 186 seconds after the one before it. Millionths of a second tell events of different
# visits apart, so that every way sees them in one order.
_STAGED = """CREATE TEMP TABLE staged AS
SELECT (visit * 8 + place)::VARCHAR AS message_id, 'track' AS type, name, ts, ts AS received_at,
       NULL::VARCHAR AS anonymous_id, who::VARCHAR AS user_id, 'visits' AS source,
       CASE WHEN name = 'Order Completed' THEN (500 + hash(visit + 4) % 20000) / 100 END::DECIMAL(18, 4) AS value,
       CASE WHEN name = 'Order Completed' THEN 'USD' END AS currency,
       CASE WHEN name = 'Order Completed' THEN (visit * 8 + place)::VARCHAR END AS order_id,
       NULL::JSON AS properties, NULL::JSON AS context
FROM (
    SELECT visit, place, who, begins + to_seconds((place * 180 + hash(visit * 8 + place) % 180)::BIGINT + 7) AS ts,
           CASE WHEN hash(visit * 8 + place + 5) % 100 < 8 THEN 'Order Completed'
                WHEN hash(visit * 8 + place + 5) % 100 < 30 THEN 'Product Viewed'
                WHEN hash(visit * 8 + place + 5) % 100 < 36 THEN 'Product Added'
                WHEN hash(visit * 8 + place + 5) % 100 < 41 THEN 'Products Searched' ELSE 'Page Viewed' END AS name
    FROM (
        SELECT visit, TIMESTAMP '2023-01-02' + to_seconds((hash(visit + 1) % 15724800)::BIGINT)
                      + to_microseconds((hash(visit + 6) % 1000000)::BIGINT) AS begins,
               CASE WHEN visit < {customers} THEN visit
                    ELSE floor({customers} * power((hash(visit + 2) % 1000000) / 1000000, 2))::BIGINT END AS who,
               unnest(range((1 + hash(visit + 3) % 7)::BIGINT)) AS place
        FROM range({visits}) numbers(visit)))"""


def build(folder: Path, visits: int = VISITS, customers: int = CUSTOMERS) -> DuckDBStore:
    """The log: in UTC, without refunds."""
    return loaded(folder, "visits", _STAGED.format(visits=visits, customers=customers))
