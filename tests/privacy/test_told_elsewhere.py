"""A hidden number is told nowhere else in the same answer: not by the next row, a headline, or a share of it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from cherish.library import Log
from cherish.privacy import Declared, suppressed
from logs import event, log_of
from properties.world import world

START = datetime(2024, 1, 1, 9)


@pytest.fixture(scope="module")
def company() -> Any:
    return world(11, customers=80).log()


def shown(report: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]], dict[str, Any]]:
    """The rows before and after sharing, and the shared headline."""
    shared = report.shared()
    return report.table.to_pylist(), shared.table.to_pylist(), dict(shared.headline)


def gone(before: Any, after: Any) -> bool:
    return before is not None and after is None


def test_the_ladder_tells_no_share_of_what_is_hidden(company: Any) -> None:
    before, after, head = shown(company.report("ladder"))
    assert any(gone(one["customers"], two["customers"]) for one, two in zip(before, after, strict=True))
    assert head["relationship"] is None
    assert head["interacted"] is None
    assert head["relationship_share"] is None
    # Whoever interacted is on that rung or above it: with all customers that number tells of the rungs below.
    assert all(row["holds"] is None for row in after)


@pytest.mark.parametrize("whole", ["interacted", "relationship"])
def test_a_share_rests_on_both_its_numbers(whole: str) -> None:
    head = {"customers": 200, "interacted": 100, "relationship": 50, "relationship_share": 0.5, whole: 7}
    table = pa.table({"rung": ["a", "b"], "customers": [100, 100]})
    found = suppressed(table, head, 10, Declared(rests={"relationship_share": "interacted"})).headline
    assert found["relationship_share"] is None
    assert found["customers"] == 200


def test_a_headline_rests_on_a_hidden_cell_that_it_repeats() -> None:
    # Of 90 buyers 5 are gone, so that 85 is hidden in the table; the headline says the same number once more.
    table = pa.table({"step": ["a", "b"], "customers": [90, 85], "kept": [85, 40]})
    found = suppressed(table, {"people": 400, "kept": 85, "kept_share": 85 / 400}, 10)
    assert found.table["kept"].to_pylist()[0] is None
    assert found.headline["kept"] is None
    assert found.headline["kept_share"] is None


# -- latency ------------------------------------------------------------------------------------------------------


def test_who_came_back_is_not_told_by_the_next_row(company: Any) -> None:
    before, after, head = shown(company.report("latency"))
    hidden = [at for at, row in enumerate(after[:-1]) if gone(before[at]["returned"], row["returned"])]
    assert hidden
    for at in hidden:
        assert before[at]["returned"] == before[at + 1]["customers"]
        assert after[at + 1]["customers"] is None
    assert after[0]["customers"] == head["customers"] == before[0]["customers"]


def test_one_row_does_not_follow_from_the_sum_in_the_headline() -> None:
    table = pa.table({"after_event": [1, 2, 3], "customers": [400, 300, 200], "over": [60, 4, 50]})
    found = suppressed(table, {"customers": 400, "over": 114}, 10).table["over"].to_pylist()
    assert found == [60, None, None]


# -- Shevlin's legs -----------------------------------------------------------------------------------------------


def test_a_leg_that_holds_for_few_does_not_follow_from_those_it_fails(company: Any) -> None:
    before, after, head = shown(company.report("shevlin_legs"))
    small = 0
    for row, kept in zip(before, after, strict=True):
        assert row["known"] == row["holds"] + row["fails"]
        fails = head.get(f"{row['leg']}_fails", kept["fails"])
        if gone(row["holds"], kept["holds"]):
            small += 1
            assert kept["fails"] is None or kept["known"] is None
            assert fails is None or kept["known"] is None
    assert small


# -- community roles ----------------------------------------------------------------------------------------------


def community(members: int) -> Any:
    """The first posts 50 times, everybody else comments once."""
    names = [["Community Joined", *(["Post Created"] * 50 if not at else ["Comment Created"])] for at in range(members)]
    rows = [event(f"m{at}", name, START + timedelta(minutes=minute))
            for at, acts in enumerate(names) for minute, name in enumerate(acts)]  # fmt: skip
    return Log(log_of(rows)).report("community_roles")


def test_the_top_hundredth_of_fewer_than_a_hundred_has_no_value() -> None:
    report = community(99)
    assert report.headline["posts_of_top_1_percent"] is None
    assert report.headline["posts_of_top_1_percent_why"] in report.nulls
    assert "members_of_top_1_percent" not in report.headline


@pytest.mark.parametrize(
    ("members", "top", "told"), [(100, 1, False), (250, 3, False), (900, 9, False), (901, 10, True)]
)
def test_the_top_hundredth_rests_on_as_many_as_it_is(members: int, top: int, told: bool) -> None:
    report = community(members)
    assert report.headline["members_of_top_1_percent"] == top
    assert report.headline["posts_of_top_1_percent"] is not None
    head = json.loads(report.shared().to_json())["headline"]
    assert (head["posts_of_top_1_percent"] is not None) is told
    assert (head["members_of_top_1_percent"] is not None) is told


def test_what_is_said_of_everybody_in_each_row_is_hidden_in_none() -> None:
    """The customers who were compared are the same for all events: hidden in some rows, they looked like a secret."""
    table = pa.table({"event": ["a", "b", "c"], "customers": [60, 40, 3], "only": [30, 12, 3], "n": [90, 90, 90]})
    found = suppressed(table, {"n": 90}, 10).table
    assert found["n"].to_pylist() == [90, 90, 90]
    assert found["customers"].to_pylist()[2] is None
    few = pa.table({"event": ["a", "b"], "customers": [3, 2], "n": [8, 8]})
    assert suppressed(few, {}, 10).table["n"].to_pylist() == [None, None], "of few it is one of the few"


def test_core_actions_show_how_many_were_compared_in_every_row_or_in_none(company: Any) -> None:
    before, after, head = shown(company.report("core_actions", window="28d"))
    assert any(gone(one["customers"], two["customers"]) for one, two in zip(before, after, strict=True))
    assert {row["n"] for row in after} == {head["n"]} == {before[0]["n"]}
