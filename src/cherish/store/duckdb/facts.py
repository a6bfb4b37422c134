"""What is known of the log, learned in a handful of small statements."""

# ruff: noqa: S608  # statements are put together from our own texts only; values go in as parameters
from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from cherish.spec.relations import ActiveSet, Facts
from cherish.store.duckdb import fingerprint, properties, schema

_NAME_CURRENCIES = """
    SELECT name, count(DISTINCT currency) + CAST(bool_or(currency IS NULL) AS BIGINT) FROM activity GROUP BY name"""


def learn(connection: Any) -> Facts:
    """The facts of the log as it is now."""
    asked = connection.execute
    first, last = schema.row(connection, "SELECT min(first_ts), max(last_ts) FROM activity")
    return Facts(
        zone=schema.setting(connection, "zone") or "UTC",
        first=_aware(first),
        last=_aware(last),
        names=dict(
            asked("SELECT name, CAST(sum(n) AS BIGINT) FROM activity GROUP BY name ORDER BY 2 DESC, 1").fetchall()
        ),
        currencies=dict(
            asked(
                "SELECT currency, count(*) FROM orders WHERE currency IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"
            ).fetchall()
        ),
        name_currencies=dict(asked(_NAME_CURRENCIES).fetchall()),
        properties=properties.types(asked("SELECT DISTINCT name, kind FROM properties").fetchall()),
        traits=properties.types(properties.kinds(connection, "customers", "traits")),
        rows=_rows(connection),
        fingerprint=fingerprint.whole(connection),
        active=_active(connection),
        outcome=_outcome(connection),
        rates=json.loads(schema.setting(connection, "rates") or "{}"),
        currency=schema.setting(connection, "currency"),
    )


def _rows(connection: Any) -> dict[str, int]:
    tables = ("events", "activity", "orders", "customers")
    rows = {table: int(schema.one(connection, f"SELECT count(*) FROM {table}")) for table in tables}
    return rows | {"anonymous": int(schema.one(connection, "SELECT count(*) FROM customers WHERE NOT identified"))}


def _active(connection: Any) -> dict[str, ActiveSet]:
    rows = connection.execute(
        "SELECT name, arg_max(body, version), max(version) FROM definitions "
        "WHERE kind = 'active' GROUP BY name ORDER BY name"
    ).fetchall()
    return {name: ActiveSet(name, tuple(json.loads(body)), version) for name, body, version in rows}


def _outcome(connection: Any) -> str | None:
    found = schema.one(connection, "SELECT arg_max(name, version) FROM definitions WHERE kind = 'outcome'")
    return None if found is None else str(found)


def _aware(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=UTC)
