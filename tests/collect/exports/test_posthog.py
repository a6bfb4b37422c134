"""PostHog: JSON lines and CSV with properties as a text, devices and people, exposures, aliases."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from cherish.collect.importing import import_files
from collect.exports.conftest import Bring, Brought


def event(name: str, uuid: str = "1", who: str = "u1", **properties: Any) -> dict[str, Any]:
    return {"uuid": uuid, "event": name, "distinct_id": who, "person_id": "p1", "properties": properties,
            "timestamp": "2024-01-02T10:00:00.500000Z"}  # fmt: skip


ROWS = [
    event("$pageview", "1", "d1", **{"$device_id": "d1", "$pathname": "/tea", "$current_url": "https://x.org/tea"}),
    event("$identify", "2", **{"$device_id": "d1", "$anon_distinct_id": "d1", "$set": {"email": "ann@x.org"}}),
    event("Order Completed", "3", **{"$device_id": "d1", "order_id": "o1", "revenue": 12.5, "currency": "EUR"}),
    event("$feature_flag_called", "4", **{"$feature_flag": "new", "$feature_flag_response": "test"}),
    event("$create_alias", "5", alias="old"),
    event("$groupidentify", "6", **{"$group_type": "company", "$group_key": "acme"}),
    event("server job", "7", "anon-9", **{"$process_person_profile": False}),
]


def check(found: Brought) -> None:
    by_name = {each["name"]: each for each in found.events()}
    page, known = by_name["Page Viewed"], by_name["Identify"]
    assert (page["type"], page["user_id"], page["anonymous_id"]) == ("page", None, "d1")
    assert (page["properties"]["path"], page["properties"]["url"]) == ("/tea", "https://x.org/tea")
    assert page["ts"] == datetime(2024, 1, 2, 10, 0, 0, 500_000)
    assert (known["user_id"], known["anonymous_id"]) == ("u1", "d1")
    order = by_name["Order Completed"]
    assert (order["order_id"], float(order["value"]), order["currency"]) == ("o1", 12.5, "EUR")
    exposure = by_name["Experiment Viewed"]["properties"]
    assert (exposure["experiment_id"], exposure["variation_id"]) == ("new", "test")
    assert (by_name["Alias"]["user_id"], by_name["Alias"]["properties"]["previous_id"]) == ("u1", "old")
    assert by_name["Group"]["properties"]["group_id"] == "acme"
    assert (by_name["server job"]["user_id"], by_name["server job"]["anonymous_id"]) == (None, "anon-9")
    traits = found.store.query("SELECT traits FROM customers WHERE customer = 'u1'").to_pylist()
    assert json.loads(traits[0]["traits"])["email"] == "ann@x.org"


def test_json_lines(bring: Bring) -> None:
    check(bring("posthog.jsonl", ROWS))


def test_csv(bring: Bring) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(ROWS[0]))
    writer.writeheader()
    writer.writerows(each | {"properties": json.dumps(each["properties"])} for each in ROWS)
    check(bring("posthog.csv", text.getvalue()))


def test_parquet_with_times_of_the_engine(store: Any, tmp_path: Path) -> None:
    path = tmp_path / "posthog.parquet"
    rows = ", ".join(
        f"('{each['uuid']}', '{each['event']}', '{each['distinct_id']}', '{json.dumps(each['properties'])}', "
        "TIMESTAMP '2024-01-02 10:00:00.5')"
        for each in ROWS
    )
    statement = f"SELECT * FROM (VALUES {rows}) AS t(uuid, event, distinct_id, properties, timestamp)"
    duckdb.connect().execute(f"COPY ({statement}) TO '{path}' (FORMAT parquet)")
    check(Brought(import_files(store, path, zone="Europe/Zurich"), store))


def test_person_properties_are_traits_of_the_identified(bring: Bring) -> None:
    rows = [
        event("a", "1", **{"$device_id": "d1"}) | {"person_properties": {"plan": "free"}},
        event("b", "2", "d1", **{"$device_id": "d1"}) | {"person_properties": {"plan": "ghost"}},
    ]
    found = bring("posthog.jsonl", rows)
    people = found.store.query("SELECT customer, traits FROM customers ORDER BY 1").to_pylist()
    assert [(each["customer"], json.loads(each["traits"] or "null")) for each in people if each["traits"]] == [
        ("u1", {"plan": "free"})
    ]


def test_rejects(bring: Bring) -> None:
    rows = [event("a"), event("b", "2") | {"properties": "{broken"}, event("c", "3") | {"timestamp": "later"}]
    found = bring("posthog.jsonl", rows)
    assert dict(found.summary.rejected) == {"properties: not valid JSON": 1, "time: not a possible time": 1}
