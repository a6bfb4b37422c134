"""Customer.io: bodies of Reporting Webhooks, by channel and metric."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from cherish.spec.names import REACHES, is_company_act
from collect.exports.conftest import Bring


def body(number: int, kind: str, metric: str, **data: Any) -> dict[str, Any]:
    held = {"customer_id": "u1", "identifiers": {"id": "u1", "email": "ann@x.org", "cio_id": "03"}, "delivery_id": "D1",
            "campaign_id": 5, "recipient": "ann@x.org", **data}  # fmt: skip
    return {
        "event_id": f"E{number}",
        "object_type": kind,
        "metric": metric,
        "timestamp": 1704189600 + number,
        "data": held,
    }


@pytest.mark.parametrize(
    ("kind", "metric", "name"),
    [
        ("email", "drafted", "Message Planned"),
        ("email", "sent", "Email Sent"),
        ("email", "delivered", "Email Delivered"),
        ("email", "opened", "Email Opened"),
        ("email", "clicked", "Email Link Clicked"),
        ("email", "bounced", "Email Bounced"),
        ("email", "spammed", "Email Marked as Spam"),
        ("email", "unsubscribed", "Unsubscribed"),
        ("email", "dropped", "Message Skipped"),
        ("push", "sent", "Message Sent"),
        ("push", "opened", "Push Notification Tapped"),
        ("sms", "sent", "Message Sent"),
        ("sms", "delivered", "Message Delivered"),
        ("sms", "bounced", "Message Bounced"),
        ("in_app", "clicked", "Message Clicked"),
        ("customer", "unsubscribed", "Unsubscribed"),
        ("customer", "subscribed", "Subscribed"),
    ],
)
def test_metrics_by_their_standard_names(bring: Bring, kind: str, metric: str, name: str) -> None:
    (one,) = bring("webhooks.jsonl", [body(1, kind, metric, href="https://x.org")]).events()
    assert (one["name"], one["user_id"], one["ts"]) == (name, "u1", datetime(2024, 1, 2, 10, 0, 1))
    assert one["properties"]["channel"] == ("email" if kind == "customer" else kind)
    assert (one["properties"]["message_id"], one["properties"]["link_url"]) == ("D1", "https://x.org")
    if name == "Message Skipped":
        assert one["properties"]["reason"] == "dropped"


def test_what_went_to_slack_reached_no_customer(bring: Bring) -> None:
    (name,) = bring("webhooks.jsonl", [body(1, "slack", "sent")]).names()
    assert is_company_act(name)
    assert name not in REACHES


def test_who_it_went_to_where_there_is_no_id(bring: Bring) -> None:
    rows = [
        body(1, "email", "sent", customer_id=None, identifiers={"id": None, "email": "Bob@X.org", "cio_id": "04"}),
        body(2, "sms", "sent", customer_id=None, identifiers={"cio_id": "05"}, recipient="+41791234567"),
    ]
    assert [each["user_id"] for each in bring("webhooks.jsonl", rows).events()] == ["bob@x.org", "05"]


def test_rejects(bring: Bring) -> None:
    rows = [
        body(1, "email", "sent"),
        body(2, "email", "sent") | {"timestamp": "never"},
        body(3, "email", "sent") | {"data": "x"},
    ]
    found = bring("webhooks.jsonl", rows, tool="customerio")
    assert dict(found.summary.rejected) == {"time: not a possible time": 1, "data: not valid JSON": 1}
