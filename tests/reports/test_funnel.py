"""What a funnel refuses, what vendors' presets set, and how steps are written."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache
from typing import Any

import pytest

from cherish.errors import QuestionError, Unanswerable
from cherish.spec.registry import find
from logs import log_of
from random_days import load_people
from reports.asking import ask, asked
from reports.funnels import DAY, MOMENT, act, reached

# -- refused ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"steps": "A"}, "steps=A: a funnel needs two steps or more, as in steps=FIRST|SECOND"),
        ({"steps": "A[k=1|B"}, r"steps=A\[k=1\|B: a bracket is not closed"),
        ({"steps": "|".join("A" * 21)}, "a funnel can have 20 steps, and these are 21"),
        ({"window": "0d"}, "window=0: a funnel needs time to be gone through; write a length such as 7d, 12h or 30min"),
        ({"window": "-5d"}, "window: '-5d': use a length of time such as 7d"),
        ({"window": "36526d"}, "window=36526d: the longest is 36525d"),
        ({"order": "sideways"}, "order='sideways': choose one of ordered, strict, any_order"),
        ({"preset": "heap"}, "preset='heap': choose one of mixpanel, amplitude, posthog"),
        ({"trend": "year"}, "trend='year': choose one of day, week, month"),
        ({"counting": "totals", "reentry": "best"}, "counting=totals counts every entry, and reentry=best keeps one"),
        ({"grace": "2", "order": "strict"}, "grace is for order=ordered: order=strict doesn't ask which"),
        ({"grace": "2", "order": "any_order", "preset": "mixpanel"}, "grace is for order=ordered"),
        ({"grace": "61", "window": "1min"}, r"grace=61: .* at most the window \(1min\)"),
        ({"grace": "-1"}, "grace='-1': must be at least 0"),
        ({"since": "2024-03-05", "until": "2024-03-05"}, "since=2024-03-05 until=2024-03-05: no day is left"),
        ({"since": "March"}, "since='March': write a day as YYYY-MM-DD"),
        ({"percentiles": "50|101"}, r"percentiles=50\|101: write different numbers from 0 to 100"),
        ({"percentiles": "half"}, "percentiles=half: write different numbers"),
        ({"percentiles": "nan"}, "percentiles=nan: write different numbers"),
        ({"percentiles": "33.33333331|33.33333332"}, "write different numbers"),
        ({"next_acts": "0"}, "next_acts='0': must be at least 1"),
        ({"next_acts": "3", "by": "k"}, "next_acts has a table of its own: leave out by and trend"),
        ({"next_acts": "3", "trend": "day"}, "next_acts has a table of its own: leave out by and trend"),
        ({"stepps": "A|B"}, "funnel has no parameter 'stepps'; it has active, anchor"),
    ],
)
def test_what_means_nothing_is_refused_before_the_log_is_read(given: dict[str, str], says: str) -> None:
    with pytest.raises(QuestionError, match=says):
        find("report", "funnel").of(**{"steps": "A|B", **given})


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"steps": "A|Z"}, "step 2: no event is called 'Z'; the log has A, B, Email Sent, X"),
        ({"steps": "A+Z|B"}, "step 1: no event is called 'Z'"),
        ({"steps": "A|+"}, r"step 2: '\+' names no event; write NAME, or NAME\+NAME"),
        ({"steps": "A|[k=1]"}, r"step 2: '\[k=1\]' is not of the form NAME or NAME\[FIELD=VALUE;FIELD=VALUE\]"),
        ({"steps": "A|B[k]"}, "filter 'k': write FIELD=VALUE"),
        ({"steps": "A|B[plan=gold]"}, "step 2: plan is the customer's, not the event's; filter customers with --where"),
        ({"steps": "A|B[zz=1]"}, "no field is called 'zz'; there are name, type, .* properties.k"),
        ({"steps": "A|B[n=many]"}, "filter properties.n=many: properties.n holds numbers and 'many' is none"),
        ({"exclude": "Z"}, "exclude: no event is called 'Z'; the log has A, B"),
        ({"exclude": "+"}, r"exclude: '\+' names no event"),
        ({"exclude": "X@2"}, "exclude=X@2: write EVENT@FIRST-LAST with steps from 1 to 2 in order"),
        ({"exclude": "X@2-1"}, "exclude=X@2-1: write EVENT@FIRST-LAST"),
        ({"exclude": "X@1-3"}, "exclude=X@1-3: write EVENT@FIRST-LAST with steps from 1 to 2 in order"),
        ({"exclude": "B"}, "exclude=B: every event of step 2 is excluded, so nobody could get there"),
        ({"exclude": "B", "steps": "A|B[k=1]"}, "exclude=B: every event of step 2 is excluded"),
        ({"exclude": "B[k=1]+X", "steps": "A|X+B[n=2;k=1]"}, "every event of step 2 is excluded"),
        ({"exclude": "X@1-2", "order": "any_order", "steps": "A|B|A"}, "exclude events without @FIRST-LAST"),
        ({"order": "any_order", "steps": "A|A[k=1]"}, r"one event might be 'A' and 'A\[k=1\]', and only an order"),
        ({"grace": "1", "steps": "A+B|B"}, r"grace=1: one event might be both 'A\+B' and 'B'.*; leave out grace"),
        ({"hold": "zz"}, "no field is called 'zz'; there are"),
        ({"hold": "plan"}, "hold=plan: traits are the same on all steps anyway; name properties"),
        ({"hold": "name"}, "hold=name: no event name is in all steps, so nobody gets through"),
        ({"by": "zz"}, "no field is called 'zz'"),
        ({"by": "k|n|plan"}, r"by=k\|n\|plan: break down by one field, or by two different ones"),
        ({"by": "k|properties.k"}, "break down by one field, or by two different ones"),
        ({"active": "Z", "order": "strict"}, "active='Z': 'Z' is neither a stored set nor an event"),
    ],
)  # fmt: skip
def test_what_the_log_does_not_have_is_named(given: dict[str, str], says: str) -> None:
    with pytest.raises(QuestionError, match=says):
        ask(small(), "funnel", **{"steps": "A|B", **given})


@cache
def small() -> Any:
    rows = [act("ann", name, place, k="1", n=place) for place, name in enumerate(("A", "B", "X", "Email Sent"))]
    log = log_of(rows)
    load_people(log, [{"user_id": "ann", "traits": '{"plan": "gold"}'}])
    return log


# -- presets ------------------------------------------------------------------------------------------------------

PRESETS = {
    # The order, which entries, what an exclusion does, what is counted, the window, the tolerance.
    None: ("ordered", "first_entry", "drop_at_exclusion", "customers", 7 * DAY, 0),
    "mixpanel": ("ordered", "first_entry", "drop_at_exclusion", "customers", 7 * DAY, 2),
    "amplitude": ("ordered", "best", "any_clean_path", "pairs", DAY, 1),
    "posthog": ("ordered", "best", "remove_customer", "customers", 14 * DAY, 0),
}
NAMES = ("order", "reentry", "exclusion", "counting", "window", "grace")


def choices(**given: Any) -> dict[str, Any]:
    return asdict(find("report", "funnel").of(**given).choices())


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_sets_what_was_left_open_and_what_one_sets_oneself_wins(preset: str | None) -> None:
    told = dict(zip(NAMES, PRESETS[preset], strict=True))
    assert choices(preset=preset) == told
    for own, also in (
        ({"reentry": "first_entry"}, {}), ({"exclusion": "any_clean_path"}, {}), ({"counting": "customers"}, {}),
        ({"window": 90}, {}), ({"grace": 0}, {}), ({"grace": 5}, {}),
        # Where no order tells which event came first, there is nothing to tolerate.
        ({"order": "strict"}, {"grace": 0}), ({"order": "any_order"}, {"grace": 0}),
        # Entering again and counting every entry are one choice, unless both are made.
        ({"reentry": "totals"}, {"counting": "totals"}), ({"counting": "totals"}, {"reentry": "totals"}),
        ({"counting": "customers", "reentry": "totals"}, {}),
    ):  # fmt: skip
        written = {name: f"{value}s" if name == "window" else value for name, value in own.items()}
        assert choices(preset=preset, **written) == {**told, **own, **also}, own


def test_the_longest_window_and_tolerance_are_allowed() -> None:
    assert choices(window="36525d")["window"] == 36_525 * DAY
    assert choices(window="1min", grace="60")["grace"] == 60


def test_an_own_window_is_used_and_told_instead_of_the_vendors() -> None:
    late = [act("ann", "A"), act("ann", "B", 2 * DAY)]
    assert reached(late, "A|B", preset="amplitude") == [1, 0]
    assert reached(late, "A|B", preset="amplitude", window="2d") == [1, 1]
    plan = asked(log_of(late), "funnel", MOMENT, steps="A|B", preset="amplitude", window="2d")[2]
    assert plan.convention == "funnel/ordered/best/pairs@1 window=2d 2_steps grace=1s open_entries=count"


def test_a_vendors_tolerance_gives_way_where_one_event_might_be_two_steps() -> None:
    plan = asked(small(), "funnel", MOMENT, steps="A+B|B", preset="mixpanel")[2]
    assert " grace=0s " in plan.convention


# -- steps --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ("A|B", [3, 2]),
        (["A", "B"], [3, 2]),
        (" A | B ||", [3, 2]),
        ("A[k=1]|B", [1, 1]),
        ("A[k=1|2]|B", [2, 2]),
        ("A[properties.k!=1]|B", [2, 1]),
        ("A[n>=2]|B", [1, 1]),
        ("A[k=2;n<2]|B", [0, 0]),
        ("A[name=A;k=2]|B[k=(none)]", [1, 0]),
        ("A|B[k=1]+C", [3, 2]),
        ("X + A[k=(none)]|C", [1, 1]),
        ("C|C", [1, 0]),
    ],
)
def test_steps_are_names_any_of_several_and_filtered(steps: Any, expected: list[int]) -> None:
    rows = [act("ann", "A", k="1", n=1), act("ann", "B", 9, k="1"), act("bob", "A", k="2", n=5),
            act("bob", "B", 9, k="2"), act("cyd", "A"), act("cyd", "C", 9)]  # fmt: skip
    assert reached(rows, steps) == expected


def test_a_name_that_the_log_has_is_that_name_whatever_signs_are_in_it() -> None:
    log = log_of(act("ann", name, place) for place, name in enumerate(("A+B", "Go@1-2", "Page [x]", "Read [y]")))
    told = ask(log, "funnel", MOMENT, steps="A+B|Page [x]|Read [y]")
    assert [(row["name"], row["reached"]) for row in told] == [("A+B", 1), ("Page [x]", 1), ("Read [y]", 1)]
    # Excluded between all steps: its name only looks like a place.
    assert ask(log, "funnel", MOMENT, steps="A+B|Page [x]|Read [y]", exclude="Go@1-2")[1]["reached"] == 0


def test_steps_left_out_are_the_standard_ones_that_the_log_has() -> None:
    names = ("Order Completed", "Product Added", "Screen", "Page", "Else")
    told = ask(log_of(act("ann", name, -place) for place, name in enumerate(names)), "funnel", MOMENT)
    assert [(row["name"], row["reached"]) for row in told] == [
        ("Page+Screen", 1), ("Product Added", 1), ("Order Completed", 1)
    ]  # fmt: skip
    for known, has in (("Else", "none"), ("Page", "only Page")):
        with pytest.raises(Unanswerable, match=f"the log has {has} of the standard steps .* steps=FIRST|SECOND"):
            ask(log_of([act("ann", known)]), "funnel")
