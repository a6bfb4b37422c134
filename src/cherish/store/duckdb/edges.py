"""Edges: what says that two keys are one customer, when, and who said so. Rows are added and never changed.

The first key of evidence is the one that several users may share (an anonymous id, a previous id, a trusted
identifier), the second a user. A pair is kept again only where it was true earlier. An alias names a previous id
without its kind, so it is about whichever keys have that text. `merge` and `split` are an operator's, and only these
can be undone: evidence goes with the import that brought it.
"""

# statements are put together from our own texts only; values go in as parameters
from __future__ import annotations

from typing import Any

from cherish.store.duckdb import schema

HUB = 10
"""How many users may share an anonymous id, a previous id or a trusted identifier; beyond, it tells nothing of them."""

KINDS = ("user_id", "anonymous_id", "previous_id")
"""The kinds of keys that calls carry; any other kind is a trusted trait."""

_ENDS = """
    CREATE OR REPLACE TEMP VIEW {name} AS
    WITH standing AS (FROM {edges} WHERE undone_at IS NULL)
    SELECT edge_id, kind_a AS kind, key_a AS key FROM standing WHERE reason <> 'alias'
    UNION ALL SELECT edge_id, kind_b, key_b FROM standing WHERE reason <> 'split'
    UNION ALL SELECT edge_id, 'user_id', key_a FROM standing WHERE reason = 'alias'
    UNION ALL SELECT edge_id, 'anonymous_id', unnest([key_a, key_b]) FROM standing WHERE reason = 'alias'"""

# By their texts alone first, which every edge is passed by in one go: the few that are left are looked at closely.
_AROUND = """
    CREATE OR REPLACE TEMP TABLE edges_around AS
    FROM edges WHERE undone_at IS NULL
        AND (key_a IN (SELECT key FROM {keys}) OR key_b IN (SELECT key FROM {keys}))"""

_SEEN = """
    SELECT 'anonymous_id' AS kind_a, anonymous_id AS key_a, 'user_id' AS kind_b, user_id AS key_b,
        'seen_together' AS reason, min(ts) AS said_at, arg_min(load_id, (ts, event_id)) AS load_id,
        arg_min(event_id, (ts, event_id)) AS event_id
    FROM {relation} WHERE anonymous_id IS NOT NULL AND user_id IS NOT NULL GROUP BY ALL"""

_ALIAS = """
    SELECT 'previous_id' AS kind_a, previous_id AS key_a, 'user_id' AS kind_b, user_id AS key_b, 'alias' AS reason,
        min(ts) AS said_at, arg_min(load_id, (ts, event_id)) AS load_id, arg_min(event_id, (ts, event_id)) AS event_id
    FROM {relation} WHERE user_id IS NOT NULL AND previous_id <> user_id GROUP BY ALL"""

_TRUSTED = """
    SELECT {kind} AS kind_a, lower(trim(json_extract_string(traits, {path}))) AS key_a, 'user_id' AS kind_b,
        key AS key_b, 'trusted' AS reason, min(said_at) AS said_at, arg_min(load_id, (said_at, load_id)) AS load_id,
        NULL::UUID AS event_id
    FROM {relation} WHERE kind = 'user_id' AND json_type(traits, {path}) IN ('VARCHAR', 'BIGINT', 'UBIGINT')
        AND key_a <> '' GROUP BY ALL"""

_NEWS = """
    CREATE OR REPLACE TEMP TABLE new_edges AS
    WITH claims AS ({claims}),
    known AS (
        SELECT reason, kind_a, key_a, key_b, said_at FROM edges
        WHERE load_id IS NOT NULL AND key_a IN (SELECT key_a FROM claims)),
    hubs AS (SELECT reason, kind_a, key_a FROM known GROUP BY ALL HAVING count(DISTINCT key_b) > {hub}),
    news AS (
        FROM claims ANTI JOIN hubs USING (reason, kind_a, key_a)
        WHERE NOT EXISTS (
            FROM known WHERE known.reason = claims.reason AND known.kind_a = claims.kind_a
                AND known.key_a = claims.key_a AND known.key_b = claims.key_b AND known.said_at <= claims.said_at))
    SELECT *, (SELECT coalesce(max(edge_id), 0) FROM edges)
        + row_number() OVER (ORDER BY said_at, key_a, key_b) AS edge_id
    FROM news"""

_KEEP = """
    INSERT INTO edges SELECT edge_id, kind_a, key_a, kind_b, key_b, reason, said_at, load_id, event_id, NULL, NULL
    FROM new_edges"""


def from_events(connection: Any, relation: str) -> bool:
    """Keep what the events of a relation say; is there news? It stands in the temporary table `new_edges`."""
    return _keep(connection, [_SEEN.format(relation=relation), _ALIAS.format(relation=relation)])


def from_traits(connection: Any, relation: str) -> bool:
    """Keep what the trusted traits in a part of the ledger say; is there news? It stands in `new_edges`."""
    claims = [
        _TRUSTED.format(relation=relation, kind=schema.text(kind), path=schema.pointer(kind))
        for kind in trusted(connection)
    ]
    return bool(claims) and _keep(connection, claims)


def _keep(connection: Any, claims: list[str]) -> bool:
    connection.execute(_NEWS.format(claims=" UNION ALL ".join(claims), hub=hub(connection)))
    return bool(schema.one(connection, _KEEP))


def show_ends(connection: Any) -> None:
    """Make the temporary view `edge_ends`: which keys an edge is about, whether they were seen yet or not."""
    connection.execute(_ENDS.format(name="edge_ends", edges="edges"))


def show_around(connection: Any, keys: str) -> None:
    """Leave the standing edges about these keys, and perhaps some others, in `edges_around`, their keys in
    `ends_around`."""
    connection.execute(_AROUND.format(keys=keys))
    connection.execute(_ENDS.format(name="ends_around", edges="edges_around"))


def hub(connection: Any) -> int:
    """How many users may share a key before it is nobody's."""
    return int(schema.setting(connection, "hub") or HUB)


def trusted(connection: Any) -> tuple[str, ...]:
    """The traits that the workspace trusts as identifiers."""
    return tuple((schema.setting(connection, "trusted") or "").split())
