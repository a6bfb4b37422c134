"""Amplitude: UTC times that say no zone, devices, $insert_id, money, and what is known of people on every event."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

from collect.exports.conftest import Bring


def event(name: str = "Play Song", **fields: Any) -> dict[str, Any]:
    return {
        "event_type": name, "event_time": "2024-01-02 10:00:00.123000", "user_id": "u1", "device_id": "d1",
        "$insert_id": "i1", "uuid": "8f1d", "amplitude_id": 42, "event_properties": {"song": "Gnossienne"},
        "user_properties": {}, "city": "Bern", "os_name": "iOS", **fields,
    }  # fmt: skip


def test_an_event(bring: Bring) -> None:
    found = bring("amplitude.json", [event()], zone="Europe/Zurich")
    (one,) = found.events()
    assert (one["name"], one["user_id"], one["anonymous_id"]) == ("Play Song", "u1", "d1")
    assert one["ts"] == datetime(2024, 1, 2, 10, 0, 0, 123_000), "UTC, whatever the workspace's zone is"
    assert one["properties"] == {"song": "Gnossienne"}
    assert one["context"] == {"city": "Bern", "os_name": "iOS"}


def test_money(bring: Bring) -> None:
    held = {"$revenue": 12.5, "$productId": "tea"}
    (one,) = bring("amplitude.json", [event("Paid", event_properties=held)], currency="CHF").events()
    assert (one["value"], one["currency"], one["properties"]["revenue"]) == (Decimal("12.5"), "CHF", 12.5)


def test_the_last_properties_of_a_person_are_traits(bring: Bring) -> None:
    rows = [
        event(user_properties={"plan": "pro", "age": 40}, event_time="2024-01-03 10:00:00", **{"$insert_id": "i2"}),
        event(user_properties={"plan": "free"}),
        event(user_id=None, user_properties={"plan": "none"}, **{"$insert_id": "i3"}),
    ]
    found = bring("amplitude.json", rows)
    (traits,) = [
        each["traits"] for each in found.store.query("SELECT traits FROM customers WHERE customer = 'u1'").to_pylist()
    ]
    assert json.loads(traits) == {"plan": "pro", "age": 40}
    assert found.summary.traits == 1


def test_events_are_told_apart_by_device_and_insert_id(bring: Bring) -> None:
    rows = [event(), event(uuid="other"), event(device_id="d2"), event(**{"$insert_id": None, "uuid": "a"}),
            event(**{"$insert_id": None, "uuid": "b"})]  # fmt: skip
    assert len(bring("amplitude.json", rows).events()) == 4


def test_calls_and_rejects(bring: Bring) -> None:
    rows = [
        event("[Amplitude] Page Viewed", event_properties={"[Amplitude] Page Path": "/a"}),
        event("session_start", **{"$insert_id": "i2"}), event(event_time="2024-13-02 10:00:00", **{"$insert_id": "i3"}),
        event(event_time=None, **{"$insert_id": "i4"}), event(user_id=None, device_id=None, **{"$insert_id": "i5"}),
    ]  # fmt: skip
    found = bring("amplitude.json", rows)
    assert found.names() == ["Page Viewed", "Session Started"]
    assert found.events()[0]["properties"]["path"] == "/a"
    assert dict(found.summary.rejected) == {"time: not a possible time": 1, "time: no time": 1}
    assert dict(found.summary.set_aside) == {"no customer": 1}
