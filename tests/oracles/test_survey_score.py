"""The customer's own score beside the report on the same answers: wholes, responses and windows, case by case."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cherish.errors import QuestionError
from cherish.instruments import registry
from cherish.library import Log
from logs import event, log_of

JUNE, JANUARY = datetime(2023, 6, 1, 12), datetime(2024, 1, 1, 12)
BRAND = registry.find("brand_engagement", ())


def said(user: str, form: str, item: str, score: float, ts: datetime = JANUARY, **more: Any) -> dict[str, Any]:
    told = {"instrument": form, "item": item, "score": score, **more}
    return event(user, "Survey Answered", ts, properties=json.dumps(told))


def all_items(user: str, scores: dict[str, float], ts: datetime = JANUARY, **more: Any) -> list[dict[str, Any]]:
    """An answer to each item of brand engagement whose subscale has a score."""
    return [
        said(user, BRAND.name, item.name, scores[item.subscale], ts, **more)
        for item in BRAND.items
        if item.subscale in scores
    ]


def scores(rows: list[dict[str, Any]], **told: Any) -> dict[str, tuple[float | None, str | None]]:
    asked = Log(log_of(rows)).measure("survey_score", **{"instrument": BRAND.name, **told})
    return {row["customer"]: (row["value"], row["why"]) for row in asked.table.to_pylist()}


def whole(rows: list[dict[str, Any]], **told: Any) -> tuple[int, float | None]:
    table = Log(log_of(rows)).report("survey", instrument=BRAND.name, part="whole", **told).table.to_pylist()
    return table[0]["n"], table[0]["value"]


def test_the_whole_is_the_mean_of_subscale_means_and_needs_each() -> None:
    uneven = all_items("a", {"cognitive": 7, "affection": 1, "activation": 7})
    assert scores(uneven) == {"a": (5.0, None)}
    assert scores(uneven, take="mean") == {"a": (5.0, None)}
    assert whole(uneven) == (1, 5.0)
    lacking = all_items("b", {"cognitive": 7, "affection": 7})
    assert scores(lacking) == scores(lacking, take="mean") == {"b": (None, "too_few_items")}
    assert whole(uneven + lacking) == (1, 5.0)
    # One of three answers to a subscale is too few for it, whatever was answered of the others.
    one = [*lacking, said("b", BRAND.name, "activation_1", 7)]
    assert scores(one) == {"b": (None, "too_few_items")}
    assert scores([*one, said("b", BRAND.name, "activation_2", 7)]) == {"b": (7.0, None)}


@pytest.mark.parametrize("take", ["latest", "mean"])
def test_what_is_not_to_be_added_up_has_no_whole(take: str) -> None:
    burnout = registry.find("burnout", ())
    rows = [said("a", "burnout", item.name, 6) for item in burnout.items]
    with pytest.raises(QuestionError, match="no whole; give one of exhaustion, cynicism, efficacy"):
        scores(rows, instrument="burnout", take=take)
    assert scores(rows, instrument="burnout", part="cynicism", take=take) == {"a": (6.0, None)}


@pytest.mark.parametrize("key", ["response_id", "campaign", None])
def test_answers_of_several_responses_are_not_mixed(key: str | None) -> None:
    def told(name: str) -> dict[str, str]:
        return {key: name} if key else {}

    rows = all_items("a", {"cognitive": 1, "affection": 1, "activation": 1}, JUNE, **told("r1"))
    rows.append(said("a", BRAND.name, "cognitive_1", 7, **told("r2")))
    assert scores(rows) == {"a": (1.0, None)}
    # The second response has a score of its own once it has enough; until then a part of it may have one.
    assert scores([*rows, said("a", BRAND.name, "cognitive_2", 5, **told("r2"))], part="cognitive") == {
        "a": (6.0, None)
    }
    assert scores(rows, part="cognitive_1") == {"a": (7.0, None)}
    again = all_items("a", {"cognitive": 7, "affection": 4, "activation": 4}, **told("r2"))
    assert scores(rows + again) == {"a": (5.0, None)}


def test_an_answer_given_again_replaces_the_one_before() -> None:
    rows = all_items("a", {"cognitive": 1, "affection": 1, "activation": 1}, response_id="r")
    for minute, score in enumerate((7, 99, 4)):
        rows.append(
            said("a", BRAND.name, "cognitive_1", score, JANUARY + timedelta(minutes=1 + minute), response_id="r")
        )
    assert scores(rows) == {"a": (pytest.approx((2 + 1 + 1) / 3), None)}
    assert whole(rows) == (1, pytest.approx((2 + 1 + 1) / 3))


@pytest.mark.parametrize("window", ["3d", "4d"])
def test_a_response_lies_in_the_window_where_it_began(window: str) -> None:
    # Asked four days before the moment, finished two days later; the first answer was one that doesn't count.
    rows = [said("a", BRAND.name, "cognitive_1", 99, response_id="r")]
    rows += all_items(
        "a", {"cognitive": 2, "affection": 2, "activation": 2}, JANUARY + timedelta(days=2), response_id="r"
    )
    rows.append(said("b", BRAND.name, "cognitive_1", 5, JANUARY + timedelta(days=3)))
    moment = {"as_of": datetime(2024, 1, 5, tzinfo=UTC), "window": window}
    inside = window == "4d"
    assert scores(rows, **moment)["a"] == ((2.0, None) if inside else (None, "no_answer"))
    assert whole(rows, **moment)[0] == int(inside)


def test_scores_come_on_the_scale_that_is_shown() -> None:
    form = next(each for name in registry.names(()) if (each := registry.find(name, ())).form.shown)
    low, high = form.range(form.items[0])
    given = {item.name: low if item.reverse else high for item in form.items}
    rows = [said("a", form.name, item, score) for item, score in given.items()]
    told = {"instrument": form.name, **({"part": next(iter(form.subscales))} if form.form.total == "none" else {})}
    assert scores(rows, **told) == scores(rows, **told, take="mean") == {"a": (form.shown[1], None)}
