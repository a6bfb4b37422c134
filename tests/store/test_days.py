"""The local day through the engine equals zoneinfo's, for thirty zones over ten years, above all at the changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pyarrow as pa
import pytest

from cherish.spec.calendar import Calendar, zone
from cherish.store.memory import memory

ZONES = (
    "UTC", "Europe/Berlin", "Europe/London", "Europe/Lisbon", "Europe/Moscow", "Europe/Istanbul", "Africa/Casablanca",
    "Africa/Cairo", "Africa/Johannesburg", "America/New_York", "America/Los_Angeles", "America/St_Johns",
    "America/Sao_Paulo", "America/Havana", "America/Caracas", "America/Mexico_City", "America/Godthab",
    "Asia/Kolkata", "Asia/Kathmandu", "Asia/Tehran", "Asia/Pyongyang", "Asia/Shanghai", "Asia/Gaza", "Asia/Yangon",
    "Australia/Lord_Howe", "Australia/Adelaide", "Australia/Eucla", "Pacific/Chatham",
    "Pacific/Apia", "Pacific/Marquesas",
)  # fmt: skip
START, END = datetime(2010, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def store() -> Any:
    return memory()


@pytest.mark.parametrize("name", ZONES)
def test_the_day_is_that_of_zoneinfo(store: Any, name: str) -> None:
    calendar = Calendar(name, START, END)
    span = int((END - START).total_seconds())
    random = Random(name)
    moments = [
        START + timedelta(seconds=random.randrange(span), microseconds=random.randrange(10**6)) for _ in range(300)
    ]
    changes = [at for at in calendar.offsets.instants if START < at < END]
    moments += [at + timedelta(microseconds=shift) for at in changes for shift in (-1, 0, 1)]
    moments += [at + timedelta(minutes=minutes) for at in changes for minutes in range(-90, 91, 15)]
    table = store.temporary(
        pa.table({"ts": pa.array([each.replace(tzinfo=None) for each in moments], pa.timestamp("us"))})
    )
    seen = store.run(table.select("ts", local=calendar.local(table.ts), day=calendar.day(table.ts))).to_pylist()
    local = zone(name)
    expected = {each.replace(tzinfo=None): each.astimezone(local).replace(tzinfo=None) for each in moments}
    assert {row["ts"]: row["local"] for row in seen} == expected
    assert all(row["day"] == row["local"].date() for row in seen)
