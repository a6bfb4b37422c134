"""How much of a device is kept at the door: networks and families by default, all or nothing where that is set."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from cherish.spec.messages import Discreet, Limits, taken
from cherish.spec.messages.discreet import family, network

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.6478.127 Safari/537.36"
)


def context(given: dict[str, Any], **kept: str) -> dict[str, Any] | None:
    body = json.dumps({"event": "A", "userId": "u", "context": given}).encode()
    line = taken(body, kind="track", received_at=NOW, limits=Limits(discreet=Discreet(**kept))).lines
    found: dict[str, Any] | None = json.loads(line).get("context")
    return found


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("203.0.113.77", "203.0.113.0"),
        (" 203.0.113.77, 10.0.0.1", "203.0.113.0"),
        ("2001:db8:1234:5678::9", "2001:db8:1234::"),
        ("::ffff:203.0.113.77", "203.0.113.0"),
        ("fe80::1%eth0", "fe80::"),
        ("0.0.0.0", "0.0.0.0"),
        ("203.0.113.77:5000", None),
        ("not an address", None),
        (42, None),
    ],
)
def test_an_address_becomes_its_network(address: Any, kept: str | None) -> None:
    assert network(address) == kept
    assert (context({"ip": address, "locale": "de"}) or {}).get("ip") == kept


@pytest.mark.parametrize(
    ("agent", "kept"),
    [
        (CHROME, "Chrome/126 (Windows)"),
        (f"{CHROME} Edg/126.0.2592.81", "Edge/126 (Windows)"),
        (f"{CHROME} OPR/111.0.0.0", "Opera/111 (Windows)"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox/127 (Linux)"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "Version/17.5 Mobile/15E148 Safari/604.1",
            "Safari/17 (iOS)",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4.1 "
            "Safari/605.1.15",
            "Safari/17 (macOS)",
        ),
        (
            "Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) "
            "SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
            "SamsungBrowser/25 (Android)",
        ),
        ("Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko", "MSIE/11 (Windows)"),
        ("analytics-python/2.3.2", "analytics-python/2"),
        ("okhttp/4.12.0", "okhttp/4"),
        ("something of a device, serial 4711", "other"),
        ("Mozilla/5.0 (compatible; something unknown)", "other"),
        ("Mozilla/5.0", "other"),
        ("Mozilla/5.0 (X11; Linux) NovelThing/3.1", "NovelThing/3 (Linux)"),
        ("Mozilla/5.0 (Nintendo Switch; WebApplet) AppleWebKit/606.4 (KHTML, like Gecko) NF/6.0.1", "AppleWebKit/606"),
        ("Chrome/126 (Windows)", "Chrome/126 (Windows)"),
    ],
)
def test_a_user_agent_becomes_its_family(agent: str, kept: str) -> None:
    assert family(agent) == kept
    assert context({"userAgent": agent}) == {"userAgent": kept}


def test_client_hints_lose_what_tells_devices_apart() -> None:
    brands = [{"brand": "Chromium", "version": "126.0.6478.127"}]
    given = {"brands": brands, "mobile": False, "platform": "Linux", "model": "X-1", "uaFullVersion": "126.0.6478.127"}
    kept = {"brands": [{"brand": "Chromium", "version": "126"}], "mobile": False, "platform": "Linux"}
    assert context({"userAgentData": given}) == {"userAgentData": kept}
    assert context({"userAgentData": "odd"}) is None


def test_all_or_nothing_by_setting() -> None:
    given = {"ip": "203.0.113.77", "userAgent": CHROME, "userAgentData": {"model": "X-1"}, "locale": "de"}
    assert context(given, ip="full", user_agent="full") == given
    assert context(given, ip="none", user_agent="none") == {"locale": "de"}
    assert context(given, ip="full") == {"ip": "203.0.113.77", "userAgent": "Chrome/126 (Windows)", "locale": "de"}
    assert context({"ip": "203.0.113.77"}, ip="none") is None


def test_the_context_of_a_batch_is_reduced_for_each_of_its_events() -> None:
    events = [{"type": "track", "event": "A", "userId": f"u{n}"} for n in range(3)]
    events[1]["context"] = {"ip": "198.51.100.9"}
    body = json.dumps({"batch": events, "context": {"ip": "203.0.113.77", "userAgent": CHROME}}).encode()
    lines = [json.loads(each) for each in taken(body, kind=None, received_at=NOW).lines.splitlines()]
    assert [each["context"]["ip"] for each in lines] == ["203.0.113.0", "198.51.100.0", "203.0.113.0"]
    assert {each["context"]["userAgent"] for each in lines} == {"Chrome/126 (Windows)"}


def test_what_is_refused_is_reduced_too_and_else_stays_as_it_came() -> None:
    event = {"context": {"ip": "203.0.113.77", "userAgent": CHROME}, "properties": {"ip": "IP68", "size": 1e5}}
    (refused,) = taken(json.dumps(event).encode(), kind="track", received_at=NOW).refused
    kept = {
        "context": {"ip": "203.0.113.0", "userAgent": "Chrome/126 (Windows)"},
        "properties": {"ip": "IP68", "size": 1e5},
    }
    assert json.loads(refused.body) == kept
    broken = b'{"batch": [{"type": "track", "context": {"ip" : "203.0.113.77"}, "event": "\xff"}]}'
    (refused,) = taken(broken, kind=None, received_at=NOW).refused
    assert b'"ip" : "203.0.113.0"' in refused.body
    assert b"\xff" in refused.body
