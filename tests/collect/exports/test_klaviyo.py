"""Klaviyo: pages of the API with what they include, opt-outs of profiles, and the first API's timeline."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from collect.exports.conftest import Bring

METRICS = {
    "K1": "Received Email",
    "K2": "Opened Email",
    "K3": "Clicked Email",
    "K4": "Bounced Email",
    "K5": "Marked Email as Spam",
    "K6": "Unsubscribed from Email Marketing",
    "K7": "Dropped Email",
    "K8": "Our Own Metric",
    "K10": "Placed Order",
}


def event(number: int, metric: str, profile: str = "P1", **held: Any) -> dict[str, Any]:
    return {
        "type": "event",
        "id": f"e{number}",
        "attributes": {
            "timestamp": 1704189600 + number,
            "datetime": f"2024-01-02 10:00:{number:02}+00:00",
            "uuid": f"u{number}",
            "event_properties": held,
        },
        "relationships": {
            "profile": {"data": {"type": "profile", "id": profile}},
            "metric": {"data": {"type": "metric", "id": metric}},
        },
    }


def page(*events: dict[str, Any]) -> dict[str, Any]:
    included = [{"type": "metric", "id": key, "attributes": {"name": name}} for key, name in METRICS.items()]
    people = [{"type": "profile", "id": "P1", "attributes": {"email": "Ann@X.org"}},
              {"type": "profile", "id": "P2", "attributes": {"email": None, "external_id": "u2"}}]  # fmt: skip
    return {"data": list(events), "included": included + people, "links": {"next": None}}


def test_send_history_by_its_standard_names(bring: Bring) -> None:
    sent = {"Campaign Name": "Spring", "$message": "M1", "Subject": "Hello"}
    first = page(*(event(place, key, **sent) for place, key in enumerate(METRICS) if key.startswith("K")))
    found = bring("events.jsonl", [first, page(event(30, "K3", "P2", URL="https://x.org"), event(31, "K2", "P9"))])
    by_name = {each["name"]: each for each in found.events()}
    assert set(by_name) == {
        "Email Delivered",
        "Email Opened",
        "Email Link Clicked",
        "Email Bounced",
        "Email Marked as Spam",
        "Unsubscribed",
        "Message Skipped",
        "Our Own Metric",
        "Order Completed",
    }
    one = by_name["Email Delivered"]
    assert (one["user_id"], one["ts"]) == ("ann@x.org", datetime(2024, 1, 2, 10))
    assert {key: one["properties"][key] for key in ("channel", "campaign_id", "campaign_name", "Subject")} == {
        "channel": "email", "campaign_id": "M1", "campaign_name": "Spring", "Subject": "Hello",
    }  # fmt: skip
    assert (by_name["Email Link Clicked"]["user_id"], by_name["Email Link Clicked"]["properties"]["link_url"]) == (
        "u2",
        "https://x.org",
    )
    assert by_name["Message Skipped"]["properties"]["reason"] == "dropped"
    assert by_name["Email Opened"]["user_id"] == "P9", "without more, Klaviyo's own id"


def test_money_of_orders(bring: Bring) -> None:
    (one,) = bring(
        "events.jsonl", [page(event(1, "K10", **{"$value": 12.5, "OrderId": "o1"}))], currency="EUR"
    ).events()
    assert (one["name"], float(one["value"]), one["order_id"]) == ("Order Completed", 12.5, "o1")


def test_opt_outs_and_suppressions(bring: Bring) -> None:
    def profile(key: str, address: str, **subscriptions: Any) -> dict[str, Any]:
        return {"type": "profile", "id": key, "attributes": {"email": address, "subscriptions": subscriptions}}

    suppressed = [
        {"reason": "HARD_BOUNCE", "timestamp": "2024-03-02T10:00:00+00:00"},
        {"reason": "SPAM_COMPLAINT", "timestamp": "2024-03-03T10:00:00+00:00"},
    ]
    left = {
        "marketing": {
            "consent": "UNSUBSCRIBED",
            "consent_timestamp": "2024-02-02T10:00:00+00:00",
            "suppression": suppressed,
        }
    }
    stays = {"marketing": {"consent": "SUBSCRIBED", "timestamp": "2024-02-02T10:00:00+00:00", "suppression": []}}
    no_sms = {"marketing": {"consent": "UNSUBSCRIBED", "consent_timestamp": "2024-04-02T10:00:00+00:00"}}
    answer = {
        "data": [profile("P1", "Ann@X.org", email=left), profile("P2", "bob@x.org", email=stays, sms=no_sms)],
        "links": {},
    }
    found = bring("profiles.jsonl", [answer])
    assert [
        (each["name"], each["user_id"], each["properties"]["channel"], f"{each['ts']:%m-%d}") for each in found.events()
    ] == [
        ("Unsubscribed", "ann@x.org", "email", "02-02"),
        ("Email Bounced", "ann@x.org", "email", "03-02"),
        ("Email Marked as Spam", "ann@x.org", "email", "03-03"),
        ("Unsubscribed", "bob@x.org", "sms", "04-02"),
    ]


def test_an_opt_out_told_twice_is_one(bring: Bring) -> None:
    at = "2024-02-02T10:00:00+00:00"
    told = {
        "consent": "UNSUBSCRIBED",
        "consent_timestamp": at,
        "suppression": [{"reason": "UNSUBSCRIBE", "timestamp": at}],
    }
    held = {"email": "ann@x.org", "subscriptions": {"email": {"marketing": told}}}
    assert bring(
        "profiles.jsonl", [{"data": [{"type": "profile", "id": "P1", "attributes": held}], "links": {}}]
    ).names() == ["Unsubscribed"]


def test_the_first_api(bring: Bring) -> None:
    rows = [
        {"object": "event", "id": "a", "uuid": "ua", "event_name": "Opened Email", "timestamp": 1704189600,
         "datetime": "2024-01-02 10:00:00+00:00", "event_properties": {"Campaign Name": "Spring", "$message": "M1"},
         "person": {"object": "person", "id": "P1", "$email": "Ann@X.org"}},
    ]  # fmt: skip
    (one,) = bring("timeline.jsonl", rows).events()
    assert (one["name"], one["user_id"], one["properties"]["campaign_id"]) == ("Email Opened", "ann@x.org", "M1")


def test_rejects_name_the_line_of_the_answer(bring: Bring) -> None:
    bad = event(3, "K1")
    bad["attributes"] |= {"datetime": "later"}
    found = bring(
        "events.jsonl",
        [page(event(1, "K1")), page(event(2, "unknown"), bad), {"data": "none", "included": []}],
        tool="klaviyo",
    )
    assert dict(found.summary.rejected) == {
        "event: no event name": 1, "time: not a possible time": 1, "data: not valid JSON": 1,
    }  # fmt: skip
    lines = [line.split(",")[1] for line in found.summary.rejects_file.read_text().splitlines()[1:]]
    assert sorted(lines) == ["2", "2", "3"]
