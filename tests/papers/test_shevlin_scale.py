"""Who counts as satisfied by Shevlin hangs on the scale of the answers: on any but 1 to 5 it must be said."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cherish.errors import QuestionError
from cherish.library import Log
from logs import event, log_of

START = datetime(2024, 5, 1, 12)
MOMENT = datetime(2024, 6, 1, tzinfo=UTC)


def answer(who: str, instrument: str, score: float, day: int) -> dict[str, Any]:
    told = json.dumps({"instrument": instrument, "item": instrument, "score": score})
    return event(who, "Survey Answered", START + timedelta(days=day), properties=told)


def surveyed() -> Log:
    """Ann is satisfied by a mean of 4.5 of 5 and would recommend with 7; bob by 3.5, and with 9."""
    given = {("ann", "satisfaction"): (4, 5), ("bob", "satisfaction"): (3, 4),
             ("ann", "recommend"): (6, 8), ("bob", "recommend"): (9, 9)}  # fmt: skip
    rows = [answer(*who, score, day) for who, scores in given.items() for day, score in enumerate(scores)]
    return Log(log_of(rows))


def satisfied(**given: Any) -> dict[str, Any]:
    rows = surveyed().measure("shevlin", as_of=MOMENT, emotion="satisfaction", **given).table.to_pylist()
    return {row["customer"]: row["satisfied"] for row in rows}


def test_on_one_to_five_the_bar_is_four() -> None:
    assert satisfied() == {"ann": True, "bob": False} == satisfied(satisfied_from="4")
    assert satisfied(satisfied_from="3.5") == {"ann": True, "bob": True}


@pytest.mark.parametrize(("kind", "name"), [("measure", "shevlin"), ("report", "shevlin_legs")])
def test_on_another_scale_the_bar_must_be_given(kind: str, name: str) -> None:
    ask = getattr(surveyed(), kind)
    with pytest.raises(QuestionError, match=r"satisfaction=recommend: its scale is 0 to 10, .* satisfied_from"):
        ask(name, satisfaction="recommend", as_of=MOMENT)
    assert ask(name, satisfaction="recommend", satisfied_from="4", emotion="satisfaction", as_of=MOMENT).table.num_rows
    assert satisfied(satisfaction="recommend", satisfied_from="8") == {"ann": False, "bob": True}


def test_legs_hold_as_in_the_measure() -> None:
    found = surveyed().report("shevlin_legs", emotion="satisfaction", as_of=MOMENT).table.to_pylist()
    assert {row["leg"]: row["holds"] for row in found}["satisfied"] == 1
