"""A made-up half year of visits: clicks in bursts of one to seven, the same everywhere; a few customers come often."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from bench.answers import Answer
from bench.frames import frames
from bench.logs import RawEvents, Span, loaded
from bench.question import FOLDER
from bench.side import HAND, OURS, Row, Way, compare, quickest
from cherish.library import Log
from cherish.store.duckdb import DuckDBStore

VISITS, CUSTOMERS = 2_500_000, 1_000_000
"""Four events a visit: ten million events."""
VIEWS, ORDER = ("Page Viewed", "Product Viewed"), "Order Completed"

# Every customer has one visit; the others fall to customer number u * u of them, at any second of 26 weeks. Within a
# visit each event comes 7 to 186 seconds after the one before it.
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
        SELECT visit, TIMESTAMP '2023-01-02' + to_seconds((hash(visit + 1) % 15724800)::BIGINT) AS begins,
               CASE WHEN visit < {customers} THEN visit
                    ELSE floor({customers} * power((hash(visit + 2) % 1000000) / 1000000, 2))::BIGINT END AS who,
               unnest(range((1 + hash(visit + 3) % 7)::BIGINT)) AS place
        FROM range({visits}) numbers(visit)))"""


def build(folder: Path, visits: int = VISITS, customers: int = CUSTOMERS) -> DuckDBStore:
    """The log: in UTC, without refunds."""
    return loaded(folder, "visits", _STAGED.format(visits=visits, customers=customers))


def compared(
    store: Any,
    title: str,
    ours: Callable[[Log], Any],
    plain: Callable[[Any], Answer],
    hand: tuple[str, ...],
    by: Mapping[str, Callable[[Any, Span], Any]],
    rounds: int,
    raw: bool = False,
    **places: Any,
) -> Row:
    """Our report beside the quickest of the statements written by hand, and frames; all give the same columns.

    With `raw` the log lends only its events, no maintained days, for reports that would read those.
    """
    span, log = Span.of(store), Log(RawEvents(store) if raw else store)
    statements = {name: (FOLDER / f"{name}.sql").read_text().format(end=span.end, **places) for name in hand}
    kept = frames(store)
    with store.session():
        best = quickest({name: partial(store.query, text) for name, text in statements.items()})
        ways = {OURS: Way(lambda: ours(log), plain), HAND: Way(lambda: store.query(statements[best]), plain)}
        for name, work in by.items():
            if name in kept:
                ways[name] = Way(partial(work, kept[name], span), plain)
        return Row(title, "raw events", store.facts.rows["events"], compare(ways, rounds), best)
