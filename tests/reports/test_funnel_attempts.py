"""Which attempts a funnel counts and how far they get: each switch by hand, edges to the microsecond, and by search."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from hashlib import md5
from itertools import combinations, permutations
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from effort import tries
from logs import event, log_of
from oracles.funnels import Row
from oracles.test_funnel import A, B, streams
from reports.asking import ask, asked
from reports.funnels import DAY, GENERAL, MICRO, MOMENT, START, act, acts, reached, shift

# -- order --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stream", "steps", "ordered", "strict", "any_order"),
    [
        ("ABC", "A|B|C", [1, 1, 1], [1, 1, 1], [1, 1, 1]),
        ("AXBC", "A|B|C", [1, 1, 1], [1, 0, 0], [1, 1, 1]),
        ("AABC", "A|B|C", [1, 1, 1], [1, 0, 0], [1, 1, 1]),
        ("ACB", "A|B|C", [1, 1, 0], [1, 0, 0], [1, 1, 1]),
        ("CXA", "A|B|C", [1, 0, 0], [1, 0, 0], [1, 1, 0]),
        ("BC", "A|B|C", [0, 0, 0], [0, 0, 0], [1, 1, 0]),
        ("AB", "A|A|B", [1, 0, 0], [1, 0, 0], [1, 1, 0]),
        ("ABA", "A|A|B", [1, 1, 0], [1, 0, 0], [1, 1, 1]),
        ("XXX", "A|B|C", [0, 0, 0], [0, 0, 0], [0, 0, 0]),
    ],
)
def test_the_three_orders(stream: str, steps: str, ordered: list[int], strict: list[int], any_order: list[int]) -> None:
    for order, expected in (("ordered", ordered), ("strict", strict), ("any_order", any_order)):
        assert reached(acts(stream), steps, order=order) == expected, order


def test_what_strict_order_lets_come_between() -> None:
    mailed = [act("ann", "A"), act("ann", "Email Sent", 1), act("ann", "B", 2)]
    assert reached(mailed, "A|B", order="strict") == [1, 1]
    assert reached(acts("AXB"), "A|B", order="strict", active="A") == [1, 1]
    # What is excluded is always looked at.
    assert reached(acts("AXB"), "A|B", order="strict", active="A", exclude="X") == [1, 0]


def test_an_anchor_makes_the_first_step_come_first() -> None:
    assert reached(acts("BAC"), "A|B|C", order="any_order") == [1, 1, 1]
    assert reached(acts("BAC"), "A|B|C", order="any_order", anchor="yes") == [1, 1, 0]
    assert reached(acts("BAC"), "A|B|C", anchor="yes") == reached(acts("BAC"), "A|B|C")


# -- entries ------------------------------------------------------------------------------------------------------

AGAIN = [act("ann", "A"), act("ann", "A", 60 + MICRO), act("ann", "B", 70)]
SAME = [act("ann", "A"), act("ann", "A", 60), act("ann", "B", 70)]


@pytest.mark.parametrize(
    ("events", "given", "first_entry", "best", "totals"),
    [
        (acts("ABAB"), {}, [1, 1], [1, 1], [2, 2]),
        (acts("AABB"), {}, [1, 1], [1, 1], [1, 1]),
        # A window that is over lets customers enter again, and its very end still belongs to it.
        (AGAIN, {"window": "60s"}, [1, 0], [1, 1], [2, 1]),
        (SAME, {"window": "60s"}, [1, 0], [1, 1], [1, 0]),
        (AGAIN, {"window": "60s", "counting": "customers"}, [1, 0], [1, 1], [1, 1]),
        # So does an exclusion; in strict order also whatever breaks the chain, be it an entry itself.
        (acts("AXAB"), {"exclude": "X"}, [1, 0], [1, 1], [2, 1]),
        (acts("AXAB"), {"order": "strict"}, [1, 0], [1, 1], [2, 1]),
        (acts("AAB"), {"order": "strict"}, [1, 0], [1, 1], [2, 1]),
        (acts("ABBA"), {"order": "any_order"}, [1, 1], [1, 1], [2, 2]),
    ],
)
def test_which_entries_count(
    events: list[dict[str, Any]], given: dict[str, str], first_entry: list[int], best: list[int], totals: list[int]
) -> None:
    for reentry, expected in (("first_entry", first_entry), ("best", best), ("totals", totals)):
        assert reached(events, "A|B", reentry=reentry, **given) == expected, reentry


# -- ties ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("more", [{}, GENERAL, {"order": "strict"}])
def test_at_one_moment_the_ids_of_events_tell_which_is_later(more: dict[str, str]) -> None:
    earlier, later = sorted(("m1", "m2"), key=lambda text: md5(f"test\x1f{text}".encode()).hexdigest())
    for first, second, expected in ((earlier, later, [1, 1]), (later, earlier, [1, 0])):
        tied = [event("ann", "A", START, message_id=first), event("ann", "B", START, message_id=second)]
        assert reached(tied, "A|B", **more) == expected
        assert reached(tied, "A|B", order="any_order") == [1, 1]


def test_a_step_may_come_too_early_by_the_tolerance_and_then_takes_no_time() -> None:
    early = [act("ann", "B"), act("ann", "A", 2), act("bob", "B"), act("bob", "A", 2 + MICRO)]
    assert reached(early, "A|B") == [2, 0]
    rows = ask(log_of(early), "funnel", MOMENT, steps="A|B", grace=2)
    assert [(row["reached"], row["median_time"], row["total_median_time"]) for row in rows] == [
        (2, None, None), (1, 0.0, 0.0)
    ]  # fmt: skip


# -- exclusions ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stream", "given", "expected"),
    [
        ("XABCX", {"exclude": "X"}, [1, 1, 1]),
        ("AXBC", {"exclude": "X"}, [1, 0, 0]),
        ("AXBC", {"exclude": "X@2-3"}, [1, 1, 1]),
        ("ABXC", {"exclude": "X@2-3"}, [1, 1, 0]),
        ("ABXC", {"exclude": "X@1-2"}, [1, 1, 1]),
        ("ABXC", {"exclude": "X@1-2|X@2-3"}, [1, 1, 0]),
        ("ABDC", {"exclude": "X+D"}, [1, 1, 0]),
        ("ABXBC", {"exclude": "X@2-3"}, [1, 1, 0]),
        ("ABXBC", {"exclude": "X@2-3", "exclusion": "any_clean_path"}, [1, 1, 1]),
        ("ABXBC", {"exclude": "X", "exclusion": "any_clean_path"}, [1, 1, 0]),
        ("ABXBC", {"exclude": "X@2-3", "exclusion": "remove_customer"}, [0, 0, 0]),
        ("AXBC", {"exclude": "X", "exclusion": "remove_customer", "order": "strict"}, [0, 0, 0]),
        ("ABCX", {"exclude": "X", "exclusion": "remove_customer"}, [1, 1, 1]),
        ("BXAC", {"exclude": "X", "order": "any_order"}, [1, 0, 0]),
        ("BACX", {"exclude": "X@1-3", "order": "any_order", "exclusion": "remove_customer"}, [1, 1, 1]),
    ],
)
def test_what_excluded_events_do(stream: str, given: dict[str, str], expected: list[int]) -> None:
    assert reached(acts(stream), "A|B|C", **given) == expected


def test_an_event_that_is_the_next_step_and_excluded_is_excluded() -> None:
    rows = [act("ann", "A"), act("ann", "B", 9, k="1"), act("ann", "B", 19), act("bob", "A"), act("bob", "B", 9)]
    assert reached(rows, "A|B", exclude="B[k=1]") == [2, 1]
    assert reached(rows, "A|B", exclude="B[k=1]", reentry="best", exclusion="remove_customer") == [1, 1]


@pytest.mark.parametrize(("seconds", "expected"), [(60, [0, 0]), (60 + MICRO, [1, 0])])
def test_an_excluded_event_after_the_window_removes_nobody(seconds: float, expected: list[int]) -> None:
    rows = [act("ann", "A"), act("ann", "X", seconds)]
    assert reached(rows, "A|B", exclude="X", exclusion="remove_customer", window="60s") == expected


# -- held constant ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "given", "expected"),
    [
        # Letter, then the values of s and n ("-": the event has none).
        ("A11 B21 B11", {"hold": "s"}, [1, 1]),
        ("A11 B21", {"hold": "s"}, [1, 0]),
        ("A-1 B11 A-1 B-1", {"hold": "s"}, [0, 0]),
        ("A11 B12", {"hold": "s"}, [1, 1]),
        ("A11 B12", {"hold": "s|n"}, [1, 0]),
        ("A11 B12 B11", {"hold": "n|s|properties.n"}, [1, 1]),
        # Streams are apart: what happens in another one breaks no chain and is excluded from none.
        ("A11 X21 B11", {"hold": "s", "order": "strict"}, [1, 1]),
        ("A11 X21 B11", {"hold": "s", "exclude": "X"}, [1, 1]),
        ("A11 X11 B11", {"hold": "s", "exclude": "X"}, [1, 0]),
        ("A11 A21 B11 B21", {"hold": "s", "counting": "pairs"}, [2, 2]),
        ("A11 A21 B11 B21", {"hold": "s", "reentry": "totals"}, [2, 2]),
        ("A11 A21 B21", {"hold": "s", "reentry": "first_entry"}, [1, 0]),
        ("A11 A21 B21", {"hold": "s", "reentry": "best"}, [1, 1]),
        ("A11 B11 A11 B21", {"hold": "s", "reentry": "totals", "counting": "pairs"}, [1, 1]),
    ],
)
def test_what_is_held_constant_is_equal_on_all_steps(told: str, given: dict[str, str], expected: list[int]) -> None:
    rows = [
        act("ann", name, place, **({} if s == "-" else {"s": s}), n=int(n))
        for place, (name, s, n) in enumerate(told.split())
    ]
    assert reached(rows, "A|B", **given) == expected


def test_the_name_of_events_can_be_held_constant_where_steps_share_one() -> None:
    log = log_of(acts("ABA"))
    plain, held = (ask(log, "funnel", MOMENT, steps="A+B|A+B", **more)[1] for more in ({}, {"hold": "name"}))
    assert (plain["median_time"], held["median_time"]) == (60.0, 120.0)


def test_pairs_of_nothing_held_constant_are_customers() -> None:
    for reentry in ("first_entry", "best"):
        assert reached(acts("ABAB"), "A|B", reentry=reentry, counting="pairs") == [1, 1]


# -- windows and the moment ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("more", [{}, GENERAL, {"hold": "k"}, {"by": "k"}])
@pytest.mark.parametrize("order", ["ordered", "strict", "any_order"])
def test_the_end_of_the_window_belongs_to_it_and_a_microsecond_later_does_not(order: str, more: dict[str, str]) -> None:
    for seconds, expected in ((60, [1, 1, 1]), (60 + MICRO, [1, 1, 0])):
        rows = [act("ann", "A", k="1"), act("ann", "B", 40, k="1"), act("ann", "C", seconds, k="1")]
        assert reached(rows, "A|B|C", window="60s", order=order, **more) == expected


def test_the_window_runs_from_the_entry_and_not_from_the_step_before() -> None:
    rows = [act("ann", name, 40 * place) for place, name in enumerate("ABC")]
    assert reached(rows, "A|B|C", window="60s") == [1, 1, 0]


@pytest.mark.parametrize("more", [{}, GENERAL])
def test_entries_lie_in_the_range_and_later_steps_need_not(more: dict[str, str]) -> None:
    rows = [act("ann", "A"), act("ann", "B", 2 * DAY)]
    assert reached(rows, "A|B", since="2024-03-04", until="2024-03-05", **more) == [1, 1]
    assert reached(rows, "A|B", since="2024-03-05", **more) == [0, 0]
    assert reached(rows, "A|B", until="2024-03-04", **more) == [0, 0]
    again = [*rows, act("ann", "A", DAY)]
    assert reached(again, "A|B", since="2024-03-05", window="1d", **more) == [1, 1]
    assert reached(again, "A|B", since="2024-03-04", window="1d", **more) == [1, 0]


def after(seconds: float) -> datetime:
    return (START + shift(seconds)).replace(tzinfo=UTC)


@pytest.mark.parametrize("more", [{}, GENERAL])
def test_nothing_at_the_moment_or_later_is_seen(more: dict[str, str]) -> None:
    rows = [act("ann", "A"), act("ann", "B", 10)]
    for seconds, expected in ((0, [0, 0]), (MICRO, [1, 0]), (10, [1, 0]), (10 + MICRO, [1, 1])):
        assert reached(rows, "A|B", after(seconds), **more) == expected


@pytest.mark.parametrize("more", [{}, GENERAL])
def test_a_window_is_over_when_its_very_end_could_have_been_seen(more: dict[str, str]) -> None:
    log = log_of([act("ann", "A"), act("bob", "A"), act("bob", "B", 10), act("cyd", "X")])
    given = {"steps": "A|B", "window": "60s", **more}
    for seconds, waiting, over in ((60, 1, [0, 0]), (60 + MICRO, 0, [2, 1])):
        rows, headline, _ = asked(log, "funnel", after(seconds), **given)
        assert [(row["reached"], row["dropped"], row["open"]) for row in rows] == [(2, 1, waiting), (1, None, None)]
        assert headline["still_open"] == waiting
        rows = ask(log, "funnel", after(seconds), open_entries="leave_out", **given)
        assert [row["reached"] for row in rows] == over


# -- the definition by search -------------------------------------------------------------------------------------


def furthest(rows: list[Row], start: int, order: str, steps: tuple[Any, ...], window: float) -> int:
    """How many steps some choice of rows from this entry on can be; every choice is tried."""
    entry = rows[start]
    near = [row for row in rows[start + 1 :] if row["ts"] - entry["ts"] <= window]
    for count in range(len(steps), 1, -1):
        if order == "any_order":
            orders: Iterable[tuple[Any, ...]] = permutations(steps, count)
        else:
            orders = [steps[:count]]
        chosen: Iterator[Any] = iter([near[: count - 1]]) if order == "strict" else combinations(near, count - 1)
        tried = [(entry, *rest) for rest in chosen]
        if any(
            len(each) == count and all(step(row) for step, row in zip(one, each, strict=True))
            for one in orders for each in tried
        ):  # fmt: skip
            return count
    return 1


@pytest.mark.parametrize("reentry", ["first_entry", "best"])
@pytest.mark.parametrize("order", ["ordered", "strict", "any_order"])
@drawn(seed=st.integers(0, 10_000), steps=st.sampled_from(["A|B|A", "A|A|B", "B|A"]))
@tries(2)
def test_the_furthest_that_any_choice_of_events_goes(order: str, reentry: str, seed: int, steps: str) -> None:
    log, people = streams(seed)
    tests = tuple({"A": A, "B": B}[name] for name in steps.split("|"))
    expected: dict[str, list[int]] = {}
    for who, told in people.items():
        rows = sorted(told, key=lambda row: (row["ts"], row["id"]))
        entries = [
            place for place, row in enumerate(rows)
            if (any(test(row) for test in tests) if order == "any_order" else tests[0](row))
        ]  # fmt: skip
        if entries:
            kept = entries if reentry == "best" else entries[:1]
            best = max(furthest(rows, place, order, tests, 12) for place in kept)
            expected[who] = [int(best > step) for step in range(len(tests))]
    given = {"steps": steps, "order": order, "reentry": reentry, "window": "12s", "since": "2024-03-01"}
    found: dict[str, list[int]] = {}
    for row in ask(log, "funnel", MOMENT, by="who", top=len(people), **given):
        found.setdefault(row["who"], []).append(row["reached"])
    assert found == expected
