"""Mailchimp: rows of its reports, and the contacts that left or were cleaned."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from collect.exports.conftest import Bring

AT = "2024-01-02T10:00:00+00:00"


def row(email: str, **fields: Any) -> dict[str, Any]:
    return {
        "campaign_id": "c1",
        "list_id": "l1",
        "list_is_active": True,
        "email_id": "0f",
        "email_address": email,
        **fields,
    }


def test_activity_becomes_an_event_each(bring: Bring) -> None:
    opened = {"action": "open", "timestamp": AT, "ip": "1.2.3.4"}
    rows = [
        row(
            "Ann@X.org",
            activity=[opened, opened, {"action": "click", "timestamp": AT, "url": "https://x.org", "ip": "1.2.3.4"}],
        ),
        row("bob@x.org", activity=[{"action": "bounce", "type": "hard", "timestamp": AT}]),
        row("eve@x.org", activity=[]),
    ]
    found = bring("activity.jsonl", rows)
    assert sorted(found.names()) == ["Email Bounced", "Email Link Clicked", "Email Opened", "Email Opened"]
    by_name = {each["name"]: each for each in found.events()}
    assert (by_name["Email Opened"]["user_id"], by_name["Email Opened"]["ts"]) == (
        "ann@x.org",
        datetime(2024, 1, 2, 10),
    )
    assert by_name["Email Bounced"]["properties"]["bounce_type"] == "hard"
    assert by_name["Email Link Clicked"]["properties"] == {
        "channel": "email", "campaign_id": "c1", "list_id": "l1", "link_url": "https://x.org", "ip": "1.2.3.4",
    }  # fmt: skip


def test_sent_unsubscribed_and_complained(bring: Bring) -> None:
    sent = bring("sent.jsonl", [row("Ann@X.org", status="sent", open_count=1, send_time=AT)])
    assert sent.names() == ["Email Sent"]
    left = bring("left.jsonl", [row("Ann@X.org", timestamp="2024-01-03T10:00:00+00:00", reason="NORMAL")])
    assert left.names() == ["Email Sent", "Unsubscribed"]
    angry = bring("angry.jsonl", [row("Ann@X.org", id=7, date="2024-01-04T10:00:00+00:00")])
    assert angry.names() == ["Email Sent", "Unsubscribed", "Email Marked as Spam"]
    assert {each["user_id"] for each in angry.events()} == {"ann@x.org"}


def test_contacts_of_an_audience(bring: Bring) -> None:
    left = (
        "Email Address,First Name,MEMBER_RATING,UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_CAMPAIGN_ID,UNSUB_REASON,"
        "UNSUB_REASON_OTHER,LEID,EUID\nAnn@X.org,Ann,2,2024-01-03 10:00:00,Spring,c1,OTHER,too much mail,17,e1\n"
    )
    cleaned = (
        "Email Address,First Name,CLEAN_TIME,CLEAN_CAMPAIGN_TITLE,CLEAN_CAMPAIGN_ID,LEID,EUID\n"
        "bob@x.org,Bob,2024-01-04 10:00:00,Spring,c1,18,e2\n"
    )
    bring("unsubscribed.csv", left, zone="America/New_York")
    found = bring("cleaned.csv", cleaned, zone="America/New_York")
    first, second = found.events()
    assert (first["name"], first["user_id"], first["ts"]) == ("Unsubscribed", "ann@x.org", datetime(2024, 1, 3, 15))
    assert (first["properties"]["reason"], first["properties"]["campaign_name"]) == ("too much mail", "Spring")
    assert (second["name"], second["user_id"], second["properties"]["reason"]) == (
        "Email Bounced",
        "bob@x.org",
        "cleaned",
    )


def test_rejects(bring: Bring) -> None:
    rows = [
        row(
            "a@x.org",
            activity=[{"action": "open", "timestamp": AT}, {"action": "open", "timestamp": "soon"}, {"timestamp": AT}],
        ),
        row("", activity=[{"action": "open", "timestamp": AT}]),
        row("b@x.org", activity="none"),
    ]
    found = bring("activity.jsonl", rows, tool="mailchimp")
    assert dict(found.summary.rejected) == {
        "time: not a possible time": 1, "event: no event name": 1, "activity: not valid JSON": 1,
    }  # fmt: skip
    assert dict(found.summary.set_aside) == {"no customer": 1}
