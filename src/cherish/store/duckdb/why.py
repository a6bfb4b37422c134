"""Why are these one customer? The edges about a customer's keys, and which of them bind."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from cherish.store.duckdb import partition
from cherish.store.keys import Edge, Key

_EDGES = """
    SELECT edge_id, kind_a, key_a, kind_b, key_b, reason, said_at, name, said_by, undone_at,
        edge_id IN (SELECT edge_id FROM owners WHERE key IN (SELECT key FROM members WHERE kind = 'anonymous_id')
            UNION ALL SELECT edge_id FROM bonds) AS binds
    FROM edges LEFT JOIN loads USING (load_id)
    WHERE edge_id IN (SELECT edge_id FROM edge_ends SEMI JOIN members USING (kind, key))
        OR undone_at IS NOT NULL AND (kind_a, key_a) IN (SELECT (kind, key) FROM members)
    ORDER BY said_at, edge_id"""


def why(connection: Any, key: Key) -> tuple[Edge, ...]:
    """The edges about the keys of this key's customer, oldest first; those that bind make it one customer."""
    connection.execute("CREATE OR REPLACE TEMP TABLE asked AS SELECT $kind AS kind, $key AS key", key._asdict())
    partition.resolve(connection)
    _only_own(connection, key)
    return tuple(_edge(*row) for row in connection.execute(_EDGES).fetchall())


def _only_own(connection: Any, key: Key) -> None:
    # The neighbours' customers were looked at, too; what binds them is not the question.
    connection.execute(
        "DELETE FROM members WHERE customer_id <> (SELECT customer_id FROM members WHERE kind = $kind AND key = $key)",
        key._asdict(),
    )


def _edge(
    number: int, kind_a: str, key_a: str, kind_b: str | None, key_b: str | None, reason: str, at: datetime,
    load: str | None, by: str | None, undone_at: datetime | None, binds: bool,
) -> Edge:  # fmt: skip
    other = Key(kind_b, key_b) if kind_b is not None and key_b is not None else None
    undone = undone_at.replace(tzinfo=UTC) if undone_at is not None else None
    return Edge(number, Key(kind_a, key_a), other, reason, at.replace(tzinfo=UTC), load or by or "", binds, undone)
