"""Funnels as documented: Mixpanel's examples, the chains of the window-funnel engines, Amplitude's and PostHog's rules.

Sources: Mixpanel documentation, "Funnels: conversion window", "specific order" and "exclusion steps" (2026-08);
Hologres documentation, "window_funnel"; StarRocks documentation, "window_funnel" (modes); Amplitude documentation,
"How funnels are computed" (2026-03); PostHog documentation, "Funnels" (exclusions).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from logs import event, log_of
from reports.asking import ask, asked

NOON = datetime(2024, 3, 4, 12)
MOMENT = datetime(2024, 6, 1, tzinfo=UTC)


def minutes(*acts: tuple[int, str], user: str = "a") -> list[dict[str, Any]]:
    return [event(user, name, NOON + timedelta(minutes=at)) for at, name in acts]


def row_by_row(names: Iterable[str], user: str = "a") -> list[dict[str, Any]]:
    """One event a minute."""
    return minutes(*enumerate(names), user=user)


def reached(events: list[dict[str, Any]], steps: str, **given: Any) -> list[int]:
    """How many reached each step; the log knows every step's name."""
    known = [event("nobody", name, NOON - timedelta(days=400)) for name in steps.split("|")]
    given = {"since": "2024-01-01", **given}
    return [row["reached"] for row in ask(log_of([*events, *known]), "funnel", MOMENT, steps=steps, **given)]


# -- T14: which entry opens the window ----------------------------------------------------------------------------

TWICE = minutes((60, "A"), (90, "A"), (105, "B"), (135, "C"))
"""Mixpanel: A at 13:00 and 13:30, B at 13:45, C at 14:15, within an hour."""


@pytest.mark.parametrize(("reentry", "expected"), [("first_entry", [1, 1, 0]), ("best", [1, 1, 1])])
def test_a_later_first_step_does_not_reset_the_window_but_may_be_a_better_entry(
    reentry: str, expected: list[int]
) -> None:
    assert reached(TWICE, "A|B|C", window="1h", reentry=reentry) == expected


def test_presets_take_the_vendors_entry() -> None:
    assert reached(TWICE, "A|B|C", window="1h", preset="mixpanel") == [1, 1, 0]
    for preset in ("amplitude", "posthog"):
        assert reached(TWICE, "A|B|C", window="1h", preset=preset) == [1, 1, 1]


# -- order --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("stream", "expected"), [
    # Mixpanel, "specific order": other events between do no harm, a missing step ends it.
    ("ABFCDE", [1, 1, 1, 1, 1]),
    ("ABDCDE", [1, 1, 1, 1, 1]),
    ("ABCE", [1, 1, 1, 0, 0]),
])  # fmt: skip
def test_other_events_may_come_between(stream: str, expected: list[int]) -> None:
    assert reached(row_by_row(stream), "A|B|C|D|E") == expected


def test_exact_order_lets_nothing_come_between() -> None:
    assert reached(row_by_row("ABFCDE"), "A|B|C|D|E", order="strict") == [1, 1, 0, 0, 0]
    assert reached(row_by_row("ABCDE"), "A|B|C|D|E", order="strict") == [1, 1, 1, 1, 1]


def test_any_order_takes_the_steps_as_they_come() -> None:
    assert reached(row_by_row("CFAB"), "A|B|C", order="any_order") == [1, 1, 1]
    # Amplitude: the first step must come first.
    assert reached(row_by_row("CFAB"), "A|B|C", order="any_order", anchor=True) == [1, 1, 0]


# -- exclusions ---------------------------------------------------------------------------------------------------


def test_an_excluded_first_step_ends_the_attempt_and_does_not_begin_one() -> None:
    # Mixpanel: A excluded between A and B, totals. A (in), A (out), A (in), B (converts).
    assert reached(row_by_row("AAAB"), "A|B", exclude="A", reentry="totals") == [2, 1]


def test_what_vendors_do_with_excluded_customers() -> None:
    events = row_by_row("AXAB", "a") + row_by_row("AB", "b")
    known = {"steps": "A|B", "exclude": "X"}
    # Mixpanel drops at the exclusion, PostHog removes the customer, Amplitude looks for a clean path.
    assert reached(events, preset="mixpanel", **known) == [2, 1]
    assert reached(events, preset="posthog", **known) == [1, 1]
    assert reached(events, preset="amplitude", **known) == [2, 2]


# -- window-funnel engines ----------------------------------------------------------------------------------------


def longest(stream: Iterable[str], steps: str, **given: Any) -> int:
    return sum(reached(row_by_row(stream), steps, **{"reentry": "best", **given}))


@pytest.mark.parametrize(("stream", "steps", "expected"), [
    # Hologres: the chain c1, c2, c3.
    (("c1", "c2", "c3", "c4"), "c1|c2|c3", 3),
    (("c4", "c3", "c2", "c1"), "c1|c2|c3", 1),
    (("c4", "c3"), "c1|c2|c3", 0),
    # A step that stands three times must happen three times.
    (("c1", "c2", "c1", "c3"), "c1|c1|c1", 2),
])  # fmt: skip
def test_the_longest_chain_from_any_start(stream: tuple[str, ...], steps: str, expected: int) -> None:
    assert longest(stream, steps) == expected


def test_deduplication_is_an_exclusion_of_steps_that_were_done() -> None:
    # StarRocks and Hologres: A B C B D stops at the second B.
    assert longest("ABCBD", "A|B|C|D", exclude="A@1-4|B@2-4|C@3-4") == 3
    assert longest("ABCBD", "A|B|C|D") == 4


def test_the_fixed_mode_is_strict_order_among_the_steps() -> None:
    # StarRocks and Hologres: A B D C stops at D, which is a step but not the next one; F is none.
    assert longest("ABDC", "A|B|C|D", order="strict", active="A") == 2
    assert longest("ABDC", "A|B|C|D") == 3
    assert longest("ABFCD", "A|B|C|D", order="strict", active="A") == 4


# -- ties ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("preset", "apart", "expected"), [
    ("mixpanel", 2, [1, 1]), ("mixpanel", 3, [1, 0]), ("amplitude", 1, [1, 1]), ("amplitude", 2, [1, 0]),
    ("posthog", 1, [1, 0]),
])  # fmt: skip
def test_steps_so_many_seconds_apart_count_in_either_order(preset: str, apart: int, expected: list[int]) -> None:
    early = [event("a", "B", NOON), event("a", "A", NOON + timedelta(seconds=apart))]
    assert reached(early, "A|B", preset=preset) == expected


# -- hold constant ------------------------------------------------------------------------------------------------


def test_pairs_of_customer_and_held_value_are_counted_once_each() -> None:
    # Amplitude: with a session id held constant a customer counts once in every session.
    told = [(0, "A", "s1"), (1, "B", "s1"), (2, "A", "s2"), (3, "A", "s2"), (4, "B", "s3")]
    events = [
        event("a", name, NOON + timedelta(minutes=at), properties=f'{{"session": "{session}"}}')
        for at, name, session in told
    ]
    assert reached(events, "A|B", hold="session", reentry="best", counting="pairs") == [2, 1]
    assert reached(events, "A|B", hold="session", reentry="best") == [1, 1]
    assert reached(events, "A|B", preset="amplitude", hold="session") == [2, 1]


# -- figures by hand ----------------------------------------------------------------------------------------------


def test_rates_intervals_and_times_to_convert() -> None:
    # Ten enter, eight of them reach B after 1 ... 8 hours, five C two hours later. Wilson 1927 for 8 and 5 of 10:
    # (p + z2/2n -+ z sqrt(p(1-p)/n + z2/4n2)) / (1 + z2/n) with z2 = 3.841459.
    events, hour = [], 3600.0
    for place in range(10):
        acts = [(0, "A")] + ([((place + 1) * 60, "B")] if place < 8 else [])
        events += minutes(*acts, *([((place + 3) * 60, "C")] if place < 5 else []), user=f"u{place}")
    rows, headline, _ = asked(log_of(events), "funnel", MOMENT, steps="A|B|C", percentiles="25|50")
    assert [row["reached"] for row in rows] == [10, 8, 5]
    assert [row["dropped"] for row in rows] == [2, 3, None]
    assert [row["step_rate"] for row in rows] == [None, 0.8, 0.625]
    assert [row["step_rate_why"] for row in rows] == ["first_step", None, None]
    assert [row["overall_rate"] for row in rows] == [1.0, 0.8, 0.5]
    assert (rows[1]["step_rate_low"], rows[1]["step_rate_high"]) == pytest.approx((0.490162, 0.943318), abs=5e-7)
    assert (rows[2]["overall_rate_low"], rows[2]["overall_rate_high"]) == pytest.approx((0.236593, 0.763407), abs=5e-7)
    assert (rows[1]["median_time"], rows[1]["p25_time"]) == (4.5 * hour, 2.75 * hour)
    assert (rows[2]["median_time"], rows[2]["total_median_time"], rows[2]["total_p25_time"]) == (
        2 * hour,
        5 * hour,
        4 * hour,
    )
    assert headline["most_lost_before"] == "C"
    assert (headline["entered"], headline["converted"], headline["conversion_rate"]) == (10, 5, 0.5)
