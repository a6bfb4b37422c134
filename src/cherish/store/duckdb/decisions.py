"""What an operator decides about customers: that two are one, that a key stands by itself, and taking either back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cherish.errors import QuestionError
from cherish.store.duckdb import edges, schema
from cherish.store.duckdb.identity import Identity
from cherish.store.keys import Key

# A key as it stands comes before its reading as KIND:KEY, because ids may hold colons.
_FOUND = """
    SELECT kind, key FROM identities WHERE key = $text OR kind = $kind AND key = $key
    ORDER BY key <> $text, kind <> 'user_id', kind <> 'anonymous_id', kind LIMIT 1"""

_ADD = """
    INSERT INTO edges
    SELECT coalesce(max(edge_id), 0) + 1, $kind_a, $key_a, $kind_b, $key_b, $reason, $at, NULL, NULL, $by, NULL
    FROM edges
    RETURNING edge_id"""

_LAST = "SELECT max(edge_id) FROM edges WHERE reason IN ('merge', 'split') AND undone_at IS NULL"

_SAME_MERGE = """
    SELECT max(edge_id) FROM edges WHERE reason = 'merge' AND undone_at IS NULL
        AND [kind_a, key_a, kind_b, key_b]
            IN ([$kind_a, $key_a, $kind_b, $key_b], [$kind_b, $key_b, $kind_a, $key_a])"""


def known(connection: Any, key: Key | str) -> Key:
    """The key as the log knows it; a text is a user id first, then an anonymous id, then another, then KIND:KEY.

    Raises:
        QuestionError: the log knows no such key.
    """
    if isinstance(key, Key):
        found = schema.row(connection, "SELECT kind, key FROM identities WHERE kind = ? AND key = ?", [*key])
    else:
        kind, _, rest = key.partition(":")
        found = schema.row(connection, _FOUND, {"text": key, "kind": kind, "key": rest})
    if found is None:
        raise QuestionError("no customer has this key; a key is a user id, an anonymous id or a trusted identifier")
    return Key(*found)


def customer_of(connection: Any, kind: str, key: str) -> int | None:
    """The log's number of the customer that a key belongs to, or None."""
    statement = "SELECT customer_id FROM identities WHERE kind = ? AND key = ?"
    found: int | None = schema.one(connection, statement, [kind, key])
    return found


def merge(connection: Any, a: Key, b: Key, by: str, at: datetime) -> int | None:
    """Join the customers of two keys; the edge's number, or None where it is one key. A repeat changes nothing."""
    if a == b:
        return None
    values = {"kind_a": a.kind, "key_a": a.key, "kind_b": b.kind, "key_b": b.key}
    same: int | None = schema.one(connection, _SAME_MERGE, values)
    if same is not None and customer_of(connection, *a) == customer_of(connection, *b):
        return same
    edge = int(schema.one(connection, _ADD, values | {"reason": "merge", "at": at, "by": by}))
    _follow(connection, edge)
    return edge


def split(connection: Any, key: Key, by: str, at: datetime) -> int:
    """Let a key stand by itself, whatever said or says that it belongs to others; the edge's number.

    Raises:
        QuestionError: it stands by itself already. A user's own anonymous ids stay with the user.
    """
    values = {"kind_a": key.kind, "key_a": key.key, "kind_b": None, "key_b": None}
    edge = int(schema.one(connection, _ADD, values | {"reason": "split", "at": at, "by": by}))
    if not _follow(connection, edge):
        raise QuestionError("this key is joined with no other customer's; there is nothing to split")
    return edge


def undo(connection: Any, edge: int | None, at: datetime) -> int:
    """Take an operator's merge or split back, without a number the last one that stands; its number.

    Raises:
        QuestionError: there is no such merge or split, or it was taken back before.
    """
    if edge is None:
        edge = schema.one(connection, _LAST)
    if edge is None:
        raise QuestionError("no merge and no split stands; there is nothing to take back")
    reason, undone = schema.row(connection, "SELECT reason, undone_at FROM edges WHERE edge_id = ?", [edge]) or (
        None,
        None,
    )
    if reason is None:
        raise QuestionError(f"there is no edge {edge}; the numbers stand in: cherish customer why KEY")
    if reason not in ("merge", "split"):
        raise QuestionError(f"edge {edge} is {reason}, which events say; to set it aside: cherish customer split KEY")
    if undone is not None:
        raise QuestionError(f"edge {edge} was taken back at {undone:%Y-%m-%d %H:%M} UTC already")
    _follow(connection, edge, "UPDATE edges SET undone_at = $at WHERE edge_id = $edge", {"at": at, "edge": edge})
    return edge


def _follow(connection: Any, edge: int, then: str | None = None, values: Any = None) -> bool:
    identity = Identity(connection)
    edges.show_ends(connection)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE asked AS SELECT kind, key FROM edge_ends WHERE edge_id = $edge", {"edge": edge}
    )
    if then is not None:
        connection.execute(then, values)
    moved = identity.settle()
    identity.finish()
    return moved


def identify_by(connection: Any, trusted: tuple[str, ...] | None, hub: int | None) -> None:
    """Set what is an identifier and when a key is nobody's, and join and part customers by it.

    Raises:
        QuestionError: a trait's name holds a space or is a kind that keys have already, or the number is below 1.
    """
    if hub is not None:
        if hub < 1:
            raise QuestionError(f"hub={hub}: at least one user must be able to own a key; give 1 or more")
        schema.set_setting(connection, "hub", str(hub))
    if trusted is not None:
        wrong = [name for name in trusted if name.split() != [name] or name in edges.KINDS]
        if wrong:
            raise QuestionError(f"trusted={wrong[0]!r} can't be a trusted trait; name one such as email")
        schema.set_setting(connection, "trusted", " ".join(sorted(set(trusted))))
    identity = Identity(connection)
    identity.trust("traits")
    if hub is not None:
        edges.from_events(connection, "events")
    identity.settle(everybody=True)
    identity.finish()
