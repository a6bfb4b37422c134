"""The named imports as the log remembers them."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from cherish.store.contract import Import

_COUNTS = """
    SELECT name, CAST(sum(events) AS BIGINT), count(DISTINCT customer_id) FROM (
        SELECT load_id, customer_id, count(*) AS events FROM events GROUP BY ALL
        UNION ALL SELECT load_id, customer_id, 0 FROM traits)
    JOIN loads USING (load_id) GROUP BY name"""

_LOADS = """
    SELECT name, arg_max(kind, load_id), flatten(list(files ORDER BY load_id)), arg_max(digest, load_id), min(loaded_at)
    FROM loads GROUP BY name ORDER BY min(load_id)"""


def imports(connection: Any) -> list[Import]:
    """The imports, oldest first."""
    counts = {name: (events, customers) for name, events, customers in connection.execute(_COUNTS).fetchall()}
    found = []
    for name, kind, files, digest, at in connection.execute(_LOADS).fetchall():
        events, customers = counts.get(name, (0, 0))
        unique = tuple(dict.fromkeys(files))
        found.append(Import(name, kind, unique, digest, at.replace(tzinfo=UTC), int(events), int(customers)))
    return found
