"""The journey map (family E): one customer's way worked by hand, and what is refused.

Worked, persist = 10 days: a page on day 0, another on day 4, a product on day 6, a purchase on day 8, a page on day 25,
a second purchase on day 40; seen at the start of day 45. The first page and the second hold problem from day 0 up to
day 14; the product holds evaluate from day 6 up to day 16, the purchase buy from day 8 up to day 18. So: problem for
6 days (0-6), evaluate for 2 (6-8), buy for 10 (8-18); then nothing holds any more: away for 7 (18-25); problem for 10
(25-35), away for 5 (35-40), repeat from day 40 on.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cherish.errors import QuestionError, Unanswerable
from cherish.library import Log
from logs import event, log_of
from reports.asking import asked

START = datetime(2024, 3, 1, 12)
WAY = [(0, "Page"), (4, "Page"), (6, "Product Viewed"), (8, "Order Completed"), (25, "Page"), (40, "Order Completed")]
MOVES = [("problem", "evaluate"), ("problem", "(away)"), ("evaluate", "buy"), ("buy", "(away)"), ("(away)", "problem"),
         ("(away)", "repeat")]  # fmt: skip


def log(way: list[tuple[int, str]] = WAY) -> Any:
    rows = [event("a", name, START + timedelta(days=day)) for day, name in way]
    return log_of([*rows, event("b", "Email Sent", START)])


def at(day: int) -> datetime:
    return datetime.combine((START + timedelta(days=day)).date(), datetime.min.time(), UTC)


def test_the_worked_way() -> None:
    rows, headline, plan = asked(log(), "journey", as_of=at(45), persist="10d")
    found = {row["stage"]: row for row in rows}
    assert list(found) == ["problem", "evaluate", "buy", "repeat", "(away)", "(never began)"]
    # (stays, moved on, moved back, went away, still there)
    names = ("stays", "moved_on", "moved_back", "went_away", "still_there")
    assert {stage: tuple(row[name] for name in names) for stage, row in found.items() if row["stays"] is not None} == {
        "problem": (2, 1, 0, 1, 0), "evaluate": (1, 1, 0, 0, 0), "buy": (1, 0, 0, 1, 0), "repeat": (1, 0, 0, 0, 1),
        "(away)": (2, 2, 0, 0, 0),
    }  # fmt: skip
    # Of two stays of 6 and 10 days half have ended after 6; of two absences of 5 and 7 after 5.
    assert [found[stage]["median_days"] for stage in ("problem", "evaluate", "buy", "(away)")] == [6, 2, 10, 5]
    assert found["repeat"]["median_days_why"] == "half_still_there"
    assert [row["furthest_ever"] for row in rows] == [0, 0, 0, 1, 0, 1]
    assert [row["current"] for row in rows] == [0, 0, 0, 1, 0, 1]
    assert (headline["customers"], headline["began"], headline["back_share"]) == (2, 1, 0)
    assert "research, use, advocate" in plan.notes[0]


def test_the_moves_of_the_worked_way() -> None:
    rows, _, _ = asked(log(), "journey", as_of=at(45), persist="10d", show="transitions")
    assert [(row["from_stage"], row["to_stage"]) for row in rows] == MOVES
    assert all(row["moves"] == 1 for row in rows)
    assert [row["share"] for row in rows] == [0.5, 0.5, 1, 1, 0.5, 0.5]


@pytest.mark.parametrize(("day", "stage"), [
    (1, "problem"), (6, "problem"), (7, "evaluate"), (9, "buy"), (18, "buy"), (19, "(away)"), (25, "(away)"),
    (26, "problem"), (41, "repeat"), (50, "repeat"), (51, "(away)"),
])  # fmt: skip
def test_where_the_customer_is_at_the_start_of_a_day(day: int, stage: str) -> None:
    # An event of day 8 lies in the 10 days before the start of day 18, and no longer in those before day 19.
    rows, _, _ = asked(log(), "journey", as_of=at(day), persist="10d")
    assert [row["stage"] for row in rows if row["current"] and row["stage"] != "(never began)"] == [stage]


def test_for_good_nobody_falls_back() -> None:
    rows, headline, _ = asked(log(), "journey", as_of=at(300), persist="all")
    assert [row["stage"] for row in rows if row["current"]] == ["repeat", "(never began)"]
    assert "(away)" not in {row["stage"] for row in rows}
    assert headline["back_share"] == 0


def test_falling_back_is_a_move_to_an_earlier_stage() -> None:
    # A product on day 0 holds evaluate up to day 10; pages on days 8 and 16 hold problem up to day 26.
    rows, headline, _ = asked(log([(0, "Product Viewed"), (8, "Page"), (16, "Page")]), "journey", at(20), persist="10d")
    found = {row["stage"]: row for row in rows}
    assert (found["evaluate"]["moved_back"], found["evaluate"]["back_share"], found["problem"]["current"]) == (
        1,
        1.0,
        1,
    )
    assert found["evaluate"]["furthest_ever"] == 1
    assert headline["back_share"] == 1


def test_stages_of_ones_own() -> None:
    own = "look=Page|Product Viewed; first=Order Completed; second = Order Completed#2"
    rows, _, plan = asked(log(), "journey", as_of=at(45), persist="all", stages=own)
    assert [(row["stage"], row["furthest_ever"]) for row in rows[:3]] == [("look", 0), ("first", 0), ("second", 1)]
    assert "look>first>second" in plan.convention


@pytest.mark.parametrize(("given", "told"), [
    ({"stages": "look=Page"}, "two stages"), ({"stages": "look=Page; look=Product Viewed"}, "stands there twice"),
    ({"stages": "look=Page; buy=Page"}, "stands there twice"), ({"stages": "look; buy=Page"}, "no group of events"),
    ({"stages": "look=Page; buy=Nothing"}, "'Nothing'; there are"), ({"use": "Page"}, "of problem and of use"),
])  # fmt: skip
def test_refusals(given: dict[str, str], told: str) -> None:
    with pytest.raises(QuestionError, match=told):
        Log(log()).report("journey", **given)


def test_one_stage_is_no_journey() -> None:
    with pytest.raises(Unanswerable, match="only problem"):
        Log(log([(0, "Page")])).report("journey")
