"""Segment's raw messages: every call, ids, traits from both places, groups and aliases."""

from __future__ import annotations

import json
from typing import Any

from collect.exports.conftest import Bring

AT = "2024-01-02T10:00:00.000Z"


def message(kind: str, number: int, **fields: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "messageId": f"m{number}",
        "timestamp": AT,
        "originalTimestamp": AT,
        "sentAt": AT,
        "receivedAt": AT,
        "anonymousId": "a1",
        "userId": "u1",
        "context": {"ip": "1.2.3.4"},
        "channel": "client",
        **fields,
    }


def test_every_call(bring: Bring) -> None:
    rows = [
        message("track", 1, event="Order Completed", properties={"order_id": "o1", "revenue": 5, "currency": "EUR"}),
        message("page", 2, name="Home", category="Shop", properties={"path": "/"}, userId=None),
        message("identify", 3, context={"traits": {"email": "ann@x.org"}}),
        message("group", 4, groupId="acme", traits={"plan": "team"}),
        message("alias", 5, previousId="old"),
        message("screen", 6, name="Start"),
    ]
    found = bring("segment.json.jsonl", rows)
    assert "read as Segment's messages" in found.summary.notes[0]
    by_type = {each["type"]: each for each in found.events()}
    assert set(by_type) == {"track", "page", "identify", "group", "alias", "screen"}
    assert (float(by_type["track"]["value"]), by_type["track"]["order_id"]) == (5.0, "o1")
    assert by_type["page"]["properties"] == {"name": "Home", "category": "Shop", "path": "/"}
    assert (by_type["page"]["user_id"], by_type["page"]["anonymous_id"]) == (None, "a1")
    assert by_type["group"]["context"]["groupId"] == "acme"
    assert by_type["alias"]["properties"]["previous_id"] == "old"
    assert by_type["track"]["context"] == {"ip": "1.2.3.4", "channel": "client"}
    traits = found.store.query("SELECT traits FROM customers WHERE customer = 'u1'").to_pylist()
    assert json.loads(traits[0]["traits"])["email"] == "ann@x.org"


def test_a_message_comes_once_and_late_times_stand_in(bring: Bring) -> None:
    rows = [
        message("track", 1, event="A"),
        message("track", 1, event="A"),
        message("track", 2, event="B", timestamp=None),
    ]
    assert bring("segment.jsonl", rows).names() == ["A", "B"]


def test_rejects(bring: Bring) -> None:
    rows = [message("track", 1, event="A"), message("track", 2), message("page", 3, userId=None, anonymousId=None)]
    found = bring("segment.jsonl", rows)
    assert dict(found.summary.rejected) == {"event: no event name": 1}
    assert dict(found.summary.set_aside) == {"no customer": 1}
