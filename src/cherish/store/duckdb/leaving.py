"""Events that leave the log for good, and everything that was known by them alone: keys, evidence, days, orders.

What is touched stands in the temporary tables of that name, as in upkeep.py; the keys that go stand in `lost`.
"""

# ruff: noqa: S608  # statements are put together from our own texts only; values go in as parameters
from __future__ import annotations

from typing import Any

from cherish.store.duckdb import fingerprint, schema, upkeep
from cherish.store.duckdb.reading import OWN_ORDER

_LEAVING = """
    CREATE OR REPLACE TEMP TABLE leaving AS
    SELECT event_id, customer_id, coalesce(order_id, {own}) AS order_id FROM events WHERE {condition}"""

_CARRIED = """
    CREATE OR REPLACE TEMP TABLE carried AS
    WITH asked AS (SELECT kind, key FROM identities SEMI JOIN touched_customers USING (customer_id))
    SELECT 'user_id' AS kind, user_id AS key FROM events
    WHERE user_id IN (SELECT key FROM asked WHERE kind = 'user_id')
    UNION SELECT 'anonymous_id', anonymous_id FROM events
    WHERE anonymous_id IN (SELECT key FROM asked WHERE kind = 'anonymous_id')"""

# A trusted identifier is known for the users who say it.
_TRUSTED = """
    INSERT INTO lost
    SELECT kind, key FROM identities SEMI JOIN touched_customers USING (customer_id)
    WHERE kind NOT IN ('user_id', 'anonymous_id') AND (kind, key) NOT IN (
        SELECT (kind_a, key_a) FROM edges
        WHERE reason = 'trusted' AND (kind_b, key_b) NOT IN (SELECT (kind, key) FROM lost))"""


def take(connection: Any, condition: str) -> int:
    """Delete the events of a condition, with what is kept of each elsewhere; how many. They stand in `leaving`."""
    run = connection.execute
    run(_LEAVING.format(condition=condition, own=OWN_ORDER))
    fingerprint.take(connection, condition)
    gone = int(schema.one(connection, f"DELETE FROM events WHERE {condition}"))
    if gone:
        run("DELETE FROM repeats WHERE event_id IN (SELECT event_id FROM leaving)")
    return gone


def show_carried(connection: Any) -> None:
    """Leave in `carried` which keys of the touched customers events still carry."""
    connection.execute(_CARRIED)


def add_trusted(connection: Any) -> None:
    """Add to `lost` the trusted identifiers that only lost users said."""
    connection.execute(_TRUSTED)


def settle(connection: Any) -> None:
    """Bring activity, orders and customers in step, once keys and edges are."""
    run = connection.execute
    run("DELETE FROM noise_keys WHERE (kind, key) IN (SELECT (kind, key) FROM lost)")
    run("INSERT INTO touched_customers SELECT old FROM shifted UNION SELECT new FROM shifted "
        "UNION SELECT customer_id FROM reseated")  # fmt: skip
    run("CREATE OR REPLACE TEMP TABLE touched_orders AS SELECT DISTINCT order_id FROM leaving "
        "WHERE order_id IS NOT NULL UNION SELECT order_id FROM moved_orders")  # fmt: skip
    upkeep.redo_activity(connection)
    upkeep.redo_orders(connection)
    upkeep.redo_customers(connection)
    for table in ("leaving", "carried"):
        run(f"DROP TABLE {table}")
