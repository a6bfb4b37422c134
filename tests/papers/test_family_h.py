"""Family H, recency and latency: CDNOW master as worked, Novo's own sequence, and the waits of the NBD.

CDNOW master, observed to 1998-06-30, customer-days: per step k the customers, the share that ever returned, the mean of
the completed gaps, P(return within 90 days) and the median by Kaplan-Meier. For k = 2 the completed gaps say 90.76 days
and the truth is 136. Response by days idle at 1997-09-30. Novo's sequence of 90, 60, 30, 60, 90, 120, 150 days. Waits
of r = .553, alpha = 10.578 weeks, T = 38.86 weeks.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from cdnow import cdnow
from cherish.reports.latency._nbd import Nbd
from logs import event, log_of
from reports.asking import ask, asked

STEPS = {
    1: (23_570, 0.4886, 111.00, 0.2922, None),
    2: (11_516, 0.6492, 90.76, 0.4243, 136),
    3: (7_476, 0.7051, 75.07, 0.5132, 85),
    4: (5_271, 0.7276, 62.50, 0.5822, 64),
    5: (3_835, 0.7416, 54.02, 0.6383, 51),
    6: (2_844, 0.7739, 47.58, 0.7017, 42),
}
IDLE = {
    "0-30": (1_775, 0.7696), "31-60": (1_208, 0.6921), "61-90": (1_244, 0.6198), "91-120": (1_111, 0.5455),
    "121-150": (867, 0.4717), "151-180": (1_076, 0.3820), "181-210": (5_007, 0.2001), "211-240": (6_213, 0.1564),
    "241-270": (4_815, 0.1354),
}  # fmt: skip
SEQUENCE = (90, 60, 30, 60, 90, 120, 150)
START = datetime(2024, 1, 1, 10)


@pytest.fixture(scope="module")
def master() -> Any:
    return cdnow("master")


def test_latency_of_cdnow(master: Any) -> None:
    rows = ask(master, "latency")
    assert [row["after_event"] for row in rows] == list(STEPS)
    for row in rows:
        customers, ever, mean, within, median = STEPS[row["after_event"]]
        assert row["customers"] == customers
        assert row["returned_share"] == pytest.approx(ever, abs=5e-5)
        assert row["mean_gap"] == pytest.approx(mean, abs=5.1e-3)
        assert row["back_share"] == pytest.approx(within, abs=5e-5)
        assert row["back_share_low"] < row["back_share"] < row["back_share_high"]
        assert row["median_gap"] == median
        assert (row["median_gap_why"] == "not_reached") == (median is None)


def test_a_tripwire_at_the_mean_of_completed_gaps_fires_early(master: Any) -> None:
    # Of 6,376 customers who crossed the naive wire after the 2nd purchase at least 41 % bought again: 2,644. One more
    # is past it at the end of the last day, which the printed count does not wait for.
    naive, honest = (ask(master, "latency", rule=rule, quantile="0.5")[1] for rule in ("novo_mean", "km_quantile"))
    assert naive["threshold"] == pytest.approx(90.76, abs=5e-3)
    assert naive["crossed"] in (6_376, 6_377)
    assert naive["false_share"] == pytest.approx(0.41, abs=0.01)
    assert honest["threshold"] == 136
    assert honest["false_share"] < naive["false_share"]


def test_response_by_days_idle_of_cdnow(master: Any) -> None:
    # From 1997-10-01 to 1998-06-30 are 273 days; the last printed band ends at 270 days.
    rows, headline, _ = asked(master, "recency_response", horizon="273d", bands="30|60|90|120|150|180|210|240|270")
    found = {row["band"]: (row["customers"], round(row["rate"], 4)) for row in rows}
    assert {band: found[band] for band in IDLE} == IDLE
    assert headline["cutoff"] == date(1997, 10, 1)
    assert headline["customers"] == 23_570
    assert [row["rate"] for row in rows[:-1]] == sorted((row["rate"] for row in rows[:-1]), reverse=True)


def test_recency_ranks_who_buys_next_as_printed(master: Any) -> None:
    # Plain recency: AUC 0.759 for "buys in the next 39 weeks", one band per idle day.
    days = "|".join(str(day) for day in range(273))
    _, headline, _ = asked(master, "recency_response", horizon="273d", bands=days)
    assert headline["auc"] == pytest.approx(0.759, abs=1e-3)


def novo(*silent_after: int) -> Any:
    """A customer with Novo's gaps, and others who stay away after the event of that number."""
    days = [sum(SEQUENCE[:place]) for place in range(len(SEQUENCE) + 1)]
    rows = [event("whole", "Order Completed", START + timedelta(days=day)) for day in days]
    for number in silent_after:
        last = days[number - 1]
        rows += [event(f"after-{number}", "Order Completed", START + timedelta(days=day - last + days[-1] + 10))
                 for day in days[:number]]  # fmt: skip
    return log_of(rows)


def test_novos_sequence_accelerates_to_the_fourth_event_and_then_slows() -> None:
    rows = ask(novo(), "latency", steps="7", rule="novo_mean")
    assert [row["threshold"] for row in rows] == list(SEQUENCE)
    turn = [row["after_event"] for row in rows if row["mean_gap"] == 30]
    assert turn == [3], "the shortest gap is the one from the third event to the fourth"


@pytest.mark.parametrize(("day", "over"), [(30, 0), (31, 1), (32, 1)])
def test_a_customer_at_event_three_fires_on_day_31(day: int, over: int) -> None:
    # The others' gap after the third event is 30 days: nobody is late on day 30.
    log = novo(3)
    third = START + timedelta(days=sum(SEQUENCE) + 10)
    moment = datetime.combine((third + timedelta(days=day)).date(), datetime.min.time(), UTC)
    row = ask(log, "latency", as_of=moment, rule="novo_mean")[2]
    assert (row["threshold"], row["over_now"]) == (30, over)


def test_days_are_counted_exclusively() -> None:
    # 1 July to 1 August: 31 days; an inclusive count would say 32.
    log = log_of([event("a", "Page", datetime(2024, 7, 1, 23)), event("a", "Page", datetime(2024, 8, 1, 1))])
    assert ask(log, "latency")[0]["mean_gap"] == 31


@pytest.mark.parametrize(("x", "wait", "median"), [(2, 110.40, 15.42), (7, 24.07, 4.75)])
def test_the_waits_of_the_nbd(x: int, wait: float, median: float) -> None:
    rates = Nbd(0.553, 10.578)
    assert rates.wait(x, 38.86, 0.95) == pytest.approx(wait, abs=5e-3)
    assert rates.wait(x, 38.86, 0.5) == pytest.approx(median, abs=5e-3)
    # It is the smallest t with ((alpha + T) / (alpha + T + t)) ** (r + x) <= 1 - q.
    assert ((10.578 + 38.86) / (10.578 + 38.86 + wait)) ** (0.553 + x) == pytest.approx(0.05, abs=1e-4)


def test_the_median_is_reached_where_the_quantile_says(master: Any) -> None:
    # Kaplan-Meier at the 0.4 quantile of step 2 lies before the median, and nothing reaches 0.99.
    early, late = (ask(master, "latency", quantile=share)[1] for share in ("0.4", "0.99"))
    assert early["threshold"] < 136
    assert late["threshold"] is None
    assert late["threshold_why"] == "not_reached"
