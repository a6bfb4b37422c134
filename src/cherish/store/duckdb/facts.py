"""What is known of the log, learned in a handful of small statements."""

# ruff: noqa: S608  # statements are put together from our own texts only; values go in as parameters
from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import ibis

from cherish.spec import derive
from cherish.spec.relations import ACTIVITY, EVENTS, ORDERS, ActiveSet, Facts
from cherish.store.duckdb import definitions, fingerprint, properties, schema, upkeep
from cherish.store.duckdb.reading import Reading
from cherish.store.duckdb.statements import compiled

_NAME_CURRENCIES = """
    SELECT name, count(DISTINCT currency) + CAST(bool_or(currency IS NULL) AS BIGINT) FROM activity GROUP BY name"""

_LEFT_OUT = """
    SELECT (SELECT count(DISTINCT customer_id) FROM noise),
        (SELECT count(*) FROM events WHERE noise IS NOT NULL),
        coalesce((SELECT sum(n) FROM activity SEMI JOIN noise USING (customer_id)), 0)"""


def learn(connection: Any, reading: Reading | None = None) -> Facts:
    """The facts of the log as it is now, read as it is read usually, or in another way."""
    reading = reading or Reading.of(connection)
    front = _front(connection, reading)
    left_out = _left_out(connection, reading)

    def asked(statement: str) -> list[Any]:
        found: list[Any] = connection.execute(f"{front} {statement}").fetchall()
        return found

    first, last = asked("SELECT min(first_ts), max(last_ts) FROM activity")[0]
    people = "customers" if not reading.people else f"(SELECT customers.* FROM {reading.relation('customers')})"
    kinds = asked("SELECT DISTINCT name, kind FROM properties")
    return Facts(
        zone=schema.setting(connection, "zone") or "UTC",
        first=_aware(first),
        last=_aware(last),
        names=dict(asked("SELECT name, CAST(sum(n) AS BIGINT) FROM activity GROUP BY name ORDER BY 2 DESC, 1")),
        currencies=dict(
            asked("SELECT currency, count(*) FROM orders WHERE currency IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1")
        ),
        name_currencies=dict(asked(_NAME_CURRENCIES)),
        properties=properties.types(pair for pair in kinds if pair[0] not in reading.hidden_properties),
        traits=properties.types(properties.kinds(connection, people, "traits")),
        rows=_rows(asked, None if reading.hidden else left_out.get("events")),
        fingerprint=fingerprint.whole(connection) + (f":{reading.digest}" if reading.digest else ""),
        active=_active(connection, dict(reading.names)),
        outcome=_outcome(connection, dict(reading.names)),
        live=bool(schema.one(connection, "SELECT EXISTS (FROM loads WHERE kind = 'live')")),
        rates=json.loads(schema.setting(connection, "rates") or "{}"),
        currency=schema.setting(connection, "currency"),
        left_out=left_out,
        experiments=definitions.experiments(connection),
    )


def _front(connection: Any, reading: Reading) -> str:
    """The relations as they are read, under their own names; nothing where they are read as they are kept."""
    named: dict[str, str] = {}
    if reading.everybody and reading.events:
        local = upkeep.calendar(connection)
        every = ibis.table(EVENTS, name="events")
        named = {
            "events": f"FROM {reading.relation('events')}",
            "activity": compiled(derive.activity(every, local).select(*ACTIVITY)),
            "orders": compiled(derive.orders(every, local).select(*ORDERS)),
        }
    elif reading.people or reading.lost:
        named = {name: f"FROM {reading.relation(name)}" for name in ("events", "activity", "orders", "customers")}
    return f"WITH {', '.join(f'{name} AS ({text})' for name, text in named.items())}" if named else ""


def _left_out(connection: Any, reading: Reading) -> dict[str, int]:
    if not reading.leaves_out:
        return {}
    customers, events, theirs = schema.row(connection, _LEFT_OUT)
    return {"customers": int(customers), "events": int(events) + int(theirs)}


def _rows(asked: Any, left_out: int | None) -> dict[str, int]:
    tables = ("events", "activity", "orders", "customers")
    # Taken off the number of all events: it is known, and to leave each out would be to look at all.
    whole = {} if left_out is None else {"events": f"SELECT (SELECT count(*) FROM main.events) - {left_out}"}
    counted = {table: whole.get(table, f"SELECT count(*) FROM {table}") for table in tables}
    rows = {table: int(asked(statement)[0][0]) for table, statement in counted.items()}
    return rows | {"anonymous": int(asked("SELECT count(*) FROM customers WHERE NOT identified")[0][0])}


def _active(connection: Any, now: dict[str, str]) -> dict[str, ActiveSet]:
    """The active sets; what they were told under an older name they hold under the present one."""
    rows = connection.execute(
        "SELECT name, arg_max(body, version), max(version) FROM definitions "
        "WHERE kind = 'active' GROUP BY name ORDER BY name"
    ).fetchall()
    return {
        name: ActiveSet(name, tuple(dict.fromkeys(now.get(each, each) for each in json.loads(body))), version)
        for name, body, version in rows
    }


def _outcome(connection: Any, now: dict[str, str]) -> str | None:
    found = schema.one(connection, "SELECT arg_max(name, version) FROM definitions WHERE kind = 'outcome'")
    return None if found is None else now.get(str(found), str(found))


def _aware(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=UTC)
