"""Keys that a log knows customers by, and the edges that make several of them one customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


class Key(NamedTuple):
    """An identifier and its kind: `user_id`, `anonymous_id`, or a trait that the workspace trusts."""

    kind: str
    key: str


@dataclass(frozen=True)
class Edge:
    """What joins two keys, or keeps one apart (a split has no `b`): why, since when, and who said so.

    `said_by` is the import that brought it, or the operator. `binds` tells whether it is what makes them one
    customer now: other evidence for the same, or evidence that a split or a hub sets aside, does not bind.
    """

    number: int
    a: Key
    b: Key | None
    reason: str
    at: datetime
    said_by: str
    binds: bool
    undone_at: datetime | None
