"""The properties that events of one name carry: how often, of which type, and values that say nothing of a person."""

# ruff: noqa: S608  # statements are put together from our own texts only; values go in as parameters
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cherish.errors import QuestionError
from cherish.store.duckdb import properties, schema
from cherish.store.duckdb.reading import Reading

LAST = 10_000
"""So many events are looked at, the last ones: what a name carried years ago is not what it carries."""
EXAMPLES, LONGEST = 4, 60

_PERSONAL = (
    "mail|phone|mobile|street|address|postal|zip|birth|passw|secret|token|cookie|iban|card|ssn|(^|_)ip$"
    "|^(first|last|full|user|nick)?_?name$|(first|last|full)name"
)
"""Names of properties whose values are not shown, whoever shares them."""

_COUNTED = """
    SELECT key, count(*) AS n FROM (SELECT unnest(json_keys(properties)) AS key FROM last_events) GROUP BY key"""

_SHARED = f"""
    WITH keys AS (SELECT customer_id, properties, unnest(json_keys(properties)) AS key FROM last_events),
    said AS (
        SELECT key, customer_id, json_extract_string(properties, '/' || replace(replace(key, '~', '~0'), '/', '~1'))
            AS value
        FROM keys WHERE NOT regexp_matches(lower(key), {schema.text(_PERSONAL)})),
    shared AS (
        SELECT key, value, count(DISTINCT customer_id) AS customers FROM said
        WHERE length(value) <= {LONGEST} AND NOT contains(value, '@')
            AND NOT regexp_full_match(value, '[+0-9 ()/-]{{9,}}')
            AND left(value, 1) NOT IN ('{{', '[')
        GROUP BY key, value HAVING customers >= $fewest)
    SELECT key, list(value ORDER BY customers DESC, value)[:{EXAMPLES}] FROM shared GROUP BY key"""


@dataclass(frozen=True)
class Property:
    """A property: its type, the share of events that have it, what people say it means, and shared values of it."""

    name: str
    type: str
    share: float
    examples: tuple[str, ...] = ()
    description: str = ""
    hidden: bool = False


@dataclass(frozen=True)
class Carried:
    """What the last events of a name carry, and how many of them were looked at."""

    events: int
    properties: tuple[Property, ...]


def carried(connection: Any, name: str, fewest: int, described: dict[str, str]) -> Carried:
    """The properties of an event as it is called by now, the most frequent first.

    Args:
        connection: the engine's.
        name: the event.
        fewest: an example is a value that so many customers share.
        described: what is said of properties.

    Raises:
        QuestionError: no such event.
    """
    reading = Reading.of(connection)
    sent = [old for old, now in reading.names if now == name]
    sent += [name] if name not in dict(reading.names) else []
    listed = ", ".join(map(schema.text, sent)) or "NULL"
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE last_events AS SELECT customer_id, properties FROM main.events "
        f"WHERE name IN ({listed}) AND noise IS NULL ORDER BY ts DESC, event_id LIMIT {LAST}"
    )
    count = int(schema.one(connection, "SELECT count(*) FROM last_events"))
    if not count:
        raise QuestionError(f"{name!r} is no event here; cherish events shows their names")
    counted = dict(connection.execute(_COUNTED).fetchall())
    shared = dict(connection.execute(_SHARED, {"fewest": fewest}).fetchall())
    kinds: dict[str, set[str]] = {}
    for key, kind in properties.kinds(connection, "last_events", "properties"):
        kinds.setdefault(key, set()).add(kind)
    connection.execute("DROP TABLE last_events")
    found = (
        Property(
            key, " or ".join(sorted(kinds.get(key, {"null"}))), n / count, tuple(shared.get(key, ())),
            described.get(key, ""), key in reading.hidden_properties,
        )
        for key, n in counted.items()
    )  # fmt: skip
    return Carried(count, tuple(sorted(found, key=lambda each: (each.hidden, -each.share, each.name))))
