"""Sessions as vendors' documentation prints them, Google's engaged session, and timeouts planted in pauses.

Mixpanel docs, "Sessions: How Mixpanel computes sessions"; Google Analytics help, "Engagement rate and bounce rate" and
"Adjust session settings"; Amplitude docs, "Track sessions"; Heap docs, "How is a session defined?"; PostHog docs,
"Sessions"; Universal Analytics help, "How a web session is defined".
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from cherish.errors import QuestionError
from cherish.points.relations.sessions import Sessions
from cherish.spec.view import View
from logs import event, log_of
from reports.asking import ask, asked

DAY = datetime(2024, 3, 5)


def at(*times: str, name: str = "Page Viewed", user: str = "ann", **told: Any) -> list[dict[str, Any]]:
    """Events at these times of the day; a time below the one before it lies on the next day."""
    found, day, before = [], DAY, "00:00"
    for time in times:
        day += timedelta(days=time < before)
        before = time
        hour, minute, *second = time.split(":")
        moment = day + timedelta(hours=int(hour), minutes=int(minute), seconds=float(second[0]) if second else 0)
        found.append(event(user, name, moment, **told))
    return found


def minutes(rows: list[dict[str, Any]], rule: Sessions | None = None, zone: str = "UTC") -> list[float]:
    """The length of each session."""
    store = log_of(rows, zone)
    table = store.run((rule or Sessions()).rows(View.of(store)).order_by("ts", "event_id")).to_pylist()
    found: dict[datetime, float] = {}
    for row in table:
        found[row["begin"]] = found.get(row["begin"], 0) + row["microseconds"] / 60_000_000
    assert len(found) == sum(row["opens"] for row in table)
    return list(found.values())


def overall(rows: list[dict[str, Any]], **given: Any) -> dict[str, Any]:
    found: dict[str, Any] = ask(log_of(rows), "sessions", unit="total", **given)[0]
    return found


# -- Mixpanel (test T15) ------------------------------------------------------------------------------------------

AFTERNOON = ("13:00", "13:10", "13:50", "14:10", "14:25")
NIGHT = ("23:30", "23:50", "00:05", "00:10")


def test_five_events_are_sessions_of_10_and_35_minutes() -> None:
    assert minutes(at(*AFTERNOON)) == [10, 35]
    row = overall(at(*AFTERNOON), preset="mixpanel")
    # 2 sessions of 1 customer; 10 + 35 = 45 minutes, on average 22.5, which is also the median of two.
    assert (row["sessions"], row["customers"], row["sessions_per_customer"]) == (2, 1, 2.0)
    assert (row["minutes"], row["mean_minutes"], row["median_minutes"]) == (45.0, 22.5, 22.5)


def test_midnight_ends_a_session_where_it_is_asked_to() -> None:
    assert minutes(at(*NIGHT), Sessions(midnight_reset=True)) == [20, 5]
    assert minutes(at(*NIGHT)) == [40]
    assert [overall(at(*NIGHT), preset=each)["sessions"] for each in ("mixpanel", "universal_analytics")] == [2, 2]
    assert overall(at(*NIGHT), preset="ga4")["sessions"] == 1
    assert overall(at(*NIGHT), preset="mixpanel", midnight_reset="no")["sessions"] == 1


def test_midnight_is_the_project_s_own() -> None:
    # 23:30 to 00:10 in London's winter is 00:30 to 01:10 in Berlin, where midnight was half an hour before.
    assert minutes(at(*NIGHT), Sessions(midnight_reset=True), "Europe/Berlin") == [40]
    # 22:30 to 23:10 there is 23:30 to 00:10 in Berlin.
    assert minutes(at("22:30", "22:50", "23:05", "23:10"), Sessions(midnight_reset=True), "Europe/Berlin") == [20, 5]


# -- exactly the timeout ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("preset", "sessions"), [("universal_analytics", 2), ("ga4", 2), ("amplitude", 2), ("posthog", 1)]
)
def test_a_pause_of_exactly_thirty_minutes(preset: str, sessions: int) -> None:
    """Universal Analytics and Braze let a session end then; PostHog's ends after it."""
    assert overall(at("12:00", "12:30"), preset=preset)["sessions"] == sessions
    assert overall(at("12:00", "12:29:59.999999"), preset=preset)["sessions"] == 1
    assert overall(at("12:00", "12:30:00.000001"), preset=preset)["sessions"] == 2


@pytest.mark.parametrize(
    ("preset", "sessions"), [("amplitude", 1), ("heap", 1), ("amplitude_mobile", 2), ("heap_mobile", 2)]
)
def test_five_minutes_on_mobile_and_thirty_on_the_web(preset: str, sessions: int) -> None:
    assert overall(at("12:00", "12:07"), preset=preset)["sessions"] == sessions


def test_google_s_longest_timeout() -> None:
    assert overall(at("12:00", "19:54"), preset="ga4", timeout="475min")["sessions"] == 1
    assert overall(at("12:00", "19:55"), preset="ga4", timeout="475min")["sessions"] == 2
    with pytest.raises(QuestionError, match="475min at most"):
        overall(at("12:00"), preset="ga4", timeout="476min")


def test_posthog_s_longest_session() -> None:
    # An event every 20 minutes for 25 hours: 75 pauses. 24 hours are 72 of them: that event is still inside.
    rows = [event("ann", "Page Viewed", DAY + timedelta(minutes=20 * place)) for place in range(76)]
    store = log_of(rows)
    lengths = ask(store, "sessions", unit="total", preset="posthog")[0]
    assert lengths["sessions"] == 2
    assert minutes(rows, Sessions(boundary="gt", max_length=86_400)) == [1_440, 40]
    assert minutes(rows, Sessions(max_length=86_400)) == [1_420, 60]
    assert minutes(rows) == [1_500]


def test_another_campaign_begins_another_session() -> None:
    """Universal Analytics: a session ends when the campaign changes; direct traffic keeps the last known one."""
    told = [None, '{"campaign": "spring"}', None, '{"campaign": "spring"}', '{"campaign": "summer"}']
    rows = [
        event("ann", "Page Viewed", DAY + timedelta(minutes=place), properties=text) for place, text in enumerate(told)
    ]
    assert overall(rows, preset="universal_analytics")["sessions"] == 3
    assert overall(rows, preset="ga4")["sessions"] == 1
    _, _, plan = asked(log_of(at("12:00")), "sessions", preset="universal_analytics")
    assert "carry no campaign" in plan.notes[0]


# -- Google's engaged session -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "engaged"),
    [
        (at("12:00"), False),
        (at("12:00", "12:00:05", name="Clicked"), False),
        # Lasts longer than ten seconds; exactly ten is not longer.
        (at("12:00", "12:00:10", name="Clicked"), False),
        (at("12:00", "12:00:10.000001", name="Clicked"), True),
        # A key event.
        (at("12:00", name="Order Completed"), True),
        # Two page or screen views, be it at once.
        (at("12:00", "12:00"), True),
        (at("12:00") + at("12:00:01", name="Screen Viewed"), True),
        (at("12:00") + at("12:00:01", name="Clicked"), False),
    ],
)
def test_an_engaged_session(rows: list[dict[str, Any]], engaged: bool) -> None:
    row = overall(rows, preset="ga4")
    assert (row["engaged"], row["bounced"]) == ((1, 0) if engaged else (0, 1))
    # Engagement rate = engaged / all; bounce rate = 1 - that.
    assert (row["engaged_rate"], row["bounce_rate"]) == (row["engaged"] / 1, row["bounced"] / 1)


def test_the_rates_of_a_day() -> None:
    """Four sessions: of ann 10 and 35 minutes, of bob one page, of cem an order. 3 of 4 are engaged, 1 bounces."""
    rows = [*at(*AFTERNOON), *at("09:00", user="bob"), *at("20:00", user="cem", name="Order Completed")]
    row = overall(rows)
    assert (row["sessions"], row["customers"], row["engaged"], row["bounced"]) == (4, 3, 3, 1)
    assert (row["engaged_rate"], row["bounce_rate"], row["with_goal"]) == (0.75, 0.25, 1)
    # 6 views in 4 sessions; 45 minutes in 4 sessions; lengths 0, 0, 10, 35 have the median 5.
    assert (row["views"], row["views_per_session"], row["mean_minutes"], row["median_minutes"]) == (6, 1.5, 11.25, 5.0)
    lengths = {each["length"]: each["sessions"] for each in ask(log_of(rows), "sessions", show="lengths")}
    assert {name: n for name, n in lengths.items() if n} == {"one moment: 0 s": 2, "up to 10 min": 1, "up to 1 h": 1}


# -- what the company does ----------------------------------------------------------------------------------------


def test_a_mail_neither_makes_a_session_nor_prolongs_one() -> None:
    rows = [*at("12:00", "12:40"), *at("12:20", "15:00", name="Email Sent")]
    assert minutes(rows) == [0, 0]
