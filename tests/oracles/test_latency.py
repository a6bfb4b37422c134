"""Latency, tripwires, response by recency and the measure of silence a second time: loops over customers' days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from math import exp, lgamma, log
from statistics import mean, median
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from cherish.library import Log
from effort import tries
from logs import event, log_of
from oracles.real import Source, source
from reports.asking import ask, asked

START = date(2024, 2, 26)
DAYS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 80)), min_size=4, max_size=60)
Drawn = list[tuple[int, int]]


def made(drawn: Drawn) -> tuple[Any, dict[str, list[int]], int]:
    """A log, each customer's active days, and today; user 0 is there from the first day on."""
    rows = [(0, 0), *drawn]
    begin = datetime.combine(START, datetime.min.time()) + timedelta(hours=15)
    events = [event(f"u{user}", "Page", begin + timedelta(days=day)) for user, day in rows]
    store = log_of([*events, event("quiet", "Email Sent", begin)], "Europe/Berlin")
    own: dict[str, set[int]] = defaultdict(set)
    for user, day in rows:
        own[f"u{user}"].add(day)
    return store, {user: sorted(days) for user, days in own.items()}, max(day for _, day in rows) + 1


def spells(days: dict[str, list[int]], today: int, k: int) -> Iterator[tuple[int, bool, int]]:
    """Gap or silence, whether the gap is over, and days since the first, of all who got to their k-th day."""
    for own in days.values():
        if len(own) >= k:
            over = len(own) > k
            yield (own[k] if over else today) - own[k - 1], over, own[k - 1] - own[0]


def survival(found: list[tuple[int, bool, int]], time: int) -> float:
    """Kaplan-Meier by its definition: one factor per day on which somebody came back."""
    left = 1.0
    for day in range(1, time + 1):
        at_risk = sum(gap >= day if over else gap - 1 >= day for gap, over, _ in found)
        back = sum(over and gap == day for gap, over, _ in found)
        left *= 1 - back / at_risk if back else 1.0
    return left


def reached(found: list[tuple[int, bool, int]], share: float) -> int | None:
    return next((day for day in range(1, 100) if survival(found, day) <= 1 - share + 1e-12), None)


@tries(15)
@given(DAYS)
def test_latency_is_what_loops_over_days_say(drawn: Drawn) -> None:
    store, days, today = made(drawn)
    rows = ask(store, "latency", horizon="10d", steps="4")
    assert len(rows) == min(4, max(len(own) for own in days.values()))
    for row in rows:
        found = list(spells(days, today, row["after_event"]))
        gaps = [gap for gap, over, _ in found if over]
        assert (row["customers"], row["returned"]) == (len(found), len(gaps))
        assert row["mean_gap"] == (pytest.approx(mean(gaps)) if gaps else None)
        assert row["median_gap"] == reached(found, 0.5)
        if row["back_share"] is not None:
            assert row["back_share"] == pytest.approx(1 - survival(found, 10), abs=1e-12)
        else:
            assert max(gap if over else gap - 1 for gap, over, _ in found) < 10


@tries(10)
@given(DAYS)
def test_tripwires_are_crossed_by_those_who_stay_away_longer(drawn: Drawn) -> None:
    store, days, today = made(drawn)
    for rule in ("novo_mean", "km_quantile", "personal", "nbd"):
        more = {"nbd": "0.7|20"} if rule == "nbd" else {}
        for row in ask(store, "latency", rule=rule, steps="3", quantile="0.6", times="1.5", shrinkage="2", **more):
            k = row["after_event"]
            found = list(spells(days, today, k))
            gaps = [gap for gap, over, _ in found if over]
            limits: list[float] = []
            if rule == "novo_mean" and gaps:
                limits = [mean(gaps)] * len(found)
            elif rule == "km_quantile" and (limit := reached(found, 0.6)) is not None:
                limits = [limit] * len(found)
            elif rule == "personal" and gaps:
                limits = [1.5 * (age + 2 * mean(gaps)) / (k - 1 + 2) for _, _, age in found]
            elif rule == "nbd":
                limits = [(20 + age) * (0.4 ** (-1 / (0.7 + k - 1)) - 1) for _, _, age in found]
            if not limits:
                assert row["threshold"] is None
                continue
            over = [back for (gap, back, _), limit in zip(found, limits, strict=True) if gap > limit]
            assert (row["crossed"], row["came_back"], row["over_now"]) == (len(over), sum(over), len(over) - sum(over))


def test_the_nbd_is_fitted_as_scipy_fits_it() -> None:
    data = source("cdnow")
    days = data.active_days()
    today = data.today
    cases = [(len(own) - 1, (today - timedelta(days=1) - min(own)).days) for own in days.values() if own]

    def minus(at: Any) -> float:
        r, alpha = exp(at[0]), exp(at[1])
        return -sum(lgamma(r + x) - lgamma(r) + r * log(alpha) - (r + x) * log(alpha + t) for x, t in cases if t > 0)

    best = minimize(minus, [0.0, 4.0], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-9, "maxiter": 4000})
    _, _, plan = asked(data.log.store, "latency", rule="nbd", quantile="0.5")
    r, alpha = exp(best.x[0]), exp(best.x[1])
    assert f"nbd(0.5;r={r:.4g};alpha={alpha:.4g}d)" in plan.convention


@tries(15)
@given(DAYS, st.integers(3, 40))
def test_response_by_recency_is_what_loops_over_customers_say(drawn: Drawn, horizon: int) -> None:
    store, days, today = made(drawn)
    cutoff = today - horizon
    if cutoff <= 0:
        return
    known = {user: own for user, own in days.items() if own[0] < cutoff}
    idle = {user: cutoff - 1 - max(day for day in own if day < cutoff) for user, own in known.items()}
    acted = {user: any(day >= cutoff for day in own) for user, own in known.items()}
    rows = ask(store, "recency_response", horizon=f"{horizon}d", bands="3|10|25")
    for row, (low, high) in zip(rows, [(0, 3), (4, 10), (11, 25), (26, 999)], strict=False):
        inside = [user for user in known if low <= idle[user] <= high]
        assert (row["customers"], row["responded"]) == (len(inside), sum(acted[user] for user in inside))
    assert rows[-1]["band"] == "never acted"
    assert (rows[-1]["customers"], rows[-1]["responded"]) == (1, 0)
    thirds = ask(store, "recency_response", horizon=f"{horizon}d", parts="3")[:-1]
    assert sum(row["customers"] for row in thirds) == len(known)
    in_order = sorted(idle.values())
    ranks = {each: mean(at for at, other in enumerate(in_order, 1) if other == each) for each in in_order}
    parts = [[each for each in in_order if -(-3 * ranks[each] // len(in_order)) == place] for place in (1, 2, 3)]
    found = [(row["customers"], row["least_idle"], row["most_idle"]) for row in thirds]
    assert found == [(len(own), own[0], own[-1]) for own in parts if own], "a part of nobody is no band"


@tries(12)
@given(DAYS, st.integers(1, 3))
def test_silence_in_own_gaps_is_what_loops_over_days_say(drawn: Drawn, least: int) -> None:
    store, days, today = made(drawn)
    own_rows = Log(store).measure("latency", gaps=str(least)).table.to_pylist()
    lent_rows = Log(store).measure("latency", gaps=str(least), rule="km").table.to_pylist()
    lent = {k: reached(list(spells(days, today, k)), 0.5) for k in range(1, least + 1)}
    assert {row["customer"] for row in own_rows} == {*days, "quiet"}
    beside = {row["customer"]: row for row in lent_rows}
    for row, other in ((row, beside[row["customer"]]) for row in own_rows):
        if row["customer"] == "quiet":
            assert row["why"] == other["why"] == "never"
            continue
        own = days[row["customer"]]
        gaps = [later - earlier for earlier, later in pairwise(own)]
        usual = median(gaps) if len(gaps) >= least else lent[len(own)]
        assert row["value"] == (pytest.approx((today - own[-1]) / usual) if len(gaps) >= least else None)
        assert (row["why"] == "few_gaps") == (len(gaps) < least)
        assert other["value"] == (pytest.approx((today - own[-1]) / usual) if usual else None)
        assert (other["why"] == "half_stay_away") == (usual is None)


@pytest.mark.parametrize("name", ["complete_journey", "online_retail"])
def test_silence_on_real_data(name: str) -> None:
    data: Source = source(name)
    rows = data.log.measure("latency").table.to_pylist()
    own = data.active_days()
    assert len(rows) == len(own)
    for row in rows:
        days = sorted(own[row["customer"]])
        gaps = [(later - earlier).days for earlier, later in pairwise(days)]
        if len(gaps) < 3:
            assert row["why"] == ("few_gaps" if days else "never")
        else:
            assert row["value"] == pytest.approx((data.today - days[-1]).days / median(gaps))
    silent = sum(row["value"] > 3 for row in rows if row["value"] is not None)
    shares = data.log.measure("latency", silent="3").headline
    assert shares["value"] == pytest.approx(silent / sum(row["value"] is not None for row in rows))
    # The report counts the same customers.
    report = data.log.report("rhythm").headline
    assert (report["silent"], report["with_rhythm"]) == (silent, sum(row["value"] is not None for row in rows))


def test_refusals() -> None:
    store, _, _ = made([(1, 3), (1, 5), (2, 9), (2, 30)])
    for name, given_parameters, told in (
        ("latency", {"horizon": "all"}, "horizon=all"), ("latency", {"quantile": "1"}, "quantile"),
        ("latency", {"nbd": "1|2"}, "rule=nbd"), ("latency", {"rule": "nbd", "nbd": "1"}, "r and alpha"),
        ("recency_response", {"bands": "9|3"}, "rising"), ("recency_response", {"horizon": "300d"}, "shorter horizon"),
    ):  # fmt: skip
        with pytest.raises(Exception, match=told):
            Log(store).report(name, **given_parameters)
    assert Log(store).report("latency", as_of=datetime(2024, 2, 28, 9, tzinfo=UTC)).table.num_rows == 1
