"""A live load: events of many sources in one transaction, under one row of `loads` per source and UTC day received."""

# ruff: noqa: S608  # statements are put together from our own texts only; values go in as parameters
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from cherish.store.contract import Loaded
from cherish.store.duckdb import erasing, fingerprint, properties, schema, upkeep
from cherish.store.duckdb.identity import Identity
from cherish.store.duckdb.loading import EVENTS, KEY, stage

KNOWN_DAYS = 30
"""An id is known for so many days after it was received: clients send again for hours, and some for weeks."""

_DAYS = """
    CREATE OR REPLACE TEMP TABLE live_days AS
    SELECT source, day, 'live ' || day || ' ' || source AS name, loads.load_id FROM (
        SELECT DISTINCT source, CAST(received_at AS DATE) AS day FROM {relation})
    LEFT JOIN loads ON loads.name = 'live ' || day || ' ' || source AND loads.kind = 'live'"""

_NEW_DAYS = """
    INSERT INTO loads
    SELECT (SELECT coalesce(max(load_id), 0) FROM loads) + row_number() OVER (ORDER BY day, source), name, 'live', [],
        '', '', $now, 0
    FROM live_days WHERE load_id IS NULL"""

_DATED = """(
    SELECT staged.*, live_days.load_id FROM {relation} AS staged
    JOIN live_days ON live_days.source = staged.source AND live_days.day = CAST(staged.received_at AS DATE))"""

# An id is a hash of source and message id, so only events of the same sources can carry it.
_KNOWN = """
    CREATE OR REPLACE TEMP TABLE known AS
    SELECT event_id, events.load_id AS held_by, incoming.load_id AS sent_to FROM events JOIN incoming USING (event_id)
    WHERE events.received_at >= $since AND events.source IN (SELECT DISTINCT source FROM incoming)"""

# That clients send again says nothing new; that an import's row also came live does, once the import is undone.
_REPEATS = """
    INSERT INTO repeats
    SELECT DISTINCT sent_to, event_id FROM known JOIN loads ON loads.load_id = held_by
    WHERE loads.kind <> 'live' AND NOT EXISTS (
        FROM repeats WHERE repeats.load_id = sent_to AND repeats.event_id = known.event_id)"""

# The few keys of the batch first: joined to all identities at once, the engine builds its table of the wrong side.
_FRESH = f"""
    CREATE OR REPLACE TEMP TABLE fresh AS
    WITH owners AS MATERIALIZED (SELECT kind, key, customer_id FROM identities SEMI JOIN heard USING (kind, key))
    FROM (SELECT *, {KEY} FROM incoming) JOIN owners USING (kind, key)"""

_SAID = """
    CREATE OR REPLACE TEMP TABLE said AS
    SELECT customer_id, kind, key, group_id, load_id, created_at, traits, max(ts) AS said_at,
        (SELECT coalesce(max(place), 0) FROM traits) + row_number() OVER (ORDER BY max(ts), max(event_id)) AS place
    FROM (
        SELECT CASE WHEN type <> 'group' THEN customer_id END AS customer_id,
            CASE WHEN type <> 'group' THEN kind END AS kind, CASE WHEN type <> 'group' THEN key END AS key,
            CASE WHEN type = 'group' THEN group_id END AS group_id, load_id, created_at, traits, event_id, ts
        FROM fresh WHERE traits IS NOT NULL)
    GROUP BY ALL"""

# Clients repeat what they said at every visit: once a day is enough, and the last time counts. Nothing is lost by
# that, because traits said again undo whatever came between.
_TOLD = """
    MERGE INTO traits USING said
    ON traits.load_id = said.load_id AND traits.kind IS NOT DISTINCT FROM said.kind
        AND traits.key IS NOT DISTINCT FROM said.key
        AND traits.group_id IS NOT DISTINCT FROM said.group_id AND traits.traits = said.traits
        AND traits.created_at IS NOT DISTINCT FROM said.created_at
    WHEN MATCHED AND said.said_at >= traits.said_at THEN UPDATE SET said_at = said.said_at, place = said.place
    WHEN NOT MATCHED THEN INSERT (customer_id, load_id, place, created_at, traits, said_at, group_id, kind, key)
        VALUES (said.customer_id, said.load_id, said.place, said.created_at, said.traits, said.said_at, said.group_id,
            said.kind, said.key)"""

_UNUSED = """
    DELETE FROM loads WHERE load_id IN (FROM opened_days)
        AND load_id NOT IN (SELECT load_id FROM fresh UNION ALL SELECT load_id FROM repeats)"""


class LiveLoading:
    """An open live load; made by `DuckDBStore.live`, which begins and ends its transaction."""

    def __init__(self, connection: Any, claim: str, at: datetime) -> None:
        self.connection = connection
        self._at = at
        connection.execute("INSERT INTO claims VALUES (?, ?)", [claim, at])
        connection.execute("DELETE FROM claims WHERE claimed_at < ?", [at - timedelta(days=KNOWN_DAYS)])

    @property
    def currency(self) -> str | None:
        """The workspace's currency, for money that names none."""
        return schema.setting(self.connection, "currency")

    def events(self, relation: str) -> Loaded:
        """Load every row of a staged relation (columns STAGED_LIVE), known ids dropped, and keep everything in step."""
        run = self.connection.execute
        self._open_days(relation)
        given = stage(self.connection, _DATED.format(relation=relation), "load_id")
        refused = erasing.refuse(self.connection)
        self._drop_known()
        identity = Identity(self.connection)
        identity.of_events("incoming")
        new = int(schema.one(self.connection, _FRESH))
        run("DROP TABLE incoming")
        if new:
            run(EVENTS.format(relation="FROM fresh"))
            self._note()
            upkeep.add(self.connection, "fresh")
            self._tell(identity)
            identity.finish(grown=True)
        run(_UNUSED)
        for table in ("fresh", "live_days", "opened_days"):
            run(f"DROP TABLE {table}")
        return Loaded(given, new, given - new - refused, refused)

    def _open_days(self, relation: str) -> None:
        run = self.connection.execute
        run(_DAYS.format(relation=relation))
        run("CREATE OR REPLACE TEMP TABLE opened_days (load_id BIGINT)")
        if schema.one(self.connection, "SELECT count(*) FROM live_days WHERE load_id IS NULL"):
            before = schema.one(self.connection, "SELECT coalesce(max(load_id), 0) FROM loads")
            run(_NEW_DAYS, {"now": self._at})
            run("INSERT INTO opened_days SELECT load_id FROM loads WHERE load_id > ?", [before])
            run(_DAYS.format(relation=relation))

    def _drop_known(self) -> None:
        run = self.connection.execute
        first = schema.one(self.connection, "SELECT min(received_at) FROM incoming")
        if first is None:
            return
        run(_KNOWN, {"since": first - timedelta(days=KNOWN_DAYS)})
        if schema.one(self.connection, "SELECT count(*) FROM known"):
            run(_REPEATS)
            run("DELETE FROM incoming WHERE event_id IN (SELECT event_id FROM known)")
        run("DROP TABLE known")

    def _note(self) -> None:
        for (load_id,) in self.connection.execute("SELECT DISTINCT load_id FROM fresh").fetchall():
            self.connection.execute(
                f"CREATE OR REPLACE TEMP VIEW fresh_of_day AS FROM fresh WHERE load_id = {int(load_id)}"
            )
            properties.note(self.connection, load_id, "fresh_of_day", "properties")
            fingerprint.add(self.connection, load_id, "fresh_of_day")

    def _tell(self, identity: Identity) -> None:
        run = self.connection.execute
        run(_SAID)
        if schema.one(self.connection, "SELECT count(*) FROM said"):
            run(_TOLD)
            run(
                "CREATE OR REPLACE TEMP TABLE touched_customers AS "
                "SELECT DISTINCT customer_id FROM said WHERE customer_id IS NOT NULL"
            )
            upkeep.retell(self.connection)
            identity.trust("said")
        run("DROP TABLE said")


def claimed(connection: Any, claim: str) -> bool:
    """Whether a live load of this claim is in the log."""
    return bool(schema.one(connection, "SELECT count(*) FROM claims WHERE claim = ?", [claim]))


def forget(connection: Any, claims: Sequence[str]) -> None:
    """Let claims go whose payloads are gone from their journal."""
    connection.execute("DELETE FROM claims WHERE claim IN (SELECT unnest(?))", [list(claims)])
