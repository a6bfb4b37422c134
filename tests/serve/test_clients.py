"""The official Python clients of Segment and RudderStack, unmodified: what they believe delivered is what is held."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import rudderstack.analytics.client as rudderstack
import segment.analytics.client as segment

from serve.conftest import Serving, Start

TEXT = "grüß 🙂 مرحبا"
CLIENTS = {
    "segment": lambda **given: segment.Client(**given),
    "segment, packed": lambda **given: segment.Client(gzip=True, **given),
    "rudderstack": lambda **given: rudderstack.Client(**given),
    "rudderstack, unpacked": lambda **given: rudderstack.Client(gzip=False, **given),
}


class Delivery:
    """A client, what it was given, and what it reported as not delivered."""

    def __init__(self, kind: str, serving: Serving, key: str = "") -> None:
        self.failed: list[Any] = []
        self.given: list[dict[str, Any]] = []
        self.client = CLIENTS[kind](write_key=key or serving.key, host=serving.url, on_error=self._lost)

    def _lost(self, error: Exception, batch: list[Any]) -> None:
        self.failed.extend(batch)

    def call(self, name: str, *arguments: Any, **more: Any) -> None:
        accepted, message = getattr(self.client, name)(*arguments, **more)
        assert accepted
        self.given.append(message)

    def end(self) -> None:
        self.client.flush()
        self.client.join()


@pytest.fixture(params=CLIENTS)
def delivery(request: pytest.FixtureRequest, serving: Serving) -> Delivery:
    return Delivery(request.param, serving)


def held(serving: Serving, given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ids = {each["messageId"] for each in given}
    return [line for line in serving.lines() if line["message_id"] in ids]


def test_all_six_calls_arrive_once_and_unchanged(serving: Serving, delivery: Delivery) -> None:
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    bought = {"order_id": "o1", "revenue": 12.5, "currency": "EUR", "text": TEXT, "count": 2**53 - 1}
    delivery.call("identify", "u1", {"email": "a@example.com", "name": TEXT}, anonymous_id="an1")
    delivery.call("track", "u1", "Order Completed", bought, timestamp=at)
    delivery.call("page", "u1", "shop", "Home", {"path": "/"})
    delivery.call("screen", "u1", "shop", "Start", {"version": "1"})
    delivery.call("group", "u1", "acme", {"plan": "pro"})
    delivery.call("alias", "an1", "u1")
    delivery.end()
    assert delivery.failed == []
    lines = {line["type"]: line for line in held(serving, delivery.given)}
    assert sorted(lines) == ["alias", "group", "identify", "page", "screen", "track"]
    assert len(held(serving, delivery.given)) == 6
    assert lines["track"]["properties"] == bought
    assert lines["track"]["name"] == "Order Completed"
    given = (
        datetime.fromtimestamp(lines["track"]["original_ts"] / 1e6, UTC) if "original_ts" in lines["track"] else None
    )
    assert (given or datetime.fromtimestamp(lines["track"]["ts"] / 1e6, UTC)) == at
    assert abs(datetime.fromtimestamp(lines["track"]["ts"] / 1e6, UTC) - at) < timedelta(seconds=30)
    assert lines["identify"]["traits"]["email"] == "a@example.com"
    assert lines["identify"]["traits"]["name"] == TEXT
    assert lines["identify"]["anonymous_id"] == "an1"
    assert lines["page"]["name"] == "Home"
    assert lines["group"]["group_id"] == "acme"
    assert (lines["alias"]["previous_id"], lines["alias"]["user_id"]) == ("an1", "u1")
    assert all(line["user_id"] == "u1" for line in lines.values())


def test_a_thousand_events_arrive_once_each(serving: Serving, delivery: Delivery) -> None:
    for number in range(1_000):
        delivery.call("track", f"u{number % 50}", "Seen", {"number": number})
    delivery.end()
    assert delivery.failed == []
    lines = held(serving, delivery.given)
    assert sorted(line["properties"]["number"] for line in lines) == list(range(1_000))
    assert [line["message_id"] for line in lines] == [each["messageId"] for each in delivery.given]


@pytest.mark.parametrize("kind", ["segment", "rudderstack"])
def test_a_wrong_key_is_told_to_the_client_at_once_and_nothing_is_held(serving: Serving, kind: str) -> None:
    delivery = Delivery(kind, serving, key="cnobodyhasthiskeyatall000")
    delivery.call("track", "u1", "Seen", {})
    delivery.end()
    assert [each["messageId"] for each in delivery.failed] == [each["messageId"] for each in delivery.given]
    assert held(serving, delivery.given) == []


def test_a_client_waits_through_an_overload_and_loses_nothing(collector: Start) -> None:
    """The journal is full until a second server, whose bound is larger, takes its place on the same workspace."""
    serving = collector(events=1)
    serving.post("/v1/t", {"event": "Seen", "userId": "u0"})
    assert serving.post("/v1/t", {"event": "Seen", "userId": "u0"}).status_code == 503
    delivery = Delivery("segment", serving)
    delivery.call("track", "u1", "Seen", {"number": 1})
    ended = threading.Thread(target=delivery.end)
    ended.start()
    while 'route="/v1/batch",status="503"' not in serving.http.get("/metrics").text:
        time.sleep(0.05)
    serving.stop()
    serving.command = [word for word in serving.command if word != "events=1"]
    serving.start()
    ended.join(60)
    assert not ended.is_alive()
    assert delivery.failed == []
    assert [line["properties"] for line in held(serving, delivery.given)] == [{"number": 1}]
