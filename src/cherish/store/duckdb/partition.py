"""The partition: which keys are one customer, as a function of the standing edges and of nothing else.

Only the components around the keys that were asked about are looked at. An anonymous id belongs to the user of its
earliest evidence and sits on that user's seat, so that it can never join two users; users, trusted identifiers and
ids without an owner have a seat of their own, and aliases, trusted identifiers and an operator's merges join seats.
"""

# statements are put together from our own texts only; values go in as parameters
from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cherish.store.duckdb import edges, schema

_NEAR = """
    CREATE OR REPLACE TEMP TABLE near AS
    SELECT kind, key FROM asked
    UNION SELECT kind, key FROM ends_around
    WHERE edge_id IN (SELECT edge_id FROM ends_around SEMI JOIN asked USING (kind, key))"""

_MEMBERS = """
    CREATE OR REPLACE TEMP TABLE members AS
    SELECT kind, key, customer_id, own_id FROM identities
    WHERE customer_id IN (SELECT customer_id FROM identities SEMI JOIN near USING (kind, key))"""

_STANDING = """
    CREATE OR REPLACE TEMP TABLE standing AS
    FROM edges_around WHERE edge_id IN (SELECT edge_id FROM ends_around SEMI JOIN members USING (kind, key))"""

# An alias whose previous id was an anonymous one says whose it is, as being seen together does: no more than that,
# or two people who sign up on one device would become one.
_OWNERS = """
    CREATE OR REPLACE TEMP TABLE owners AS
    SELECT key, arg_min(owner, (said_at, owner)) AS owner, arg_min(edge_id, (said_at, owner, edge_id)) AS edge_id FROM (
        SELECT key_a AS key, key_b AS owner, said_at, edge_id FROM standing WHERE reason = 'seen_together'
        UNION ALL
        SELECT unnest([key_a, key_b]), key_b, said_at, edge_id FROM standing WHERE reason = 'alias')
    WHERE key NOT IN (SELECT key_a FROM standing WHERE reason = 'split' AND kind_a = 'anonymous_id')
    GROUP BY key HAVING count(DISTINCT owner) <= {hub}"""

_SEATS = """
    CREATE OR REPLACE TEMP TABLE seats AS
    SELECT members.*, coalesce(users.own_id, members.own_id) AS seat
    FROM members LEFT JOIN owners ON members.kind = 'anonymous_id' AND members.key = owners.key
        LEFT JOIN members AS users ON users.kind = 'user_id' AND users.key = owners.owner"""

_BONDS = """
    CREATE OR REPLACE TEMP TABLE bonds AS
    WITH narrow AS (
        SELECT reason, kind_a, key_a FROM standing
        WHERE reason = 'alias' OR reason = 'trusted' AND kind_a IN ({trusted})
        GROUP BY ALL HAVING count(DISTINCT key_b) <= {hub}),
    strong AS (
        SELECT edge_id, reason, key_a, kind_b, key_b, CASE reason WHEN 'alias' THEN 'user_id' ELSE kind_a END AS kind_a
        FROM standing
        WHERE reason = 'merge' OR (reason, kind_a, key_a) IN (SELECT (reason, kind_a, key_a) FROM narrow)),
    splits AS (
        SELECT edge_id, seat FROM standing
        JOIN seats ON kind = kind_a AND key = key_a WHERE reason = 'split')
    SELECT strong.edge_id, a.seat AS seat_a, b.seat AS seat_b
    FROM strong JOIN seats AS a ON a.kind = kind_a AND a.key = key_a
        JOIN seats AS b ON b.kind = kind_b AND b.key = key_b
    WHERE a.seat <> b.seat AND NOT EXISTS (
        FROM splits WHERE splits.seat IN (a.seat, b.seat)
            AND (strong.reason <> 'merge' OR splits.edge_id > strong.edge_id))"""

_MOVED = """
    CREATE OR REPLACE TEMP TABLE moved AS
    SELECT * FROM (
        SELECT kind, key, customer_id AS old, min(own_id) OVER (PARTITION BY coalesce(root, seat)) AS new
        FROM seats LEFT JOIN roots USING (seat))
    WHERE old <> new"""


def resolve(connection: Any) -> bool:
    """Find which keys belong to another customer now, around those in the temporary table `asked`; are there any?

    They stand in `moved` (kind, key, old, new); every key looked at stands in `members`.
    """
    run, limit = connection.execute, edges.hub(connection)
    kinds = ", ".join(map(schema.text, edges.trusted(connection))) or "NULL"
    edges.show_ends(connection)
    edges.show_around(connection, "asked")
    for statement in (_NEAR, _MEMBERS):
        run(statement)
    edges.show_around(connection, "members")
    for statement in (_STANDING, _OWNERS.format(hub=limit), _SEATS):
        run(statement)
    run(_BONDS.format(hub=limit, trusted=kinds))
    _join_seats(connection)
    run(_MOVED)
    return bool(schema.one(connection, "SELECT count(*) FROM moved"))


def resolve_all(connection: Any) -> bool:
    """The same for every key."""
    connection.execute("CREATE OR REPLACE TEMP TABLE asked AS SELECT kind, key FROM identities")
    return resolve(connection)


def _join_seats(connection: Any) -> None:
    joined = connection.execute("SELECT DISTINCT seat_a, seat_b FROM bonds").fetchall()
    connection.execute("CREATE OR REPLACE TEMP TABLE roots (seat BIGINT, root BIGINT)")
    if joined:
        found = roots(joined)
        values = {"seats": list(found), "roots": list(found.values())}
        connection.execute("INSERT INTO roots SELECT unnest($seats), unnest($roots)", values)


def roots(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    """The smallest number that each number is joined with, directly or through others."""
    parents: dict[int, int] = {}
    for one, other in pairs:
        low, high = sorted((_root(parents, one), _root(parents, other)))
        parents[low] = low
        parents[high] = low
    return {number: _root(parents, number) for number in parents}


def _root(parents: dict[int, int], number: int) -> int:
    parents.setdefault(number, number)
    while parents[number] != number:
        parents[number] = parents[parents[number]]
        number = parents[number]
    return number
