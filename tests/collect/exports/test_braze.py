"""Braze: Currents from the HTTP connector and from storage, and the lists of addresses that left."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from collect.exports.conftest import Bring


def event(kind: str, number: int = 1, user: dict[str, Any] | None = None, **held: Any) -> dict[str, Any]:
    return {
        "event_type": f"users.messages.{kind}", "id": f"b{number}", "time": 1704189600,
        "user": user or {"user_id": "5f", "external_user_id": "u1"},
        "properties": {"campaign_id": "c1", "campaign_name": "Spring", "email_address": "ann@x.org", **held},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "name", "channel"),
    [
        ("email.Send", "Email Sent", "email"),
        ("email.Delivery", "Email Delivered", "email"),
        ("email.Open", "Email Opened", "email"),
        ("email.Click", "Email Link Clicked", "email"),
        ("email.Bounce", "Email Bounced", "email"),
        ("email.SoftBounce", "Email Bounced", "email"),
        ("email.MarkAsSpam", "Email Marked as Spam", "email"),
        ("email.Unsubscribe", "Unsubscribed", "email"),
        ("email.Abort", "Message Skipped", "email"),
        ("pushnotification.Send", "Message Sent", "push"),
        ("pushnotification.Open", "Push Notification Tapped", "push"),
        ("sms.Delivery", "Message Delivered", "sms"),
        ("whatsapp.Read", "Message Opened", "whatsapp"),
        ("inappmessage.Click", "Message Clicked", "in_app"),
    ],
)
def test_events_by_their_standard_names(bring: Bring, kind: str, name: str, channel: str) -> None:
    (one,) = bring(
        "currents.jsonl", [event(kind, abort_type="quiet_hours" if name == "Message Skipped" else None)]
    ).events()
    assert (one["name"], one["user_id"], one["ts"]) == (name, "u1", datetime(2024, 1, 2, 10))
    assert (one["properties"]["channel"], one["properties"]["campaign_name"]) == (channel, "Spring")
    if name == "Message Skipped":
        assert one["properties"]["reason"] == "quiet_hours"


def test_hard_and_soft_bounces_are_told_apart(bring: Bring) -> None:
    rows = [
        event("email.Bounce", 1, bounce_reason="550 no such user"),
        event("email.SoftBounce", 2, bounce_reason="552 full"),
    ]
    found = bring("currents.jsonl", rows).events()
    assert {each["properties"]["bounce_type"]: each["properties"]["reason"] for each in found} == {
        "hard": "550 no such user", "soft": "552 full",
    }  # fmt: skip


def test_own_events_bear_their_names_and_entries_of_a_canvas_are_no_act_of_the_customer(bring: Bring) -> None:
    rows = [event("", 1, name="Tea Brewed") | {"event_type": "users.behaviors.CustomEvent"},
            event("", 2) | {"event_type": "users.canvas.Entry"}]  # fmt: skip
    assert sorted(bring("currents.jsonl", rows).names()) == ["$users.canvas.Entry", "Tea Brewed"]


def test_rows_of_a_storage_connector(bring: Bring) -> None:
    text = (
        "id,user_id,external_user_id,event_type,time,email_address,campaign_id,canvas_id,url,esp\n"
        "x1,5f,,users.messages.email.Click,1704189600,Ann@X.org,,v1,https://x.org,SparkPost\n"
    )
    (one,) = bring("currents.csv", text).events()
    assert (one["name"], one["user_id"]) == ("Email Link Clicked", "ann@x.org")
    held = one["properties"]
    assert (held["campaign_id"], held["link_url"], held["esp"], held["braze_user_id"]) == (
        "v1",
        "https://x.org",
        "SparkPost",
        "5f",
    )


def test_lists_of_addresses(bring: Bring) -> None:
    bring("unsubscribes.jsonl", [{"email": "Ann@X.org", "unsubscribed_at": "2024-01-03 10:00:00 +0000"}], tool="braze")
    found = bring(
        "bounces.jsonl", [{"email": "bob@x.org", "hard_bounced_at": "2024-01-04 10:00:00 +0000"}], tool="braze"
    )
    assert [(each["name"], each["user_id"], each["ts"].day) for each in found.events()] == [
        ("Unsubscribed", "ann@x.org", 3), ("Email Bounced", "bob@x.org", 4),
    ]  # fmt: skip


def test_rejects(bring: Bring) -> None:
    rows = [
        event("email.Send"),
        event("email.Send", 2) | {"time": "never"},
        event("email.Send", 3, {"none": 1}, email_address=None),
    ]
    found = bring("currents.jsonl", rows, tool="braze")
    assert dict(found.summary.rejected) == {"time: not a possible time": 1}
    assert dict(found.summary.set_aside) == {"no customer": 1}
