"""A small company as one plain table, as it lies in somebody's warehouse: with gaps, empty texts and moved clocks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any

import pyarrow as pa

from cherish.spec.calendar import zone
from properties.world import World, world

ROLES = {"customer": "user_id", "ts": "ts", "name": "name", "value": "value", "currency": "currency",
         "order_id": "order_id", "traits": ("plan", "age")}  # fmt: skip
ZONES = {"Asia/Kolkata": 0, "Australia/Lord_Howe": 18}
"""Half an hour off all year; and a clock that changes by half an hour, a few weeks into the company's time. The number
is by how many weeks the company's time is moved to see it."""
_KINDS = {"ts": pa.timestamp("us"), "value": pa.decimal128(18, 4)}


@dataclass(frozen=True, eq=False)
class Company:
    """The table, the zone of its days, and the moments to ask at: the start of a local day, and a time inside it."""

    name: str
    table: Any
    zone: str
    moments: tuple[datetime, datetime]
    weeks: int


@cache
def company(name: str, seed: int = 3) -> Company:
    """The company whose days are those of a zone."""
    weeks = ZONES[name]
    made = world(seed).shifted(timedelta(weeks=weeks))
    inside = made.moments[1]
    start = inside.astimezone(zone(name)).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
    return Company(name, pa.concat_tables([_table(made, seed)]), name, (start, inside), weeks)


def _table(made: World, seed: int) -> Any:
    traits = {each["user_id"]: json.loads(each["traits"]) for each in made.people}
    rows = [_row(row, traits[row["user_id"]]) for row in made.rows]
    draw = Random(seed)
    for row in rows:
        # What exports are like: the same fact missing as null in one row and as an empty text in the next.
        for name in ("currency", "order_id", "country"):
            if row.get(name) is None and draw.random() < 0.5:
                row[name] = ""
    names = list(dict.fromkeys(name for row in rows for name in row))
    draw.shuffle(rows)
    return pa.table({name: pa.array([row.get(name) for row in rows], _kind(name, rows)) for name in names})


def _row(row: Mapping[str, Any], traits: Mapping[str, Any]) -> dict[str, Any]:
    told = json.loads(row["properties"]) if row["properties"] else {}
    own = {name: row[name] for name in ("user_id", "name", "ts", "value", "currency", "order_id")}
    return {**own, "plan": traits.get("plan"), "age": traits.get("age"), **told}


def _kind(name: str, rows: list[dict[str, Any]]) -> Any:
    values = [row[name] for row in rows if row.get(name) is not None]
    if name in _KINDS:
        return _KINDS[name]
    if all(isinstance(value, bool) for value in values):
        return pa.bool_()
    if all(isinstance(value, int) for value in values):
        return pa.int64()
    return pa.float64() if all(isinstance(value, int | float | Decimal) for value in values) else pa.string()
