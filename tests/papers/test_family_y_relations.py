"""Family Y, relations: the ladder, voices and content by worked examples, each computed beside the test."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cherish.library import Log
from logs import event, log_of

START = datetime(2024, 2, 1, 12)
MOMENT = datetime(2024, 6, 1, tzinfo=UTC)


def on(who: str, name: str, day: float = 0, **told: Any) -> dict[str, Any]:
    """An event so many days after the start, with these properties."""
    return event(who, name, START + timedelta(days=day), properties=json.dumps(told) if told else None)


def answer(who: str, instrument: str, score: float, day: float = 1) -> dict[str, Any]:
    item = "recommend" if instrument == "recommend" else "satisfaction"
    return on(who, "Survey Answered", day, instrument=instrument, item=item, score=score)


# -- the ladder ---------------------------------------------------------------------------------------------------


def ladder_log() -> Any:
    guest = on("x", "Page") | {"user_id": None, "anonymous_id": "guest"}
    return log_of([
        on("none", "Page", -400),
        on("reached", "Email Sent"),
        guest,
        on("known", "Page"), on("known", "Page", 6), on("known", "Email Sent"),
        on("repeated", "Page"), on("repeated", "Order Completed", 7),
        on("told", "Live Chat Message Sent"),  # nobody answered
        on("chat", "Live Chat Message Sent"), on("chat", "Live Chat Message Received", 0.1),
        on("reviewer", "Product Reviewed"), on("reviewer", "Page", 20),
        on("pleased", "Page"), on("pleased", "Page", 30), answer("pleased", "satisfaction", 5),
        answer("pleased", "service", 3),  # mean 4
        on("displeased", "Page"), on("displeased", "Page", 30), answer("displeased", "satisfaction", 5),
        answer("displeased", "service", 2),  # mean 3.5
        on("fan", "Page"), on("fan", "Page", 30), answer("fan", "recommend", 9),
        answer("turned", "recommend", 10, 1), answer("turned", "recommend", 3, 9),  # the last answer counts
        on("sharer", "Product Shared"),
    ])  # fmt: skip


EXPECTED = {
    "none": "none", "reached": "reached", "known": "known", "repeated": "repeated", "told": "known",
    "chat": "reciprocal", "reviewer": "reciprocal", "pleased": "satisfied", "displeased": "repeated", "fan": "advocate",
    "turned": "repeated", "sharer": "advocate",
}  # fmt: skip


def test_every_rung_by_hand() -> None:
    rows = Log(ladder_log()).measure("relationship", as_of=MOMENT).table.to_pylist()
    assert {row["customer"]: row["stage"] for row in rows} == EXPECTED
    # Came twice with a week between, and reviewed, is satisfied or recommends.
    assert {row["customer"] for row in rows if row["relationship"]} == {"reviewer", "pleased", "fan"}


def test_without_an_own_id_one_can_interact_and_not_be_known() -> None:
    rows = Log(ladder_log()).measure("relationship", as_of=MOMENT, population="all").table.to_pylist()
    assert [row["stage"] for row in rows if row["customer"] not in EXPECTED] == ["interacted"]


def test_the_sentence() -> None:
    result = Log(ladder_log()).report("ladder", as_of=MOMENT)
    # 10 of 12 acted: not the one of long ago, not the one who was only sent a mail.
    head = result.headline
    assert (head["customers"], head["interacted"], head["relationship"]) == (12, 10, 3)
    assert head["note"] == "You interact with 10; 3 of them is a relationship."
    assert head["relationship_share"] == 0.3
    assert head["satisfaction_known"] == 2
    rows = {row["rung"]: row for row in result.table.to_pylist()}
    assert {rung: row["customers"] for rung, row in rows.items()} == {
        "none": 1, "reached": 1, "interacted": 0, "known": 2, "repeated": 3, "reciprocal": 2, "satisfied": 1,
        "advocate": 2,
    }  # fmt: skip
    assert [row["at_or_above"] for row in rows.values()] == [12, 11, 10, 10, 8, 5, 3, 2]
    assert rows["repeated"]["holds"] == 6  # repeated, reviewer, pleased, displeased, fan, turned
    assert rows["known"]["share"] == pytest.approx(2 / 12)


def test_the_cuts_are_parameters() -> None:
    log = Log(ladder_log())

    def stage(who: str, **given: Any) -> str:
        rows = log.measure("relationship", as_of=MOMENT, **given).table.to_pylist()
        return next(str(row["stage"]) for row in rows if row["customer"] == who)

    assert stage("known", apart=6) == "repeated"
    assert stage("displeased", satisfied=3.5) == "satisfied"
    assert stage("turned", recommend=3) == "advocate"
    assert stage("pleased", satisfied_by="service") == "repeated"
    assert stage("fan", window="60d") == "none"


def test_moves_between_two_windows() -> None:
    log = Log(ladder_log())
    # The window of 100 days before 1 June begins on 22 February; the one before it reaches back to November. The second
    # acts of pleased, displeased and fan (2 March) lie in the later one, those of reviewer (21 February) don't.
    rows = log.report("ladder", as_of=MOMENT, window="100d", show="transitions").table.to_pylist()
    moved = {row["before"]: {name: n for name, n in row.items() if name not in ("before", "customers") and n}
             for row in rows}  # fmt: skip
    assert moved == {
        "none": {"none": 1}, "reached": {"none": 1}, "interacted": {}, "known": {"none": 2, "known": 1},
        "repeated": {"none": 2}, "reciprocal": {"none": 2}, "satisfied": {"known": 1},
        "advocate": {"none": 1, "known": 1}, "new": {},
    }  # fmt: skip
    head = log.report("ladder", as_of=MOMENT, window="100d").headline
    assert (head["stayed_share"], head["rose_share"], head["fell_share"]) == (2 / 12, 0, 10 / 12)


def test_what_the_log_cannot_show_is_said_and_not_zero() -> None:
    log = Log(log_of([on("a", "Order Completed"), on("a", "Order Completed", 9), on("b", "Order Completed")]))
    result = log.report("ladder", as_of=MOMENT)
    rows = {row["rung"]: row for row in result.table.to_pylist()}
    for rung in ("reached", "reciprocal", "satisfied", "advocate"):
        assert (rows[rung]["customers"], rows[rung]["share"], rows[rung]["why"]) == (None, None, "no_data")
    assert (rows["repeated"]["customers"], rows["known"]["customers"]) == (1, 1)
    assert (result.headline["relationship"], result.headline["why"]) == (None, "no_data")
    assert "can't be told" in result.headline["note"]
    assert sum("Nobody can be seen as" in note for note in result.notes) == 4
    measured = log.measure("relationship", as_of=MOMENT)
    assert measured.notes == result.notes[: len(measured.notes)]


def test_a_survey_that_asked_something_else_does_not_make_satisfaction_zero() -> None:
    log = Log(log_of([on("a", "Page"), answer("a", "recommend", 2)]))
    rows = {row["rung"]: row for row in log.report("ladder", as_of=MOMENT).table.to_pylist()}
    assert (rows["satisfied"]["customers"], rows["satisfied"]["why"]) == (None, "no_data")
    assert (rows["advocate"]["customers"], rows["advocate"]["why"]) == (0, None)
