"""What a funnel shows: times to convert, trends, breakdowns, what people did next, and pictures."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cherish import charts
from cherish.errors import Unsupported
from cherish.library import Log
from logs import event, log_of
from random_days import load_people
from reports.asking import ask, asked
from reports.funnels import DAY, GENERAL, MICRO, MOMENT, START, act, acts
from reports.test_pictures import marks

# -- time to convert ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("more", [{}, GENERAL])
def test_percentiles_of_the_time_to_convert(more: dict[str, str]) -> None:
    rows = []
    for user, seconds in enumerate((10, 20, 30, 50)):
        rows += [act(f"u{user}", "A"), act(f"u{user}", "B", seconds), act(f"u{user}", "C", 100)]
    rows += [act("eve", "A"), act("eve", "X", 101)]
    found, headline, _ = asked(log_of(rows), "funnel", MOMENT, steps="A|B|C", percentiles="0|12.5|50|90|100", **more)
    _, second, third = found
    names = ("p0", "p12_5", "median", "p90", "p100")
    # Between neighbours of 10, 20, 30, 50: at place 3 * share, so 12.5 % is 10 + .375 * 10 and 90 % is 30 + .7 * 20.
    assert [second[f"{name}_time"] for name in names] == pytest.approx([10, 13.75, 25, 44, 50])
    assert [second[f"total_{name}_time"] for name in names] == pytest.approx([10, 13.75, 25, 44, 50])
    # The third step after the second: 50, 70, 80, 90.
    assert [third[f"{name}_time"] for name in names] == pytest.approx([50, 57.5, 75, 87, 90])
    assert {third[f"total_{name}_time"] for name in names} == {100.0}
    assert (headline["median_time"], headline["conversion_rate"], headline["most_lost_before"]) == (100.0, 0.8, "B")


def test_nobody_takes_no_time_and_no_share() -> None:
    log = log_of([act("ann", "A", -9 * DAY), act("ann", "B")])
    rows, headline, _ = asked(log, "funnel", MOMENT, steps="A|B|A", since="2024-03-04", percentiles="50")
    assert [(row["reached"], row["step_rate"], row["overall_rate"], row["median_time"]) for row in rows] == [
        (0, None, None, None)
    ] * 3
    assert [row["step_rate_why"] for row in rows] == ["first_step", "nobody_before", "nobody_before"]
    assert {row["overall_rate_why"] for row in rows} == {"nobody_entered"}
    assert (headline["entered"], headline["conversion_rate"], headline["most_lost_before"]) == (0, None, None)
    bare = ask(log, "funnel", MOMENT, steps="A|B", percentiles="")
    assert [row["reached"] for row in bare] == [1, 0]
    assert not [name for name in bare[0] if name.endswith("_time")]


# -- trend and breakdown ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("more", [{}, GENERAL])
def test_a_trend_counts_in_the_local_period_of_the_entry(more: dict[str, str]) -> None:
    # In Berlin 22:30 of 31 March is half past midnight of 1 April; B comes in May.
    entry = datetime(2024, 3, 31, 22, 30)
    rows = [event("ann", "A", entry), event("ann", "B", entry + timedelta(days=32)), event("bob", "A", START),
            event("cyd", "X", START)]  # fmt: skip
    given = {"steps": "A|B", "window": "40d", **more}
    for zone, second in (("Europe/Berlin", date(2024, 4, 1)), ("UTC", date(2024, 3, 1))):
        found = ask(log_of(rows, zone), "funnel", MOMENT, trend="month", **given)
        told: dict[date, list[int]] = {}
        for row in found:
            told.setdefault(row["period"], []).append(row["reached"])
        assert told == ({date(2024, 3, 1): [1, 0], second: [1, 1]} if zone != "UTC" else {second: [2, 1]})


def test_a_period_without_entries_has_a_row_and_no_rate() -> None:
    rows = [act("ann", "A", k="1"), act("bob", "A", 14 * DAY, k="2"), act("bob", "B", 14 * DAY + 9, k="2")]
    found = ask(log_of(rows), "funnel", MOMENT, steps="A|B", trend="week", by="k")
    assert [(row["k"], row["period"].day, row["reached"]) for row in found] == [
        ("1", 4, 1), ("1", 4, 0), ("1", 11, 0), ("1", 11, 0), ("1", 18, 0), ("1", 18, 0),
        ("2", 4, 0), ("2", 4, 0), ("2", 11, 0), ("2", 11, 0), ("2", 18, 1), ("2", 18, 1),
    ]  # fmt: skip
    empty = found[3]
    assert (empty["overall_rate"], empty["overall_rate_why"], empty["step_rate_why"]) == (
        None, "nobody_entered", "nobody_before"
    )  # fmt: skip
    assert ask(log_of(rows), "funnel", MOMENT, steps="A|B", trend="week", since="2024-05-01") == []


def groups(events: list[dict[str, Any]], *columns: str, **given: Any) -> dict[tuple[str, ...], list[int]]:
    """How many of each group reached each step."""
    log = log_of(events)
    load_people(log, [{"user_id": "ann", "traits": '{"plan": "gold"}'}])
    found: dict[tuple[str, ...], list[int]] = {}
    for row in ask(log, "funnel", MOMENT, **{"steps": "A|B", **given}):
        found.setdefault(tuple(row[name] for name in columns), []).append(row["reached"])
    return found


def test_a_breakdown_takes_the_value_at_the_entry() -> None:
    rows = [act("ann", "A", k="1"), act("ann", "B", 10, k="2"), act("bob", "A", s="7"), act("cyd", "X")]
    for more in ({}, GENERAL):
        assert groups(rows, "k", by="k", **more) == {("1",): [1, 1], ("unknown",): [1, 0]}
        assert groups(rows, "plan", by="plan", **more) == {("gold",): [1, 1], ("unknown",): [1, 0]}
        assert groups(rows, "plan", "s", by="plan|s", **more) == {
            ("gold", "unknown"): [1, 1], ("unknown", "7"): [1, 0]
        }  # fmt: skip
    twice = [act("ann", "A", k="1"), act("ann", "A", 100, k="2"), act("ann", "B", 110, k="3")]
    for reentry, group in (("first_entry", "1"), ("best", "2")):
        found = groups(twice, "k", by="k", reentry=reentry, window="60s")
        assert found == {(group,): [1, int(reentry == "best")]}
    # Of attempts that go equally far the earliest.
    equal = [act("ann", name, place, k=str(place)) for place, name in enumerate("ABAB")]
    assert groups(equal, "k", by="k", reentry="best") == {("0",): [1, 1]}


def test_groups_beyond_the_top_ones_are_counted_as_one() -> None:
    rows = [act(f"u{place}", "A", k=k) for place, k in enumerate("1112234")] + [act("u5", "B", 9)]
    assert groups(rows, "k", by="k", top=2) == {("1",): [3, 0], ("2",): [2, 0], ("other",): [2, 1]}


def test_a_breakdown_never_hides_a_column_of_the_funnel() -> None:
    names = groups(acts("BA"), "entry_name", by="name", order="any_order")
    assert names == {("B",): [1, 1]}
    for name in ("reached", "median_time", "step_rate_why", "period"):
        rows = [act("ann", "A", **{name: "x"}), act("ann", "B", 9)]
        assert groups(rows, f"properties.{name}", by=name) == {("x",): [1, 1]}


# -- what people did next -----------------------------------------------------------------------------------------


def test_what_those_who_went_no_further_did_next() -> None:
    streams = {"ann": "AX", "bob": "ABD", "cyd": "ABC", "dan": "AXD", "eve": "AD"}
    rows = [row for user, names in streams.items() for row in acts(names, user)]
    rows += [act("fay", "A"), act("fay", "X", 7 * DAY + MICRO), act("gus", "A"), act("gus", "Email Sent", 1)]
    rows += [act("hal", "A"), act("hal", "X", 7 * DAY)]
    found, headline, _ = asked(log_of(rows), "funnel", MOMENT, steps="A|B|C", next_acts=1)
    assert [tuple(row.values()) for row in found] == [
        (1, "A", 6, "X", 3, 1 / 2), (1, "A", 6, "(other)", 1, 1 / 6), (1, "A", 6, "(nothing in the window)", 2, 1 / 3),
        (2, "B", 1, "D", 1, 1.0),
    ]  # fmt: skip
    assert headline == {"dropped": 7, "after": "A", "did_next": "X", "share": 0.5}
    assert ask(log_of(acts("AB")), "funnel", MOMENT, steps="A|B", next_acts=1) == []


def test_attempts_that_end_at_one_moment_are_followed_by_the_same_act() -> None:
    rows = [act("ann", "A", s="1"), act("ann", "A", s="2"), act("ann", "X", 5), act("bob", "B", s="9")]
    found = ask(log_of(rows), "funnel", MOMENT, steps="A|B", hold="s", counting="pairs", next_acts=3)
    assert [(row["did_next"], row["customers"]) for row in found] == [("X", 2)]


# -- pictures -----------------------------------------------------------------------------------------------------


@cache
def crowd() -> Log:
    draw = random.Random(3)
    rows = []
    for user in range(90):
        start, k = draw.randint(0, 20) * DAY, f"group {user % 9}"
        rows += [act(f"u{user}", name, start + 9 * place, k=k) for place, name in enumerate("ABC"[: user % 4])]
    return Log(log_of(rows))


@pytest.mark.parametrize("given", [{}, {"by": "k"}, {"trend": "week"}, {"trend": "week", "by": "k"}])
def test_pictures_are_drawn_and_say_which_groups_they_leave_out(given: dict[str, str], tmp_path: Path) -> None:
    drawing = charts.save(crowd().report("funnel", steps="A|B|C", **given), tmp_path / "chart.svg").read_text()
    assert marks(drawing) > 0
    assert ("the 6 largest of 9" in drawing) == ("by" in given)
    # What was lost stands pale beside what is left, and nothing else does, least of all a legend.
    assert ('opacity="0.18"' in drawing) == (not given)


def test_a_hidden_figure_is_not_drawn_as_none(tmp_path: Path) -> None:
    rows = [
        act(f"u{user}", name, place)
        for user in range(90)
        for place, name in enumerate("ABC"[: 1 + (user < 40) + (user < 4)])
    ]
    shared = Log(log_of(rows)).report("funnel", steps="A|B|C").shared(10)
    assert shared.table["reached"].to_pylist() == [90, None, None]
    drawing = charts.save(shared, tmp_path / "chart.svg").read_text()
    assert ">90<" in drawing
    assert ">hidden<" in drawing
    assert ">0<" not in drawing


def test_what_people_did_next_has_a_table_and_no_picture(tmp_path: Path) -> None:
    with pytest.raises(Unsupported, match="has no picture; its table says it best"):
        charts.save(crowd().report("funnel", steps="A|B|C", next_acts="3"), tmp_path / "chart.svg")
