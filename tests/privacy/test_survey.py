"""A shared survey doesn't tell of few: no share of fewer than ten, and nothing that such a share is worked out from."""

from __future__ import annotations

from typing import Any

import pytest

from reports.test_survey import waves

FIGURES = {"score": None, "share of promoters": "promoters", "share of passives": "passives",
           "share of detractors": "detractors"}  # fmt: skip


def shown(low: int) -> dict[str, Any]:
    rows = waves(low).report("survey").shared().table.to_pylist()
    return {row["figure"]: row["value"] for row in rows if row["part"] == "recommend"}


@pytest.mark.parametrize("low", [1, 4, 9])
def test_a_share_of_few_is_hidden_with_what_tells_it(low: int) -> None:
    found = shown(low)
    # The next smallest goes with it, because the three add up; and the score, which is two of them.
    assert found == {"score": None, "share of promoters": (40 - low) / 60, "share of passives": None,
                     "share of detractors": None}  # fmt: skip
    headline = waves(low).report("survey").shared().headline
    assert [headline[name] for name in ("value", "low", "high", "share_of_passives", "share_of_detractors")] == [
        None
    ] * 5


@pytest.mark.parametrize("low", [0, 10, 20])
def test_shares_of_enough_are_shown(low: int) -> None:
    assert None not in shown(low).values()


def test_all_but_few_are_few() -> None:
    # 55 of 60 never told: who did are five.
    found = {row["figure"]: row["value"] for row in waves(55).report("survey").shared().table.to_pylist()}
    assert found["share of detractors"] is None
    assert found["score"] is None


def test_no_change_tells_of_a_period_that_is_hidden() -> None:
    found = waves(12, 4, 30).report("survey", unit="month")
    rows = [row for row in found.shared().table.to_pylist() if row["figure"] == "share of detractors"]
    assert [row["change"] for row in found.table.to_pylist() if row["figure"] == "share of detractors"][1:] == [
        pytest.approx(-8 / 60),
        pytest.approx(26 / 60),
    ]
    assert rows[1]["value"] is None
    assert [row["change"] for row in rows] == [None] * 3
