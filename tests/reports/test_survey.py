"""The survey's report as people meet it: its pictures, its parts, and what it says where nobody answered."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cherish.errors import Unanswerable
from cherish.library import Log
from logs import event, log_of
from reports.test_pictures import drawn, marks

START = datetime(2024, 1, 8, 9)
ITEMS = ("affection_1", "affection_2", "affection_3", "affection_4")


@pytest.fixture(scope="module")
def log() -> Log:
    """60 people: all say whether they would recommend, two in three tell what they feel; one comes and says nothing."""
    rows = []
    for place in range(60):
        told = [("recommend", "recommend", place % 11)]
        told += [("affection", item, 1 + (place + at) % 5) for at, item in enumerate(ITEMS) if place % 3]
        for at, (instrument, item, score) in enumerate(told):
            said = {"instrument": instrument, "item": item, "score": score, "plan": ("free", "paid")[place % 2]}
            when = START + timedelta(days=place, seconds=9 * at)
            rows.append(event(f"c{place}", "Survey Answered", when, properties=json.dumps(said)))
    return Log(log_of([*rows, event("quiet", "Page", START)]))


@pytest.mark.parametrize("instrument", ["recommend", "affection"])
@pytest.mark.parametrize("more", [{}, {"by": "plan"}, {"unit": "week"}, {"unit": "month", "by": "plan"}])
def test_every_form_has_a_picture(log: Log, instrument: str, more: dict[str, str], tmp_path: Path) -> None:
    assert marks(drawn(log.report("survey", instrument=instrument, **more), tmp_path)) > 0


def test_the_rows_tell_who_answered(log: Log) -> None:
    found = {row["figure"]: row for row in log.report("survey", part="responses").table.to_pylist()}
    assert found["share of customers who answered"]["value"] == 60 / 61
    told = {row["figure"]: row for row in log.report("survey", instrument="affection").table.to_pylist()}
    assert told["share of customers who answered"]["value"] == 40 / 61
    # Nine seconds lie between two answers, and nobody gave four times the same.
    assert (
        told["share of responses given too fast"] | {"n": 40, "value": 0.0} == told["share of responses given too fast"]
    )
    assert told["share of responses in a straight line"]["value"] == 0


def test_only_the_parts_asked_for(log: Log) -> None:
    found = log.report("survey", instrument="affection", part="whole|affection_2")
    assert found.table["part"].to_pylist() == ["whole", "affection_2"]
    assert found.headline["value"] == found.table["value"][0].as_py()


@pytest.mark.parametrize("more", [{}, {"by": "plan"}])
def test_a_filter_that_leaves_nobody_leaves_no_figure(log: Log, more: dict[str, Any]) -> None:
    found = log.report("survey", where="plan=gold", **more)
    assert {row["why"] for row in found.table.to_pylist()} <= {"no_answers", None}
    assert not any(row["value"] for row in found.table.to_pylist())
    assert more or found.headline["why"] == "no_answers"


def test_answers_to_other_items_are_named() -> None:
    said = [{"instrument": "affection", "item": item, "score": 4} for item in ("warmth", "trust")]
    strange = Log(log_of([event("ann", "Survey Answered", START, properties=json.dumps(each)) for each in said]))
    told = "answers to affection, but to items it doesn't have: trust, warmth; its items are affection_1, affection_2"
    with pytest.raises(Unanswerable, match=told):
        strange.report("survey", instrument="affection")
    with pytest.raises(Unanswerable, match="no answers to it; the log has answers to affection"):
        strange.report("survey", instrument="recommend")


def test_answers_before_the_window_are_named(log: Log) -> None:
    with pytest.raises(Unanswerable, match="window=5: there are answers to recommend, but all of them are older"):
        log.report("survey", window="5d", as_of="2025-01-01")


def waves(*shares: int) -> Log:
    """60 customers who answer once for each number: so many detractors, 20 passives, the others promoters."""
    rows = []
    for wave, low in enumerate(shares):
        for place in range(60):
            said = {"instrument": "recommend", "item": "recommend",
                    "score": 3 if place < low else 8 if place < low + 20 else 10}  # fmt: skip
            when = START + timedelta(days=31 * wave)
            rows.append(event(f"c{place}", "Survey Answered", when, properties=json.dumps(said)))
    return Log(log_of(rows))


def test_the_count_of_a_share_stands_beside_it() -> None:
    found = waves(12).report("survey").table.to_pylist()
    assert [(row["n"], row["count"]) for row in found] == [(60, None), (60, 28), (60, 20), (60, 12), (60, 60), (60, 0)]


def test_answers_of_the_same_people_are_told() -> None:
    told = "120 answers of 60 customers: one person's answers are taken for independent ones."
    twice, once = waves(12, 12).report("survey"), waves(12).report("survey")
    assert twice.headline["note"] == told
    assert "note" not in once.headline
    assert "share of promoters 46.7%" in repr(once).replace("\n", " ")


def test_a_score_on_the_instruments_scale_names_no_unit() -> None:
    told = repr(waves(60).measure("survey_score"))
    assert "a score of 3 on average" in told
    assert "as the instrument" not in told
