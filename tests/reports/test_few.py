"""Small companies: no bands of nobody, nothing told apart where nothing is known, whole numbers as they are written."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from cherish.library import Log
from logs import event, log_of
from random_days import load_people

START = datetime(2024, 1, 1, 9)


def visits(days: dict[str, tuple[int, ...]], **more: Any) -> Log:
    rows = [event(user, "Page", START + timedelta(days=day), **more) for user, each in days.items() for day in each]
    return Log(log_of(rows))


def test_few_customers_make_few_bands() -> None:
    # The cutoff lies on day 31: a and b were there the day before, c ten days earlier; a comes back.
    found = visits({"a": (30, 35), "b": (30,), "c": (20,), "end": (60,)}).report("recency_response")
    rows = found.table.select(["band", "customers", "responded"]).to_pylist()
    assert rows == [{"band": "0", "customers": 2, "responded": 1}, {"band": "10", "customers": 1, "responded": 0}]
    assert found.headline["monotone"] is True
    asked = visits({"a": (30, 35), "end": (60,)}).report("recency_response", bands="3|10")
    assert asked.table["customers"].to_pylist() == [1, 0, 0], "bands that were asked for are shown, also empty"


@pytest.mark.parametrize("days", [{"a": (30,), "b": (20,), "end": (60,)}, {"a": (30, 35), "b": (30, 36), "end": (60,)}])
def test_where_nobody_responds_or_all_are_alike_the_order_says_nothing(days: dict[str, tuple[int, ...]]) -> None:
    assert visits(days).report("recency_response").headline["monotone"] is None


def test_how_many_were_invited_is_not_known_where_no_event_invites() -> None:
    rows = [event(user, "Signed Up", START + timedelta(days=place)) for place, user in enumerate("abc")]
    store = log_of(rows)
    load_people(store, [{"user_id": user, "created_at": None, "traits": json.dumps({"referred_by": by})}
                        for user, by in (("b", "a"), ("c", "a"))])  # fmt: skip
    found = Log(store).report("word_of_mouth")
    for row in found.table.to_pylist():
        assert (row["inviters"], row["invitations"], row["invitations_per_customer"]) == (None, None, None)
        assert (row["accepted_share"], row["why"]) == (None, "invitations_unknown")
    assert [row["k_factor"] for row in found.table.to_pylist()] == [2, 0]
    assert (found.headline["invitations"], found.headline["inviters"], found.headline["accepted"]) == (None, None, 2)
    assert found.headline["invitations_per_customer"] is None
    assert any("No event of the log invites anybody" in note for note in found.notes)
    assert "invitations_unknown" in found.nulls


def test_whole_numbers_are_labels_without_a_point() -> None:
    rows = [
        event(f"u{number}", "Page", START, properties=json.dumps({"shelf": shelf}))
        for number, shelf in enumerate((7, 7, 12, 2.5, None))
    ]
    store = log_of(rows)
    load_people(store, [{"user_id": f"u{number}", "created_at": None, "traits": json.dumps({"size": size})}
                        for number, size in enumerate((40, 40, 41.5))])  # fmt: skip
    log = Log(store)
    shelves = log.report("actives", windows="1d", last=1, as_of="2024-01-02", by="shelf").table
    assert set(shelves["shelf"].to_pylist()) == {"7", "12", "2.5", "unknown"}
    assert set(log.report("segments", by="size").table["label"].to_pylist()) == {"40", "41.5", "unknown"}
    assert set(log.measure("recency", by="size").table["size"].to_pylist()) == {"40", "41.5", "unknown"}
    features = log.report("feature_matrix", feature="shelf", active="Page", as_of="2024-01-20").table
    assert set(features["feature"].to_pylist()) == {"7", "12", "2.5"}
