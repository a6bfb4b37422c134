"""One load: staged rows into the log inside one transaction, known ids dropped, everything kept in step."""

# ruff: noqa: S608  # statements are put together from our own texts only; values go in as parameters
from __future__ import annotations

from typing import Any

from cherish.store.contract import Loaded, Origin
from cherish.store.duckdb import definitions, erasing, fingerprint, noise, properties, schema, upkeep
from cherish.store.duckdb.identity import Identity

# Cast, although staged rows have these types already: a hash of a double is not the hash of the money it stands for.
_INCOMING = """
    CREATE OR REPLACE TEMP TABLE incoming AS
    SELECT CAST(md5(source || chr(31) || message_id) AS UUID) AS event_id, type, name, CAST(ts AS TIMESTAMP) AS ts,
        CAST(received_at AS TIMESTAMP) AS received_at, CAST(anonymous_id AS VARCHAR) AS anonymous_id,
        CAST(user_id AS VARCHAR) AS user_id, source, CAST(value AS DECIMAL(18, 4)) AS value,
        CAST(currency AS VARCHAR) AS currency, CAST(order_id AS VARCHAR) AS order_id,
        CAST(properties AS JSON) AS properties, CAST(context AS JSON) AS context, {more}
    FROM {relation}"""

_OPTIONAL = {
    "previous_id": "VARCHAR", "group_id": "VARCHAR", "original_ts": "TIMESTAMP", "created_at": "TIMESTAMP",
    "traits": "JSON", "noise": "VARCHAR",
}  # fmt: skip

_DROP_INNER_REPEATS = """
    DELETE FROM incoming USING (
        SELECT event_id, min(rowid) AS kept FROM incoming GROUP BY event_id HAVING count(*) > 1) AS repeated
    WHERE incoming.event_id = repeated.event_id AND incoming.rowid <> repeated.kept"""

# An id is a hash of source and message id, so only events of the same sources can carry it.
_KNOWN = """
    CREATE OR REPLACE TEMP TABLE known AS
    SELECT event_id, events.load_id FROM events JOIN incoming USING (event_id)
    WHERE events.source IN (SELECT DISTINCT source FROM incoming)"""

_REPEATS = """
    INSERT INTO repeats
    SELECT $load, known.event_id FROM known
    WHERE known.load_id NOT IN (SELECT load_id FROM loads WHERE name = $name)
        AND known.event_id NOT IN (
            SELECT event_id FROM repeats JOIN loads USING (load_id) WHERE loads.name = $name)"""

KEY = "CASE WHEN user_id IS NULL THEN 'anonymous_id' ELSE 'user_id' END AS kind, coalesce(user_id, anonymous_id) AS key"

OWNED = f"""
    SELECT * EXCLUDE (own_id, first_at)
    FROM (SELECT *, {KEY} FROM incoming) JOIN identities USING (kind, key)"""
"""The incoming events, each with its customer and the key that says so."""

EVENTS = """
    INSERT INTO events
    SELECT event_id, customer_id, type, name, ts, received_at, anonymous_id, user_id, source, value, currency, order_id,
        properties, context, load_id, previous_id, group_id, original_ts, noise
    FROM ({relation})"""

_SAID = """
    CREATE OR REPLACE TEMP TABLE said AS
    SELECT customer_id, place, created_at, traits, said_at, kind, key FROM (
        SELECT 'user_id' AS kind, user_id AS key, created_at, traits, {at} AS said_at,
            row_number() OVER ({order}) AS place
        FROM {relation})
    JOIN identities USING (kind, key)"""

_HEARD = """
    SELECT said.* FROM said WHERE NOT EXISTS (
        FROM traits JOIN loads USING (load_id)
        WHERE {alike} traits.kind = said.kind AND traits.key = said.key
            AND traits.created_at IS NOT DISTINCT FROM said.created_at
            AND coalesce(traits.traits, '{{}}') = coalesce(said.traits, '{{}}'))"""


class DuckDBLoading:
    """An open load; made by `DuckDBStore.loading`, which begins and ends its transaction."""

    def __init__(self, connection: Any, load_id: int, origin: Origin, at: Any) -> None:
        self.connection = connection
        self.load_id = load_id
        self.changed = False
        self._name = origin.name
        self._added = 0
        self._identity = Identity(connection)
        connection.execute(
            "INSERT INTO loads VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
            [load_id, origin.name, origin.kind, list(origin.files), origin.digest, origin.mapping, at],
        )

    def begin(self, zone: str | None, currency: str | None) -> None:
        """Let the first load of a log say in which zone its days are and in which currency its money is."""
        if not schema.one(self.connection, "SELECT count(*) FROM (SELECT 1 FROM events LIMIT 1)"):
            definitions.configure(self.connection, zone, currency, None)

    def events(self, relation: str) -> Loaded:
        """Load every row of a staged relation, known ids dropped."""
        run = self.connection.execute
        given = stage(self.connection, relation, str(self.load_id))
        refused = erasing.refuse(self.connection)
        self._drop_known()
        self._identity.of_events("incoming")
        new = int(schema.one(self.connection, EVENTS.format(relation=OWNED)))
        if new:
            properties.note(self.connection, self.load_id, "incoming", "properties")
            fingerprint.add(self.connection, self.load_id, "incoming")
        run("DROP TABLE incoming")
        self._added += new
        self.changed = self.changed or new > 0
        return Loaded(given, new, given - new - refused, refused)

    def customers(self, relation: str) -> Loaded:
        """Load traits from a staged relation; how many customers it tells of, and of how many something new."""
        run = self.connection.execute
        timed = "said_at" in columns(self.connection, relation)
        relation, refused = erasing.admitted(self.connection, relation, timed)
        self._identity.of_users(relation)
        # What is told without a time is told now: a later load wins, whatever the clock says.
        now = "greatest((SELECT loaded_at FROM loads WHERE load_id = $load), (SELECT max(said_at) FROM traits))"
        run(
            _SAID.format(relation=relation, at="said_at" if timed else now, order="ORDER BY said_at" if timed else ""),
            {} if timed else {"load": self.load_id},
        )
        given = _people(self.connection, "said")
        same_time = "traits.said_at = said.said_at AND" if timed else ""
        new = _people(self.connection, f"({_HEARD.format(alike=same_time)})")
        fresh = _HEARD.format(alike=f"{same_time} loads.name = $name AND")
        place = int(schema.one(self.connection, "SELECT coalesce(max(place), 0) FROM traits"))
        kept = schema.one(
            self.connection,
            "INSERT INTO traits (customer_id, load_id, place, created_at, traits, said_at, kind, key) "
            f"SELECT customer_id, $load, $place + place, created_at, traits, said_at, kind, key FROM ({fresh})",
            {"load": self.load_id, "name": self._name, "place": place},
        )
        if kept:
            self.changed = True
            run("CREATE OR REPLACE TEMP TABLE touched_customers AS SELECT DISTINCT customer_id FROM said")
            upkeep.redo_customers(self.connection)
            self._identity.trust(f"(FROM traits WHERE load_id = {self.load_id} AND place > {place})")
        run("DROP TABLE said")
        return Loaded(given + refused, new, given - new, refused)

    def finish(self) -> None:
        """Keep activity, orders and customers in step; a load that changed nothing leaves no trace."""
        if self._added:
            self.connection.execute(
                f"CREATE OR REPLACE TEMP VIEW new_events AS SELECT * FROM events WHERE load_id = {self.load_id}"
            )
            upkeep.add(self.connection, "new_events")
        self._identity.finish()
        before = "SELECT count(*) FROM loads WHERE name = ? AND load_id <> ?"
        if not self.changed and schema.one(self.connection, before, [self._name, self.load_id]):
            self.connection.execute("DELETE FROM loads WHERE load_id = ?", [self.load_id])

    def _drop_known(self) -> None:
        if not schema.one(self.connection, "SELECT count(*) FROM (SELECT 1 FROM events LIMIT 1)"):
            return
        run = self.connection.execute
        run(_KNOWN)
        if schema.one(self.connection, "SELECT count(*) FROM known"):
            added = schema.one(self.connection, _REPEATS, {"load": self.load_id, "name": self._name})
            self.changed = self.changed or added > 0
            run("DELETE FROM incoming WHERE event_id IN (SELECT event_id FROM known)")
        run("DROP TABLE known")


def columns(connection: Any, relation: str) -> set[str]:
    """The names of a relation's columns."""
    return {row[0] for row in connection.execute(f"DESCRIBE FROM {relation}").fetchall()}


def stage(connection: Any, relation: str, load: str) -> int:
    """Leave the rows of a staged relation in the table `incoming`, each id once; how many rows there were."""
    there = columns(connection, relation)
    more = [f"CAST({load} AS BIGINT) AS load_id"]
    more += [f"CAST({name if name in there else 'NULL'} AS {kind}) AS {name}" for name, kind in _OPTIONAL.items()]
    connection.execute(_INCOMING.format(relation=relation, more=", ".join(more)))
    given = int(schema.one(connection, "SELECT count(*) FROM incoming"))
    connection.execute(_DROP_INNER_REPEATS)
    noise.of_incoming(connection, marked="noise" in there)
    return given


def _people(connection: Any, relation: str) -> int:
    return int(schema.one(connection, f"SELECT count(DISTINCT customer_id) FROM {relation}"))
