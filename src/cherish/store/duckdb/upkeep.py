"""Activity, orders and customers kept in step with events: added to as rows come, computed anew where rows go.

Both ways compile the expressions of spec/derive.py, so increments and a rebuild can't drift apart. Every function
works inside the caller's transaction; what is touched stands in the temporary tables of that name.
"""

# ruff: noqa: S608  # statements are put together from our own texts only; values go in as parameters
from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import ibis

from cherish.spec import derive
from cherish.spec.calendar import Calendar
from cherish.spec.relations import ACTIVITY, EVENTS, ORDERS
from cherish.store.duckdb import noise, schema
from cherish.store.duckdb.reading import OWN_ORDER, Reading
from cherish.store.duckdb.statements import compiled

PART = 2_000_000
"""Events that one grouping takes at a time, so that memory stays bounded whatever the size of a load."""

_FOLD = """
    SELECT customer_id, arg_max(created_at, (said_at, place)) FILTER (created_at IS NOT NULL) AS created_at,
        list_reduce(list(coalesce(traits, '{}') ORDER BY said_at, place),
            lambda old, new: json_merge_patch(old, new), '{}'::JSON) AS traits
    FROM traits SEMI JOIN touched_customers USING (customer_id) GROUP BY customer_id"""

# A beginning that is told for the first time can only be earlier than the first event, or not matter.
_RETELL = """
    UPDATE customers SET traits = folded.traits, created_at = folded.created_at,
        first_seen = least(customers.first_seen, folded.created_at)
    FROM folded WHERE customers.customer_id = folded.customer_id
        AND (customers.created_at IS NULL OR customers.created_at = folded.created_at)"""

_BEGAN_ELSEWHEN = """
    CREATE OR REPLACE TEMP TABLE touched_customers AS
    SELECT customer_id FROM folded JOIN customers USING (customer_id)
    WHERE customers.created_at IS DISTINCT FROM folded.created_at
    UNION SELECT customer_id FROM folded ANTI JOIN customers USING (customer_id)"""

# Of most touched customers their rows say when they were seen: to look for it in all of activity takes as long as a
# small load. Only a beginning that was told may hide the first event, and is then the first that was seen itself.
_STOOD = """
    CREATE OR REPLACE TEMP TABLE stood AS
    SELECT coalesce(merged.new, customers.customer_id) AS customer_id, min(first_seen) AS first_ts,
        max(last_seen) AS last_ts
    FROM (FROM customers SEMI JOIN touched_customers USING (customer_id)) AS customers
    LEFT JOIN {merged} AS merged ON merged.old = customers.customer_id
    GROUP BY ALL HAVING bool_and(first_seen IS NOT NULL AND (created_at IS NULL OR first_seen < created_at))"""

_NOBODY_STOOD = "CREATE OR REPLACE TEMP TABLE stood (customer_id BIGINT, first_ts TIMESTAMP, last_ts TIMESTAMP)"

_SEEN = """
    FROM stood UNION ALL
    SELECT customer_id, min(first_ts) AS first_ts, max(last_ts) AS last_ts
    FROM activity SEMI JOIN (FROM touched_customers ANTI JOIN stood USING (customer_id)) AS asked USING (customer_id)
    GROUP BY customer_id"""

# The user id first seen. One that is an anonymous id, too, is another tool's way to write an alias: it comes last.
_RANKED = """
    SELECT customer_id, kind, key,
        CASE WHEN kind = 'anonymous_id' THEN 2 WHEN kind <> 'user_id' THEN 3
            WHEN bool_or(kind = 'anonymous_id') OVER (PARTITION BY customer_id, key) THEN 1 ELSE 0 END AS rank,
        CASE WHEN kind = 'user_id' AND first_at IS NOT NULL THEN first_at ELSE TIMESTAMP 'infinity' END AS first
    FROM identities SEMI JOIN touched_customers USING (customer_id)"""

_CUSTOMERS = f"""
    INSERT INTO customers
    SELECT who.customer_id, who.customer, who.identified, least(seen.first_ts, said.created_at), seen.last_ts,
        said.created_at, said.traits
    FROM (
        SELECT customer_id, arg_min(key, (rank, first, key)) AS customer, bool_or(kind = 'user_id') AS identified
        FROM ({_RANKED}) GROUP BY customer_id) who
    LEFT JOIN ({_SEEN}) seen USING (customer_id)
    LEFT JOIN ({_FOLD}) said USING (customer_id)
    WHERE seen.customer_id IS NOT NULL OR said.customer_id IS NOT NULL"""

_MERGE = """
    MERGE INTO activity USING ({delta}) AS new
    ON activity.customer_id = new.customer_id AND activity.day = new.day AND activity.day >= DATE '{first}'
        AND activity.name IS NOT DISTINCT FROM new.name AND activity.currency IS NOT DISTINCT FROM new.currency
    WHEN MATCHED THEN UPDATE SET
        n = activity.n + new.n,
        value = CASE WHEN activity.value IS NULL THEN new.value WHEN new.value IS NULL THEN activity.value
            ELSE activity.value + new.value END,
        first_ts = least(activity.first_ts, new.first_ts), last_ts = greatest(activity.last_ts, new.last_ts)
    WHEN NOT MATCHED THEN INSERT"""

_SEE = """
    MERGE INTO customers USING (
        SELECT customer_id, coalesce(any_value(user_id), any_value(anonymous_id)) AS customer,
            bool_or(user_id IS NOT NULL) AS identified, min(ts) AS first_ts, max(ts) AS last_ts
        FROM {source} GROUP BY customer_id) AS new
    ON customers.customer_id = new.customer_id
    WHEN MATCHED THEN UPDATE SET
        first_seen = least(customers.first_seen, new.first_ts), last_seen = greatest(customers.last_seen, new.last_ts)
    WHEN NOT MATCHED THEN
        INSERT (customer_id, customer, identified, first_seen, last_seen)
        VALUES (new.customer_id, new.customer, new.identified, new.first_ts, new.last_ts)"""


# Whoever has no event that counts is known all the same.
_UNCOUNTED = """
    INSERT INTO customers (customer_id, customer, identified)
    SELECT customer_id, coalesce(any_value(user_id), any_value(anonymous_id)), bool_or(user_id IS NOT NULL)
    FROM {source} WHERE customer_id NOT IN (SELECT customer_id FROM customers) GROUP BY customer_id"""


def calendar(connection: Any, source: str = "events") -> Calendar:
    """The workspace's local time over the span of these events."""
    first, last = schema.row(connection, f"SELECT min(ts), max(ts) FROM {source}")
    zone = schema.setting(connection, "zone") or "UTC"
    years = (first.year, last.year) if first is not None else (2000, 2000)
    return Calendar(zone, datetime(years[0], 1, 1, tzinfo=UTC), datetime(years[1], 12, 31, tzinfo=UTC))


@lru_cache(maxsize=64)
def _derived(relation: str, source: str, local: Calendar) -> str:
    # Whole years keep the calendars few: compiling takes longer than loading a small batch.
    make, columns = (derive.activity, ACTIVITY) if relation == "activity" else (derive.orders, ORDERS)
    return compiled(make(ibis.table(EVENTS, name=source), local).select(*columns))


def add(connection: Any, source: str) -> None:
    """Bring in the new events that `source` (a view on `events`) shows."""
    if not schema.one(connection, f"SELECT count(*) FROM {source}"):
        return
    counted = Reading.of(connection).show(connection, source)
    if counted == source or schema.one(connection, f"SELECT count(*) FROM {counted}"):
        local = calendar(connection, counted)
        _add_activity(connection, counted, local)
        _add_orders(connection, counted, local)
        connection.execute(_SEE.format(source=counted))
    if counted != source:
        connection.execute(_UNCOUNTED.format(source=source))
    noise.mark(connection, f"SELECT DISTINCT customer_id FROM {source}")


def _add_activity(connection: Any, source: str, local: Calendar) -> None:
    empty = not schema.one(connection, "SELECT count(*) FROM activity")
    first = schema.one(connection, f"SELECT min(ts) FROM {source}")
    for part in _parts(connection, source, "customer_id"):
        delta = _derived("activity", part, local)
        if empty:
            connection.execute(f"INSERT INTO activity {delta}")
        else:
            # A local day starts at most a day before the UTC day of its first event.
            merge_activity(connection, delta, str(first.date()) if first.year < 1901 else _day_before(first))


def merge_activity(connection: Any, delta: str, first: str) -> None:
    """Add rows of activity to those that are there; `first` is a day before which none of them lies."""
    connection.execute(_MERGE.format(delta=delta, first=first))


def _add_orders(connection: Any, source: str, local: Calendar) -> None:
    """Orders that nobody heard of before are in the new events alone; the others are computed from all events."""
    about = f"SELECT DISTINCT order_id FROM {source} WHERE order_id IS NOT NULL"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE touched_orders AS FROM ({about}) SEMI JOIN orders USING (order_id)"
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW events_of_new_orders AS SELECT * FROM {source} "
        "WHERE order_id NOT IN (SELECT order_id FROM touched_orders)"
    )
    for part in _parts(connection, "events_of_new_orders", "order_id"):
        connection.execute(f"INSERT INTO orders {_derived('orders', part, local)}")
    redo_orders(connection)


def _day_before(moment: datetime) -> str:
    return str(datetime.fromordinal(moment.toordinal() - 1).date())


def _parts(connection: Any, source: str, key: str) -> list[str]:
    """Views that split a relation by the hash of a column, so that no group is torn."""
    count = -(-int(schema.one(connection, f"SELECT count(*) FROM {source}")) // PART)
    names = []
    for place in range(count):
        names.append(f"part_{place}_of_{source}")
        where = f"WHERE hash({key}) % {count} = {place}" if count > 1 else ""
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {names[-1]} AS SELECT * FROM {source} {where}")
    return names


def redo_activity(connection: Any) -> None:
    """Compute the activity of the touched customers anew from their events."""
    connection.execute("DELETE FROM activity WHERE customer_id IN (SELECT customer_id FROM touched_customers)")
    counted = Reading.of(connection).show(connection, "events")
    connection.execute(
        "CREATE OR REPLACE TEMP VIEW events_of_touched AS "
        f"SELECT * FROM {counted} SEMI JOIN touched_customers USING (customer_id)"
    )
    local = calendar(connection)
    for part in _parts(connection, "events_of_touched", "customer_id"):
        connection.execute(f"INSERT INTO activity {_derived('activity', part, local)}")


def redo_orders(connection: Any) -> None:
    """Compute the touched orders anew from the events about them."""
    if not schema.one(connection, "SELECT count(*) FROM touched_orders"):
        return
    connection.execute("DELETE FROM orders WHERE order_id IN (SELECT order_id FROM touched_orders)")
    counted = Reading.of(connection).show(connection, "events")
    connection.execute(
        "CREATE OR REPLACE TEMP VIEW events_of_orders AS "
        f"SELECT * FROM {counted} SEMI JOIN touched_orders USING (order_id)"
    )
    local = calendar(connection)
    for part in _parts(connection, "events_of_orders", "order_id"):
        connection.execute(f"INSERT INTO orders {_derived('orders', part, local)}")


def retell(connection: Any) -> None:
    """Fold the traits of the touched customers anew; those whose beginning that changes are put together again."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE folded AS {_FOLD}")
    connection.execute(_RETELL)
    connection.execute(_BEGAN_ELSEWHEN)
    if schema.one(connection, "SELECT count(*) FROM touched_customers"):
        redo_customers(connection)
    noise.mark(connection, "SELECT customer_id FROM folded")
    connection.execute("DROP TABLE folded")


def redo_customers(connection: Any, merged: str | None = None) -> None:
    """Put the touched customers together again from identities, activity and the ledger of traits.

    Args:
        connection: the engine's.
        merged: a relation (old, new) of customers who became others whole, where nothing but that happened to anybody
            since their rows were made: then these say when they were seen. None where rows may be out of date.
    """
    connection.execute(_NOBODY_STOOD if merged is None else _STOOD.format(merged=merged))
    connection.execute("DELETE FROM customers WHERE customer_id IN (SELECT customer_id FROM touched_customers)")
    connection.execute(_CUSTOMERS)
    lost = Reading.of(connection).lost
    if lost:
        left = f"(SELECT * FROM events SEMI JOIN touched_customers USING (customer_id) WHERE {lost})"
        connection.execute(_UNCOUNTED.format(source=left))
    noise.mark(connection, "SELECT customer_id FROM touched_customers")


def touch(connection: Any, condition: str) -> None:
    """Note the customers and the orders of events that are about to be read in another way."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE touched_customers AS SELECT DISTINCT customer_id FROM events WHERE {condition}"
    )
    orders = f"SELECT DISTINCT order_id FROM events WHERE {condition} AND order_id IS NOT NULL"
    # An event that becomes an order, or is none any more, may have no order's id but its own.
    own = f"SELECT DISTINCT {OWN_ORDER} FROM events WHERE {condition} AND order_id IS NULL"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE touched_orders AS {orders} UNION {own}")


def redo(connection: Any) -> None:
    """Compute the touched customers and orders anew."""
    redo_activity(connection)
    redo_orders(connection)
    redo_customers(connection)


def rebuild(connection: Any) -> None:
    """Compute everything anew."""
    for table in schema.DERIVED:
        connection.execute(f"DELETE FROM {table}")
    connection.execute("CREATE OR REPLACE TEMP TABLE touched_customers AS SELECT DISTINCT customer_id FROM identities")
    counted = Reading.of(connection).show(connection, "events")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE touched_orders AS "
        f"SELECT DISTINCT order_id FROM {counted} WHERE order_id IS NOT NULL"
    )
    redo_activity(connection)
    redo_orders(connection)
    redo_customers(connection)
