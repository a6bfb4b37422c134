"""What the published clients send, as their requests were recorded, and what is taken of it."""

from __future__ import annotations

import json

from messages.bodies import lines, microseconds, take

PYTHON = """{"batch": [
 {"type": "identify", "userId": "u1", "anonymousId": "an1",
  "traits": {"email": "a@b.c", "createdAt": "2024-01-02T03:04:05"},
  "context": {"library": {"name": "analytics-python", "version": "2.4.0"}}, "integrations": {},
  "timestamp": "2026-11-22T08:58:29.568+00:00", "messageId": "3a7a0cc5"},
 {"type": "track", "event": "Order Completed", "userId": "u1", "anonymousId": null,
  "properties": {"order_id": "o1", "revenue": 12.5, "currency": "EUR"},
  "timestamp": "2026-11-22T08:58:29.569+00:00", "messageId": "8303"},
 {"type": "alias", "previousId": "an1", "userId": "u1", "anonymousId": null, "messageId": "08f3"}],
 "sentAt": "2026-11-22T08:58:30.068689+00:00", "writeKey": "WK_test"}"""


def test_segments_python_client() -> None:
    identify, order, alias = lines(take(PYTHON.encode()))
    # 08:58:30.068689 less 08:58:29.568 is 0.500689 s before it came at 09:00.
    assert identify == {
        "message_id": "3a7a0cc5",
        "type": "identify",
        "ts": microseconds("2026-11-22T08:59:59.499311+00:00"),
        "received_at": microseconds("2026-11-22T09:00:00+00:00"),
        "original_ts": microseconds("2026-11-22T08:58:29.568+00:00"),
        "anonymous_id": "an1",
        "user_id": "u1",
        "traits": {"email": "a@b.c", "createdAt": "2024-01-02T03:04:05"},
        "context": {"library": {"name": "analytics-python", "version": "2.4.0"}},
    }
    assert order["name"] == "Order Completed"
    assert order["properties"] == {"order_id": "o1", "revenue": 12.5, "currency": "EUR"}
    assert "anonymous_id" not in order
    assert (alias["user_id"], alias["previous_id"]) == ("u1", "an1")
    assert alias["ts"] == alias["received_at"]


def test_each_line_is_one_line_however_the_body_is_laid_out() -> None:
    found = take(json.dumps(json.loads(PYTHON), indent=2).replace("\n", "\r\n\t").encode())
    assert found.lines == take(PYTHON.encode()).lines
    assert found.lines.count(b"\n") == 3
    assert b"\r" not in found.lines


def test_rudderstacks_clients_send_traits_in_the_context_and_one_clock_per_item() -> None:
    item = {
        "type": "identify",
        "userId": "u1",
        "context": {"traits": {"plan": "pro"}, "library": {"name": "rudder"}},
        "channel": "server",
        "originalTimestamp": "2026-11-22T08:00:00Z",
        "sentAt": "2026-11-22T08:00:10Z",
        "messageId": "uuid",
        "_metadata": {"nodeVersion": "22"},
    }
    (read,) = lines(take(json.dumps({"batch": [item]}).encode()))
    assert read["traits"] == {"plan": "pro"}
    assert read["ts"] == microseconds("2026-11-22T08:59:50+00:00")


def test_the_browser_client_sends_one_event_to_the_path_of_its_type() -> None:
    body = {
        "timestamp": "2026-11-22T08:59:00.000Z",
        "sentAt": "2026-11-22T08:59:01.000Z",
        "type": "page",
        "category": None,
        "name": None,
        "properties": {"path": "/", "title": "Home"},
        "context": {"page": {"path": "/"}, "campaign": {"source": "mail"}},
        "messageId": "ajs-next-1795338322618-uuid",
        "anonymousId": "a1",
        "userId": "u1",
        "writeKey": "k",
        "_metadata": {"bundled": ["Segment.io"]},
    }
    (read,) = lines(take(json.dumps(body).encode(), "page"))
    assert (read["type"], read["anonymous_id"], read["user_id"]) == ("page", "a1", "u1")
    assert read["ts"] == microseconds("2026-11-22T08:59:59+00:00")


def test_jitsu_sends_a_pages_name_in_its_properties() -> None:
    body = {
        "type": "page",
        "messageId": "15fjcmlrkxgar56fp2rg3",
        "anonymousId": "a1",
        "writeKey": "kid:***",
        "properties": {"name": "Pricing"},
        "context": {"clientIds": {"ga": 1}, "traits": {"plan": "pro"}},
    }
    (read,) = lines(take(json.dumps(body).encode(), "page"))
    assert read["name"] == "Pricing"
    assert "traits" not in read
