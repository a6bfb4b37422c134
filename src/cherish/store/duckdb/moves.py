"""Keys that changed their customer: their events, traits, activity, orders and customers follow.

A customer who is absorbed whole has activity that only needs another number; where a customer is torn, it is computed
anew from events. Old rows are searched no further back than the first of the moved keys was seen.
"""

# ruff: noqa: S608  # statements are put together from our own texts only; values go in as parameters
from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from cherish.store.duckdb import schema, upkeep
from cherish.store.duckdb.reading import Reading

_NOTED = (
    "CREATE OR REPLACE TEMP TABLE shifted (old BIGINT, new BIGINT)",
    "CREATE OR REPLACE TEMP TABLE reseated (customer_id BIGINT)",
    "CREATE OR REPLACE TEMP TABLE moved_orders (order_id VARCHAR)",
)

_THEIRS = """
    events.customer_id = moved.old AND events.ts >= {since}
        AND ((moved.kind = 'user_id' AND events.user_id = moved.key)
            OR (moved.kind = 'anonymous_id' AND events.user_id IS NULL AND events.anonymous_id = moved.key))"""

_ABSORBED = """
    CREATE OR REPLACE TEMP TABLE absorbed AS
    SELECT old, any_value(new) AS new FROM moved GROUP BY old
    HAVING min(new) = max(new) AND old NOT IN (SELECT customer_id FROM identities)"""

_RENUMBERED = """
    CREATE OR REPLACE TEMP TABLE renumbered AS
    SELECT absorbed.new AS customer_id, day, name, currency, CAST(sum(n) AS BIGINT) AS n,
        CAST(sum(value) AS DECIMAL(18, 4)) AS value, min(first_ts) AS first_ts, max(last_ts) AS last_ts
    FROM activity JOIN absorbed ON activity.customer_id = absorbed.old WHERE day >= DATE '{since}' GROUP BY ALL"""


class Moves:
    """The moves of one transaction: rows follow at once, what is derived from them at the end."""

    def __init__(self, connection: Any) -> None:
        self._run = connection.execute
        self._connection = connection
        self._torn = False
        self._applied = 0
        for statement in _NOTED:
            self._run(statement)

    def apply(self) -> None:
        """Let rows follow the keys in the temporary table `moved`."""
        run, since = self._run, self._since()
        self._applied += 1
        run("INSERT INTO shifted SELECT DISTINCT old, new FROM moved")
        run("UPDATE identities SET customer_id = moved.new FROM moved "
            "WHERE identities.kind = moved.kind AND identities.key = moved.key")  # fmt: skip
        run("UPDATE traits SET customer_id = moved.new FROM moved WHERE traits.customer_id = moved.old "
            "AND traits.kind = moved.kind AND traits.key = moved.key")  # fmt: skip
        run(_ABSORBED)
        if since is not None:
            theirs = _THEIRS.format(since=f"TIMESTAMP '{since}'")
            counted = Reading.of(self._connection).show(self._connection, "events")
            run(f"INSERT INTO moved_orders SELECT DISTINCT order_id FROM {counted} AS events JOIN moved ON {theirs} "
                "WHERE order_id IS NOT NULL")  # fmt: skip
            run(f"UPDATE events SET customer_id = moved.new FROM moved WHERE {theirs}")
            self._move_activity(since)

    def reseat(self) -> None:
        """Note that the customers of `members` are made of other keys now."""
        self._run("INSERT INTO reseated SELECT DISTINCT customer_id FROM members")

    def finish(self, grown: bool = False) -> None:
        """Bring activity, orders and customers in step; after the transaction's own events are in them.

        `grown` says that events only came, so that the rows of customers are as new as activity is.
        """
        run = self._run
        if self._torn:
            run("CREATE OR REPLACE TEMP TABLE touched_customers AS SELECT old AS customer_id FROM shifted "
                "UNION SELECT new FROM shifted")  # fmt: skip
            upkeep.redo_activity(self._connection)
        run("CREATE OR REPLACE TEMP TABLE touched_orders AS SELECT DISTINCT order_id FROM moved_orders")
        upkeep.redo_orders(self._connection)
        run("CREATE OR REPLACE TEMP TABLE touched_customers AS SELECT customer_id FROM reseated "
            "UNION SELECT old FROM shifted UNION SELECT new FROM shifted")  # fmt: skip
        if schema.one(self._connection, "SELECT count(*) FROM touched_customers"):
            # Moved twice in one transaction, somebody became another by steps, of which only the last one counts.
            whole = grown and not self._torn and self._applied < 2
            upkeep.redo_customers(self._connection, "shifted" if whole else None)

    def _since(self) -> datetime | None:
        found: datetime | None = schema.one(
            self._connection, "SELECT min(first_at) FROM identities SEMI JOIN moved USING (kind, key)"
        )
        return found

    def _move_activity(self, since: datetime) -> None:
        if schema.one(self._connection, "SELECT count(*) FROM moved ANTI JOIN absorbed USING (old)"):
            self._torn = True
        # A local day starts at most a day before the UTC day of its first event.
        day = str((max(since, datetime(1, 1, 2)) - timedelta(days=1)).date())
        self._run(_RENUMBERED.format(since=day))
        self._run(f"DELETE FROM activity WHERE day >= DATE '{day}' AND customer_id IN (SELECT old FROM absorbed)")
        upkeep.merge_activity(self._connection, "FROM renumbered", day)
