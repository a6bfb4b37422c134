"""Family O: Shevlin's conjunction, by arithmetic shown here, and by a line fitted customer by customer."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from math import sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cherish.errors import Unanswerable
from cherish.library import Log
from effort import tries
from logs import event, log_of

START = datetime(2024, 1, 1, 12)
T_80 = {1: 1.376382, 2: 1.060660, 3: 0.978472, 4: 0.940965, 5: 0.919544}
"""Student's one-sided 80 % quantiles as printed in tables, by degrees of freedom."""

ANSWERS = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 5)), min_size=1, max_size=7)


def answer(who: str, instrument: str, score: float, day: float) -> dict[str, Any]:
    told = json.dumps({"instrument": instrument, "item": f"{instrument}_1" if instrument == "affection" else instrument,
                       "score": score})  # fmt: skip
    return event(who, "Survey Answered", START + timedelta(days=day), properties=told)


def visits(who: str, count: int) -> list[dict[str, Any]]:
    return [event(who, "Page", START + timedelta(days=30 + number)) for number in range(count)]


def rows(log: Log, **given: Any) -> dict[str, dict[str, Any]]:
    found = log.measure("shevlin", active="Page", as_of="2024-03-01", **given).table.to_pylist()
    return {row["customer"]: row for row in found}


def test_one_customer_for_each_way_to_fall_short() -> None:
    satisfied = [(5, 1), (4, 2)]
    rising = [(1, 1), (3, 5), (4, 9), (5, 12)]
    story = {
        "all": (3, satisfied, rising),
        "seldom": (2, satisfied, rising),
        "unhappy": (3, [(3, 1), (4, 2)], rising),
        "fading": (3, satisfied, [(5, 1), (4, 5), (2, 9)]),
        "steady": (3, satisfied, [(4, 1), (4, 5), (4, 9)]),
        "silent": (3, [], []),
        "once": (3, [(5, 1)], rising),
        "silent and seldom": (1, [], []),
    }
    log = Log(log_of([
        each
        for who, (times, scores, feelings) in story.items()
        for each in (*visits(who, times), *(answer(who, "satisfaction", score, day) for score, day in scores),
                     *(answer(who, "affection", score, day) for score, day in feelings))
    ]))  # fmt: skip
    found = {who: (row["value"], row["why"], row["repeated"], row["satisfied"], row["strengthening"])
             for who, row in rows(log).items()}  # fmt: skip
    assert found == {
        "all": (1, None, True, True, True),
        "seldom": (0, None, False, True, True),
        "unhappy": (0, None, True, False, True),
        "fading": (0, None, True, True, False),
        "steady": (0, None, True, True, False),
        "silent": (None, "leg_unknown", True, None, None),
        "once": (None, "leg_unknown", True, None, True),
        "silent and seldom": (0, None, False, None, None),
    }
    legs = log.report("shevlin_legs", active="Page", as_of="2024-03-01")
    counts = {row["leg"]: (row["known"], row["holds"]) for row in legs.table.to_pylist()}
    assert counts == {"repeated": (8, 6), "satisfied": (5, 4), "strengthening": (6, 4), "all three": (6, 1)}
    assert legs.headline["coverage_share"] == pytest.approx(6 / 8)


@tries(6)
@given(st.lists(ANSWERS, min_size=1, max_size=6))
def test_the_bound_of_the_slope_is_that_of_a_fitted_line(people: list[list[tuple[int, int]]]) -> None:
    events = [
        answer(f"c{number}", "affection", score, day) for number, told in enumerate(people) for day, score in told
    ]
    events += [each for number in range(len(people)) for each in visits(f"c{number}", 3)]
    log = Log(log_of([*events, answer("c0", "satisfaction", 5, 0)]))
    found = rows(log)
    for number, told in enumerate(people):
        days, scores = (np.array(each, dtype=float) for each in zip(*told, strict=True))
        expected: bool | None = None
        if len(told) >= 3 and len(set(days)) > 1:
            slope, base = np.polyfit(days, scores, 1)
            left = float(((scores - base - slope * days) ** 2).sum())
            error = sqrt(max(left, 0.0) / (len(told) - 2) / float(((days - days.mean()) ** 2).sum()))
            bound = slope - T_80[len(told) - 2] * error
            if abs(bound) < 1e-5:
                continue
            expected = bool(bound > 0)
        assert found[f"c{number}"]["strengthening"] == expected, told


def test_a_log_without_answers_is_refused() -> None:
    with pytest.raises(Unanswerable, match="no answers to surveys"):
        Log(log_of(visits("a", 3))).measure("shevlin", active="Page")
