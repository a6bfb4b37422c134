"""Who a row belongs to: keys noted as they come, joined by edges, and resolved inside the load's transaction.

A row with a user id belongs to that user's customer, one with only an anonymous id to that id's. Every key keeps the
number it was given when it was first seen (`own_id`); a customer's number is the smallest of its keys', so that taking
a merge back gives everybody the number from before.
"""

# ruff: noqa: S608  # statements are put together from our own texts only; values go in as parameters
from __future__ import annotations

from typing import Any

from cherish.store.duckdb import edges, partition, schema
from cherish.store.duckdb.moves import Moves

_OF_EVENTS = """
    SELECT 'user_id' AS kind, user_id AS key, ts FROM {relation} WHERE user_id IS NOT NULL
    UNION ALL SELECT 'anonymous_id', anonymous_id, ts FROM {relation} WHERE anonymous_id IS NOT NULL"""

_HEARD = """
    CREATE OR REPLACE TEMP TABLE heard AS
    SELECT heard.*, own_id, first_at FROM (SELECT kind, key, min(ts) AS ts FROM ({keys}) GROUP BY ALL) AS heard
    LEFT JOIN identities USING (kind, key)"""

# The older key gets the smaller number, and with it the customer that several keys become.
_NUMBER = """
    INSERT INTO identities
    SELECT kind, key, number, number, NULL FROM (
        SELECT kind, key, (SELECT coalesce(max(own_id), 0) FROM identities)
            + row_number() OVER (ORDER BY ts, kind, key) AS number
        FROM heard WHERE own_id IS NULL)"""

_ASKED = """
    CREATE OR REPLACE TEMP TABLE asked AS
    SELECT kind, key FROM edge_ends WHERE edge_id IN (SELECT edge_id FROM new_edges)
    UNION SELECT kind, key FROM heard WHERE own_id IS NULL
        AND key IN (SELECT unnest([key_a, key_b]) FROM edges WHERE reason = 'alias')"""

_LOST = """
    CREATE OR REPLACE TEMP TABLE asked AS
    SELECT kind, key FROM edge_ends WHERE edge_id IN (SELECT edge_id FROM edges WHERE load_id IN ({loads}))
    UNION SELECT kind, key FROM identities SEMI JOIN touched_customers USING (customer_id)"""

_LEFT = """
    CREATE OR REPLACE TEMP VIEW left_events AS
    FROM events WHERE anonymous_id IN (SELECT key FROM asked WHERE kind = 'anonymous_id')
        OR previous_id IN (SELECT key FROM asked)"""

_REFIRST = """
    UPDATE identities SET first_at = left_over.ts FROM (
        SELECT asked.kind, asked.key, min(ts) AS ts FROM asked
        LEFT JOIN ({keys}) AS seen ON seen.kind = asked.kind AND seen.key = asked.key GROUP BY ALL) AS left_over
    WHERE identities.kind = left_over.kind AND identities.key = left_over.key"""

# A key is known for the events and traits that carry it, and for what else but an alias names it with its kind.
_UNKNOWN = """
    DELETE FROM identities USING asked
    WHERE identities.kind = asked.kind AND identities.key = asked.key AND first_at IS NULL
        AND (asked.kind, asked.key) NOT IN (SELECT (kind, key) FROM traits WHERE kind IS NOT NULL)
        AND (asked.kind, asked.key) NOT IN (
            SELECT (kind, key) FROM edge_ends
            WHERE edge_id IN (SELECT edge_id FROM edges WHERE reason <> 'alias'))"""

_BESIDE = """
    CREATE OR REPLACE TEMP TABLE asked AS
    SELECT kind, key FROM identities SEMI JOIN touched_customers USING (customer_id)
    UNION SELECT kind, key FROM edge_ends
    WHERE edge_id IN (SELECT edge_id FROM edge_ends SEMI JOIN lost USING (kind, key))"""

_CUT = """
    DELETE FROM edges
    WHERE (kind_a, key_a) IN (SELECT (kind, key) FROM lost) OR (kind_b, key_b) IN (SELECT (kind, key) FROM lost)
        OR reason = 'alias' AND key_a IN (SELECT key FROM lost WHERE kind IN ('user_id', 'anonymous_id'))
            AND key_a NOT IN (SELECT key FROM identities ANTI JOIN lost USING (kind, key))"""

_GONE = "DELETE FROM {table} USING lost WHERE {table}.kind = lost.kind AND {table}.key = lost.key"

_FIRST = """
    UPDATE identities SET first_at = heard.ts FROM heard
    WHERE identities.kind = heard.kind AND identities.key = heard.key
        AND (heard.first_at IS NULL OR heard.ts < heard.first_at)"""

_RENAMED = """
    INSERT INTO reseated
    SELECT customer_id FROM identities WHERE kind = 'user_id' AND customer_id IN (
        SELECT customer_id FROM identities JOIN heard USING (kind, key)
        WHERE kind = 'user_id' AND heard.ts < heard.first_at)
    GROUP BY customer_id HAVING count(*) > 1"""


class Identity:
    """The keys of one open transaction."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._run = connection.execute
        self._moves = Moves(connection)

    def of_events(self, relation: str) -> None:
        """Note the keys of events that are about to be loaded, and join what they say belongs together."""
        self._hear(_OF_EVENTS.format(relation=relation))
        news = schema.one(self._connection, f"SELECT count(*) FROM {relation} WHERE anonymous_id IS NOT NULL "
                          "AND user_id IS NOT NULL OR previous_id IS NOT NULL")  # fmt: skip
        self._join(bool(news) and edges.from_events(self._connection, relation))
        # Only now: a key without a first moment has no rows yet that would have to follow it.
        self._run(_FIRST)
        self._run(_RENAMED)

    def of_users(self, relation: str) -> None:
        """Note the users of a relation that traits are about to be told of."""
        self._hear(f"SELECT 'user_id' AS kind, user_id AS key, NULL::TIMESTAMP AS ts FROM {relation}")
        self._join(False)

    def trust(self, relation: str) -> None:
        """Join customers by the trusted identifiers among the traits in a part of the ledger."""
        if edges.from_traits(self._connection, relation):
            self._hear("SELECT kind_a AS kind, key_a AS key, said_at AS ts FROM new_edges")
            self._join(True)

    def settle(self, everybody: bool = False) -> bool:
        """Resolve the keys in the temporary table `asked`, or all, and let rows follow; did any key move?"""
        moved = partition.resolve_all(self._connection) if everybody else partition.resolve(self._connection)
        if moved:
            self._moves.apply()
        self._moves.reseat()
        return moved

    def learn(self) -> None:
        """Join what all events of a log say belongs together; for a log that knew nothing of edges."""
        self._hear(_OF_EVENTS.format(relation="events"))
        self._run(_FIRST)
        self._join(edges.from_events(self._connection, "events"))
        self.finish()

    def forget(self, loads: str) -> None:
        """Take back what only these loads said, once their events are gone; every key of a touched customer is asked.

        Touched are those in the temporary table `touched_customers`.
        """
        edges.show_ends(self._connection)
        self._run(_LOST.format(loads=loads))
        self._run(f"DELETE FROM edges WHERE load_id IN ({loads})")
        self._run(_LEFT)
        edges.from_events(self._connection, "left_events")
        edges.from_traits(self._connection, "traits")
        self._run(_REFIRST.format(keys=_OF_EVENTS.format(relation="events")))
        self._run(_UNKNOWN)
        self.settle()

    def lose(self) -> int:
        """Forget the keys in the temporary table `lost`, whose events and traits are gone; how many edges went.

        Whoever is left of the customers in `touched_customers`, and whoever shared a key with them, is settled.
        """
        edges.show_ends(self._connection)
        self._run(_BESIDE)
        gone = int(schema.one(self._connection, _CUT))
        # A key that too many users shared may be somebody's now: its evidence was not kept while it was nobody's.
        self._run(_LEFT)
        edges.from_events(self._connection, "left_events")
        edges.from_traits(self._connection, "traits")
        self._run(_REFIRST.format(keys=_OF_EVENTS.format(relation="events")))
        for table in ("identities", "asked"):
            self._run(_GONE.format(table=table))
        self._run(_UNKNOWN)
        self.settle()
        return gone

    def finish(self, grown: bool = False) -> None:
        """Bring what is derived in step, after the transaction's events are in it; `grown`: events only came."""
        self._moves.finish(grown)

    def _hear(self, keys: str) -> None:
        self._run(_HEARD.format(keys=keys))
        self._run(_NUMBER)

    def _join(self, news: bool) -> None:
        if not news:
            self._run("CREATE OR REPLACE TEMP TABLE new_edges (edge_id BIGINT)")
        edges.show_ends(self._connection)
        self._run(_ASKED)
        if schema.one(self._connection, "SELECT count(*) FROM asked"):
            self.settle()
