"""An import taken back: its own rows go, rows that another import also brought stay, the rest is computed anew."""

# ruff: noqa: S608  # statements are put together from our own texts only; values go in as parameters
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cherish.errors import QuestionError
from cherish.store.duckdb import fingerprint, noise, properties, schema, upkeep
from cherish.store.duckdb.identity import Identity
from cherish.store.duckdb.reading import Reading

_HEIRS = """
    CREATE OR REPLACE TEMP TABLE heirs AS
    SELECT repeats.event_id, min(repeats.load_id) AS load_id
    FROM repeats JOIN events ON events.event_id = repeats.event_id
    WHERE events.load_id IN (FROM undone) AND repeats.load_id NOT IN (FROM undone)
    GROUP BY repeats.event_id"""

_TOUCHED = """
    CREATE OR REPLACE TEMP TABLE touched_customers AS
    SELECT customer_id FROM events WHERE load_id IN (FROM undone)
    UNION SELECT customer_id FROM traits WHERE load_id IN (FROM undone)"""

_TOUCHED_ORDERS = """
    CREATE OR REPLACE TEMP TABLE touched_orders AS
    SELECT DISTINCT order_id FROM {events} WHERE load_id IN (FROM undone) AND order_id IS NOT NULL"""


def undo(connection: Any, name: str) -> int:
    """Take the import of this name back, inside the caller's transaction; how many events went.

    Raises:
        QuestionError: no import has this name.
    """
    loads = [row[0] for row in connection.execute("SELECT load_id FROM loads WHERE name = ?", [name]).fetchall()]
    if not loads:
        raise QuestionError(f"no import is called {name!r}; {_there(connection)}")
    return take_back(connection, name, loads)


def take_back(connection: Any, name: str, loads: Sequence[int]) -> int:
    """Take these loads of an import back, inside the caller's transaction; how many events went."""
    run = connection.execute
    run(
        "CREATE OR REPLACE TEMP TABLE undone AS "
        "SELECT load_id FROM loads WHERE name = ? AND list_contains(CAST(? AS BIGINT[]), load_id)",
        [name, list(loads)],
    )
    _hand_over(connection)
    run(_TOUCHED)
    run(_TOUCHED_ORDERS.format(events=Reading.of(connection).show(connection, "events")))
    gone = int(schema.one(connection, "DELETE FROM events WHERE load_id IN (FROM undone)"))
    for table in ("traits", "repeats", "properties", "loads"):
        run(f"DELETE FROM {table} WHERE load_id IN (FROM undone)")
    noise.note_events(connection)
    _take_back_edges(connection)
    upkeep.redo_activity(connection)
    upkeep.redo_orders(connection)
    upkeep.redo_customers(connection)
    return gone


def _hand_over(connection: Any) -> None:
    """Give the rows that another import brought again to the earliest load that did."""
    run = connection.execute
    run(_HEIRS)
    if not schema.one(connection, "SELECT count(*) FROM heirs"):
        return
    run(
        "UPDATE events SET load_id = heirs.load_id FROM heirs "
        "WHERE events.event_id = heirs.event_id AND events.load_id IN (FROM undone)"
    )
    run("DELETE FROM repeats USING heirs WHERE repeats.load_id = heirs.load_id AND repeats.event_id = heirs.event_id")
    for (load_id,) in run("SELECT DISTINCT load_id FROM heirs").fetchall():
        run(
            "CREATE OR REPLACE TEMP VIEW inherited AS "
            "SELECT events.* FROM events SEMI JOIN heirs USING (event_id, load_id)"
        )
        run(f"CREATE OR REPLACE TEMP VIEW inherited_by_one AS SELECT * FROM inherited WHERE load_id = {load_id}")
        properties.note(connection, load_id, "inherited_by_one", "properties")
        fingerprint.add(connection, load_id, "inherited_by_one")


def _take_back_edges(connection: Any) -> None:
    """Let the evidence of the undone loads go, as far as nothing else says the same, and whoever it joined apart."""
    identity = Identity(connection)
    identity.forget("SELECT load_id FROM undone")
    connection.execute(
        "INSERT INTO touched_customers SELECT old FROM shifted UNION SELECT new FROM shifted "
        "UNION SELECT customer_id FROM reseated"
    )
    connection.execute("INSERT INTO touched_orders SELECT DISTINCT order_id FROM moved_orders")


def _there(connection: Any) -> str:
    names = [row[0] for row in connection.execute("SELECT DISTINCT name FROM loads ORDER BY name").fetchall()]
    return f"there are {', '.join(names)}" if names else "there are no imports"
