"""Family M, surveys: published and worked figures of intervals and of scoring.

Newcombe 1998, Statistics in Medicine 17, 857-872 (single proportions, table I) and 873-890 (differences, table II);
Rocks 2016, The American Statistician 70, and the arithmetic of measures.md.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import numpy as np
import pytest

from cherish.instruments.reliability import reliability
from cherish.library import Log
from cherish.statistics.intervals import adjusted_wald_score, newcombe, wald_score, wilson
from logs import event, log_of

WILSON = {(81, 263): (0.2553, 0.3662), (15, 148): (0.0624, 0.1605), (0, 20): (0, 0.1611), (1, 29): (0.0061, 0.1718)}
NEWCOMBE = {
    (56, 70, 48, 80): (0.2000, 0.0524, 0.3339),
    (9, 10, 3, 10): (0.6000, 0.1705, 0.8090),
    (10, 10, 0, 10): (1.0000, 0.6075, 1.0000),
}


@pytest.mark.parametrize("counts", WILSON)
def test_wilson_as_newcombe_printed_it(counts: tuple[int, int]) -> None:
    found = wilson(*counts)
    assert found.estimate == pytest.approx(counts[0] / counts[1], abs=1e-15)
    assert (found.low, found.high) == pytest.approx(WILSON[counts], abs=5e-5)


@pytest.mark.parametrize("counts", NEWCOMBE)
def test_the_hybrid_interval_of_a_difference(counts: tuple[int, int, int, int]) -> None:
    assert tuple(newcombe(*counts)) == pytest.approx(NEWCOMBE[counts], abs=5e-5)


def test_the_recommend_score_of_a_hundred() -> None:
    # 60 promoters, 25 passives, 15 detractors: .60 - .15 = .45; variance (.75 - .45^2) / 100 = .005475, SE .07399.
    plain = wald_score(60, 25, 15)
    assert plain.estimate == pytest.approx(0.45, abs=1e-15)
    assert (plain.low, plain.high) == pytest.approx((0.3050, 0.5950), abs=5e-5)
    assert (plain.high - plain.low) / 2 / 1.959964 == pytest.approx(0.07399, abs=5e-6)
    # (60.75 - 15.75) / 103 = .4369
    assert tuple(adjusted_wald_score(60, 25, 15)) == pytest.approx((0.4369, 0.2934, 0.5804), abs=5e-5)


ANSWERS = ("4544", "3323", "5554", "2322", "4455")


def test_alpha_of_five_rows() -> None:
    rows = np.array([[int(each) for each in row] for row in ANSWERS], dtype=float)
    assert reliability(5, rows.sum(axis=0), rows.T @ rows).alpha == pytest.approx(0.943894, abs=5e-7)


def asked(instrument: str, items: list[str], rows: list[list[int | None]]) -> Log:
    """A log in which each row is one customer's response."""
    told = [
        event(
            f"c{place}",
            "Survey Answered",
            datetime(2024, 1, 1, 12),
            properties=json.dumps({"instrument": instrument, "item": item, "score": score}),
        )
        for place, row in enumerate(rows)
        for item, score in zip(items, row, strict=True)
        if score is not None
    ]
    return Log(log_of(told))


def of(log: Log, instrument: str, part: str) -> dict[str, Any]:
    found = log.report("survey", instrument=instrument).table.to_pylist()
    return next(row for row in found if row["part"] == part)


def test_alpha_from_events() -> None:
    items = ["activation_1", "affection_1", "affection_2", "affection_3", "affection_4"]
    log = asked("brand_engagement", items, [[7, *map(int, row)] for row in ANSWERS])
    assert of(log, "brand_engagement", "affection")["alpha"] == pytest.approx(0.943894, abs=5e-7)


def test_the_usability_scale() -> None:
    # 2.5 * ((4 + 5 + 4 + 5 + 4 - 5) + (25 - 2 - 1 - 2 - 2 - 2)) = 2.5 * (17 + 16) = 82.5
    items = [f"sus_{place}" for place in range(1, 11)]
    answers: list[int | None] = [4, 2, 5, 1, 4, 2, 5, 2, 4, 2]
    found = of(asked("sus", items, [answers]), "sus", "whole")
    assert (found["n"], found["value"]) == (1, pytest.approx(82.5, abs=1e-12))
    # One answer short there is no score.
    assert of(asked("sus", items, [[*answers[:9], None]]), "sus", "whole")["why"] == "no_answers"


def test_the_recommend_score_from_events() -> None:
    # 60 promoters, 25 passives and 15 detractors of 100; a blank coded 11 is no promoter.
    scores: list[list[int | None]] = [[9]] * 30 + [[10]] * 30 + [[7]] * 25 + [[6]] * 8 + [[0]] * 7 + [[11]] * 5
    headline = asked("recommend", ["recommend"], scores).report("survey").headline
    assert (headline["n"], headline["refused"]) == (100, 5)
    assert (headline["value"], headline["share_of_promoters"], headline["share_of_detractors"]) == pytest.approx(
        (45, 0.60, 0.15)
    )
    assert (headline["low"], headline["high"]) == pytest.approx((29.34, 58.04), abs=5e-3)
