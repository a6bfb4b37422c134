"""Mixpanel: lines of event and properties, seconds since 1970, devices, and what makes two events the same."""

from __future__ import annotations

from datetime import datetime

import pytest

from collect.exports.conftest import Bring


def event(name: str, insert_id: str | None = "i1", **properties: object) -> dict[str, object]:
    held = {"time": 1602611311, "distinct_id": "u1", "mp_processing_time_ms": 1602611320000, **properties}
    return {"event": name, "properties": held | ({"$insert_id": insert_id} if insert_id else {})}


def test_an_event(bring: Bring) -> None:
    found = bring("raw.json", [event("Signed up", plan="pro", **{"$city": "Bern"})])
    assert "read as Mixpanel's raw events" in found.summary.notes[0]
    (one,) = found.events()
    assert (one["name"], one["user_id"], one["anonymous_id"]) == ("Signed up", "u1", None)
    # 1,602,611,311 s = 18,548 days (2020-10-13) and 64,111 s = 17:48:31.
    assert one["ts"] == datetime(2020, 10, 13, 17, 48, 31)
    assert one["properties"]["plan"] == "pro"
    assert one["properties"]["$city"] == "Bern"


def test_parts_of_a_second_are_kept(bring: Bring) -> None:
    (one,) = bring("raw.json", [event("Tick", time=1602611311.25)]).events()
    assert one["ts"] == datetime(2020, 10, 13, 17, 48, 31, 250_000)


def test_a_device_is_nobody_yet(bring: Bring) -> None:
    view = event("$mp_web_page_view", distinct_id="$device:d1", current_url_path="/tea", current_page_title="Tea")
    (one,) = bring("raw.json", [view]).events()
    assert (one["user_id"], one["anonymous_id"]) == (None, "d1")
    assert (one["type"], one["name"], one["properties"]["path"]) == ("page", "Page Viewed", "/tea")


def test_a_device_that_signs_in_is_known_from_both_ids(bring: Bring) -> None:
    rows = [
        event("$identify", **{"$identified_id": "u7", "$anon_id": "d1"}),
        event("Buy", **{"$user_id": "u7", "$device_id": "d1"}),
    ]
    found = bring("raw.json", rows).events()
    assert {(each["name"], each["user_id"], each["anonymous_id"]) for each in found} == {
        ("Identify", "u7", "d1"), ("Buy", "u7", "d1"),
    }  # fmt: skip


def test_an_alias_tells_the_id_before(bring: Bring) -> None:
    rows = [
        event("$create_alias", distinct_id="old", alias="new"),
        event("$merge", "i2", **{"$distinct_ids": ["a", "b"]}),
    ]
    found = {each["user_id"]: each for each in bring("raw.json", rows).events()}
    assert {who: each["properties"]["previous_id"] for who, each in found.items()} == {"new": "old", "a": "b"}
    assert {each["type"] for each in found.values()} == {"alias"}


def test_what_device_alias_and_user_did_is_one_customers(bring: Bring) -> None:
    rows = [
        event("View", "i1", time=1602611300, distinct_id="$device:d1", **{"$device_id": "d1"}),
        event("$identify", "i2", time=1602611311, **{"$identified_id": "u1", "$anon_id": "d1"}),
        event("$create_alias", "i3", time=1602611312, distinct_id="old", alias="u1"),
        event("Long Ago", "i4", time=1602600000, distinct_id="old"),
        event("Elsewhere", "i5", distinct_id="u2"),
    ]
    found = bring("raw.json", rows)
    people = found.store.query("SELECT count(*) AS n FROM events GROUP BY customer_id ORDER BY 1").to_pylist()
    assert [each["n"] for each in people] == [1, 4]


def test_the_same_insert_id_is_one_event_and_another_second_is_another(bring: Bring) -> None:
    rows = [event("Buy"), event("Buy"), event("Buy", time=1602611312), event("Buy", distinct_id="u2")]
    assert len(bring("raw.json", rows).events()) == 3


def test_without_an_insert_id_each_line_counts(bring: Bring) -> None:
    assert len(bring("raw.json", [event("Buy", None), event("Buy", None)]).events()) == 2


def test_what_lacks_something_is_told_with_line_and_reason(bring: Bring) -> None:
    rows = [event("Buy"), event("Buy", time="soon"), event("", "i3"), event("Buy", "i4", distinct_id=None),
            {"event": "Buy", "properties": "none"}]  # fmt: skip
    found = bring("raw.json", rows, tool="mixpanel")
    assert dict(found.summary.rejected) == {
        "time: not a possible time": 1, "event: no event name": 1, "properties: not valid JSON": 1,
    }  # fmt: skip
    assert dict(found.summary.set_aside) == {"no customer": 1}
    lines = found.summary.rejects_file.read_text().splitlines()
    assert sorted(line.split(",")[1] for line in lines[1:]) == ["2", "3", "5"]


@pytest.mark.parametrize("name", ["$mp_web_page_view", "$identify"])
def test_reserved_names_become_calls_of_ours(bring: Bring, name: str) -> None:
    (one,) = bring("raw.json", [event(name)]).events()
    assert not one["name"].startswith("$"), "a $ name would count as the company's act"
