"""The readout of an experiment: who is in it, what is refused, how it may be read, and in which words."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from cherish.errors import FileError, QuestionError, Unanswerable
from cherish.library import Log
from cherish.proof.sequential import best_rho, log_evidence
from cherish.reports.experiment.terms import PLANNED
from cherish.reports.tournament.outcomes import Outcome
from logs import event, log_of
from reports.experiments import START, assigned, company, order, readout, viewed, written

DAY = timedelta(days=1)


def spread(n: int, mean: float, seed: int) -> list[float]:
    return [round(float(each), 2) for each in np.random.default_rng(seed).gamma(4, mean / 4, n)]


@pytest.fixture(scope="module")
def two() -> Any:
    """Two arms of 200: one spends about 10, the other about 14."""
    return company({"control": spread(200, 10, 1), "offer": spread(200, 14, 2)})


# -- figures ------------------------------------------------------------------------------------------------------


def test_the_effect_is_welchs_of_the_customers_own_money(two: Any) -> None:
    control, offer = spread(200, 10, 1), spread(200, 14, 2)
    [row] = [r for r in readout(two, metrics="revenue", until="2024-04-20", cuped=False)[0] if r["role"] == "primary"]
    other = stats.ttest_ind(offer, control, equal_var=False)
    low, high = other.confidence_interval(0.95)
    assert row["effect"] == pytest.approx(np.mean(offer) - np.mean(control), rel=1e-12)
    assert (row["low"], row["high"]) == pytest.approx((low, high), rel=1e-9)
    assert row["p"] == pytest.approx(other.pvalue, rel=1e-3)
    assert row["log10_p"] == pytest.approx(math.log10(other.pvalue), rel=1e-9)
    assert (row["customers"], row["of_control"], row["verdict"]) == (200, 200, "higher")
    assert row["relative"] == pytest.approx(np.mean(offer) / np.mean(control) - 1, rel=1e-9)


def test_money_is_shown_with_its_largest_capped_as_well(two: Any) -> None:
    rows, _, plan = readout(two, metrics="revenue", until="2024-04-20", cuped=False)
    [plain], [capped] = ([r for r in rows if r["metric"] == name] for name in ("revenue", "revenue, capped"))
    values = np.array(spread(200, 10, 1) + spread(200, 14, 2))
    cap = np.quantile(values, 0.999)
    expected = np.minimum(values[200:], cap).mean() - np.minimum(values[:200], cap).mean()
    assert capped["effect"] == pytest.approx(expected, rel=1e-9)
    assert capped["effect"] < plain["effect"]
    assert any(f"above {cap:,.2f}" in note for note in plan.notes)


def test_retained_is_the_last_third_that_the_tournament_means() -> None:
    # Of 14 days it is the last five in both: whoever came between day 9 and day 10 was retained.
    third = Outcome("retained", 14).third
    rows = [event("late", "Page Viewed", START + 60 * DAY)]
    for place, early in enumerate((0, 1, 0, 1)):
        user, arm = f"c{place}", ("control", "offer")[place // 2]
        edge = START + (14 - third) * DAY
        rows.append(assigned(user, arm, START))
        rows.append(event(user, "Page Viewed", edge - timedelta(minutes=1) if early else edge))
    [row] = readout(log_of(rows), metrics="retained", horizon="14d", cuped=False)[0]
    assert third == 5
    assert (row["mean"], row["control"]) == (0.5, 0.5)


def test_of_a_share_no_effect_beyond_the_whole_is_named() -> None:
    log = company({"control": [10, 0], "offer": [0, 10]})
    says = readout(log, metrics="any_order", horizon="14d")[1]["says"]
    assert "so few show no effect, however large" in says
    assert "points" not in says


def test_a_file_of_column_names_alone_says_that_nobody_was_assigned(tmp_path: Path, two: Any) -> None:
    path = written(tmp_path, ["customer,arm,time"])
    with pytest.raises(FileError, match="no rows: nobody was assigned"):
        readout(two, assignments=path, metrics="revenue")


def test_several_arms_are_each_held_against_the_control_and_holm_counts_all() -> None:
    log = company({"control": spread(150, 10, 1), "a": spread(150, 11, 2), "b": spread(150, 10, 3)})
    rows, _, plan = readout(log, metrics="revenue|any_order", until="2024-04-20", control="control")
    primary = [r for r in rows if r["role"] == "primary"]
    assert [(r["metric"], r["arm"]) for r in primary] == [
        ("revenue", "a"), ("revenue", "b"), ("any_order", "a"), ("any_order", "b")
    ]  # fmt: skip
    known = [r["p"] for r in primary if r["p"] is not None]
    assert len(known) == 2, "everybody ordered: nothing varies, and that is said instead of p = 1"
    assert {r["low_why"] for r in primary if r["p"] is None} == {"no_spread"}
    assert min(r["adjusted_p"] for r in primary if r["p"] is not None) == pytest.approx(2 * min(known), rel=2e-3)
    assert any("Holm over 4 comparisons" in text for text in (str(readout(log, metrics="revenue|any_order",
               control="control")[1]["says"]), *plan.notes))  # fmt: skip


def test_a_ratio_is_compared_as_a_ratio_by_the_delta_method() -> None:
    draw, rows, sides = np.random.default_rng(11), [], {"control": [], "offer": []}
    for n in range(240):
        arm, user = ("control", "offer")[n % 2], f"u{n}"
        rows += [event(user, "Page Viewed", START - DAY), assigned(user, arm, START)]
        money = [round(float(draw.gamma(4, 3)) + (arm == "offer"), 2) for _ in range(int(draw.poisson(1.5)))]
        rows += [order(user, START + (k + 1) * DAY, value, f"{user} {k}") for k, value in enumerate(money)]
        sides[arm].append((sum(money), len(money)))
    log = log_of([*rows, event("u0", "Page Viewed", START + 60 * DAY)])
    [row] = [r for r in readout(log, metrics="monetary(per=order)", until="2024-04-20", cuped=False)[0]
             if r["role"] == "primary"]  # fmt: skip
    parts = {}
    for arm, pairs in sides.items():
        # Customers without an order have no value of their own, and add nothing to either sum.
        y, x = (np.array(each, dtype=float) for each in zip(*(pair for pair in pairs if pair[1]), strict=True))
        ratio = y.sum() / x.sum()
        parts[arm] = (ratio, (y - ratio * x).var(ddof=1) / x.mean() ** 2 / len(x))
    assert row["effect"] == pytest.approx(parts["offer"][0] - parts["control"][0], rel=1e-9)
    assert row["se"] == pytest.approx(math.sqrt(parts["offer"][1] + parts["control"][1]), rel=1e-9)


def test_who_is_not_of_the_population_is_counted(two: Any) -> None:
    rows = [event(f"u{n}", "Page Viewed", START - DAY) for n in range(60)]
    rows += [assigned(f"u{n}", ("control", "offer")[n % 2], START) for n in range(60)]
    visitors = [{**assigned("", "offer", START), "user_id": None, "anonymous_id": f"a{n}"} for n in range(7)]
    log = log_of([*rows, *visitors, event("u0", "Page Viewed", START + 60 * DAY)])
    _, headline, plan = readout(log, metrics="Page Viewed")
    assert headline["customers"] == 60
    assert "7 assigned customers are not among those asked about (anonymous ones, or by a filter)." in plan.notes


def test_secondary_metrics_are_corrected_by_themselves(two: Any) -> None:
    rows, _, _ = readout(two, metrics="revenue", secondary="orders|Page Viewed|any_order", until="2024-04-20")
    assert {r["role"] for r in rows if r["metric"] in ("orders", "Page Viewed", "any_order")} == {"secondary"}


# -- who counts ---------------------------------------------------------------------------------------------------


def test_who_is_not_through_the_horizon_is_left_out_and_counted() -> None:
    rows = [event(f"u{n}", "Page Viewed", START - DAY) for n in range(80)]
    rows += [assigned(f"u{n}", ("control", "offer")[n % 2], START + n * DAY) for n in range(80)]
    log = log_of([*rows, event("u0", "Page Viewed", START + 81 * DAY)])
    found, headline, plan = readout(log, START.replace(tzinfo=UTC) + 81 * DAY, metrics="Page Viewed", horizon="28d")
    # Through are those assigned up to day 53, whose 28 days are over at day 81: 54 of them.
    assert (headline["customers"], headline["waiting"]) == (54, 26)
    assert found[0]["customers"] + found[0]["of_control"] == 54
    assert any("26 customers are not yet through" in note for note in plan.notes)


def test_half_open_at_both_ends() -> None:
    inside = [START, START + timedelta(days=28) - timedelta(microseconds=1)]
    outside = [START - timedelta(microseconds=1), START + timedelta(days=28)]
    rows = []
    for n in range(60):
        rows += [event(f"u{n}", "Page Viewed", START - 40 * DAY), assigned(f"u{n}", ("control", "offer")[n % 2], START)]
        rows += [event(f"u{n}", "Product Viewed", at) for at in (*inside, *outside)]
    log = log_of([*rows, event("u0", "Page Viewed", START + 60 * DAY)])
    [row] = readout(log, metrics="Product Viewed", cuped=False)[0]
    assert (row["mean"], row["control"]) == (2, 2)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (["customer,arm,time", "u1,control,2024-03-01", "u1,offer,2024-03-02"],
         "1 customers stand in two arms (u1): rows 1, 2"),
        (["customer,arm,time", "u1,,2024-03-01", "u2,offer,2024-03-01"], "rows without an arm (column arm): row 1"),
        (["customer,arm,time", ",control,2024-03-01", "u2,offer,2024-03-01"], "rows without a customer"),
        (["customer,arm,time", "u1,control,soon", "u2,offer,2024-03-01"], "row 1: no time"),
        (["customer,time", "u1,2024-03-01"], "which column holds the arm?"),
        (["customer,arm,assigned_at,exposed_at", "u1,control,2024-03-02,2024-03-01", "u2,offer,2024-03-02,2024-03-03"],
         "arms that were shown before they were assigned: row 1"),
    ],
)  # fmt: skip
def test_a_file_at_fault_is_refused_with_its_rows(rows: list[str], says: str, tmp_path: Path, two: Any) -> None:
    with pytest.raises(FileError) as refused:
        readout(two, assignments=written(tmp_path, rows), metrics="orders")
    assert says in str(refused.value)


def test_a_file_lacks_a_column_that_was_named(tmp_path: Path, two: Any) -> None:
    file = written(tmp_path, ["customer,arm,time", "control 0,control,2024-03-01", "offer 0,offer,2024-03-01"])
    with pytest.raises(FileError, match="has no column 'lot' for arm; it has customer, arm, time"):
        readout(two, assignments=file, columns="arm=lot")
    with pytest.raises(QuestionError, match="numbers of the assignment table are none"):
        readout(two, assignments=file, metrics="column:visit")
    with pytest.raises(FileError, match="there is no such file"):
        readout(two, assignments=str(tmp_path / "nowhere.csv"))


def test_unknown_customers_are_counted_and_refused_if_most(tmp_path: Path, two: Any) -> None:
    known = [f"{arm} {n},{arm},2024-03-01 09:{n % 60:02}" for arm in ("control", "offer") for n in range(50)]
    some = [f"stranger {n},offer,2024-03-01" for n in range(30)]
    file = written(tmp_path, ["customer,arm,time", *known, *some])
    _, headline, plan = readout(two, assignments=file, metrics="orders")
    assert headline["customers"] == 100
    assert any("30 rows are of customers whom the log doesn't know" in note for note in plan.notes)
    many = [f"stranger {n},offer,2024-03-01" for n in range(101)]
    with pytest.raises(Unanswerable, match="doesn't know 101 of 201 customers"):
        readout(two, assignments=written(tmp_path, ["customer,arm,time", *known, *many]), metrics="orders")


def merged(n: int) -> Any:
    """n customers in two arms, and one more who was drawn twice, under two ids, before both turned out to be one."""
    rows = [event(f"u{k}", "Page Viewed", START - DAY) for k in range(n + 2)]
    rows += [assigned(f"u{k}", ("control", "offer")[k % 2], START + timedelta(minutes=k)) for k in range(n + 2)]
    log = log_of([*rows, event("u0", "Page Viewed", START + 60 * DAY)])
    log.merge(f"u{n}", f"u{n + 1}", "test")
    return log


def test_a_customer_merged_from_two_arms_keeps_the_first_and_is_told_of() -> None:
    _, headline, plan = readout(merged(150), metrics="Page Viewed")
    assert headline["customers"] == 151
    assert any("1 customers (0.66%) came into two arms when they were merged" in note for note in plan.notes)


def test_more_than_a_hundredth_in_two_arms_is_refused() -> None:
    with pytest.raises(Unanswerable, match=r"1 of 91 customers \(1.1%\) are in two arms, more than 1%"):
        readout(merged(90), metrics="Page Viewed")


def test_arms_shown_before_they_were_assigned_are_refused() -> None:
    rows = [event(f"u{n}", "Page Viewed", START - DAY) for n in range(8)]
    rows += [assigned(f"u{n}", ("control", "offer")[n % 2], START) for n in range(8)]
    rows.append(viewed("u3", "offer", START - timedelta(minutes=1)))
    with pytest.raises(Unanswerable, match="1 customers were shown an arm before they were assigned"):
        readout(log_of(rows), metrics="Page Viewed")


def test_events_without_an_arm_and_arms_without_anybody_are_refused(two: Any) -> None:
    rows = [viewed(f"u{n}", "" if n == 5 else ("control", "offer")[n % 2], START) for n in range(8)]
    with pytest.raises(Unanswerable, match="1 of 8 events 'Experiment Viewed' name no arm"):
        readout(log_of(rows), metrics="Experiment Viewed")
    with pytest.raises(Unanswerable, match="nobody is in arm 'other' of the design"):
        readout(two, arms="control:.4|offer:.4|other:.2")
    with pytest.raises(QuestionError, match="'offer' has customers and no share"):
        readout(two, arms="control:1")


def test_what_can_be_asked_is_named(two: Any) -> None:
    for given, says in (
        ({"experiment": "sprung"}, "no experiment is called 'sprung'; the log tells of spring"),
        ({"control": "blue"}, "control='blue' is no arm; there are control, offer"),
        ({"metrics": "Paid"}, "no event and none of revenue, orders, any_order, retained is called 'Paid'"),
        ({"metrics": "active_days(window=7d)"}, "an experiment's window is its horizon"),
        ({"metrics": "active_days", "horizon": "12h"}, "a measure's window is whole days"),
        ({"guardrails": "revenue"}, "write METRIC:MARGIN"),
        ({"arms": "control=.5"}, "write ARM:SHARE"),
        ({"context": "page"}, "no field is called 'page'"),
    ):
        with pytest.raises(QuestionError) as refused:
            readout(two, **given)
        assert says in str(refused.value)


# -- the sample ratio ---------------------------------------------------------------------------------------------


def test_a_wrong_sample_ratio_shows_counts_and_no_effect() -> None:
    log = company({"control": spread(600, 10, 1), "offer": spread(400, 14, 2)})
    rows, headline, plan = readout(log, metrics="revenue")
    assert set(rows[0]) == {"among", "arm", "customers", "expected", "p", "verdict"}
    assert [(r["arm"], r["customers"], r["expected"]) for r in rows if r["among"] == "all"] == [
        ("control", 600, 500), ("offer", 400, 500)
    ]  # fmt: skip
    # measures.md Q, T18: 600 against 400 has p 2.54e-10.
    assert headline["sample_ratio_p"] == pytest.approx(2.54e-10, rel=1e-2)
    assert "Look for exposures that one arm loses" in headline["says"]
    assert "effect" not in rows[0]
    assert any("arms=ARM:SHARE" in note for note in plan.notes)
    assert readout(log, metrics="revenue", arms="control:.6|offer:.4")[0][0]["role"] == "primary"


def test_a_doubtful_ratio_is_shown_with_a_warning() -> None:
    # 230 against 170: chi-square 9, p .0027.
    log = company({"control": spread(230, 10, 1), "offer": spread(170, 10, 2)})
    rows, _, plan = readout(log, metrics="revenue")
    assert rows[0]["role"] == "primary"
    assert plan.notes[0].startswith(
        "The sample ratio is doubtful (all: 230 customers in control (200 expected), 170 customers in offer (200 "
        "expected); p = 0.0027)"
    )


def test_the_ratio_is_checked_by_day_and_by_trait_too() -> None:
    rows = []
    for n in range(400):
        day, arm = n // 200, ("control", "offer")[n % 2]
        # On the first day 8 of 10 are control, on the second 2 of 10: together they are even.
        arm = ("control", "offer")[(n % 10 >= 8) != bool(day)]
        rows += [event(f"u{n}", "Page Viewed", START - DAY), assigned(f"u{n}", arm, START + day * DAY)]
    log = log_of([*rows, event("u0", "Page Viewed", START + 60 * DAY)])
    _, headline, _ = readout(log, metrics="Page Viewed")
    assert "Blocked" in headline["says"]
    assert "day 2024-03-01: 160 customers in control (100 expected)" in headline["says"]


# -- how it may be read -------------------------------------------------------------------------------------------


def test_until_the_declared_day_the_reading_is_always_valid_and_then_planned_and_the_same_for_ever() -> None:
    log = company({"control": spread(200, 10, 1), "offer": spread(200, 11, 2)}, days=90)
    before = readout(
        log, datetime(2024, 4, 9, tzinfo=UTC), metrics="revenue", until="2024-04-10", declared="2024-02-01"
    )
    on = readout(log, datetime(2024, 4, 10, tzinfo=UTC), metrics="revenue", until="2024-04-10", declared="2024-02-01")
    later = readout(
        log, datetime(2024, 5, 20, tzinfo=UTC), metrics="revenue", until="2024-04-10", declared="2024-02-01"
    )
    assert any("always valid, however often one looks (the declared end is 2024-04-10)" in n for n in before[2].notes)
    assert any("Read as of the declared end, 2024-04-10" in n for n in on[2].notes)
    assert on[0] == later[0]
    first, second = before[0][0], on[0][0]
    assert first["effect"] == pytest.approx(second["effect"])
    assert first["high"] - first["low"] > 1.4 * (second["high"] - second["low"])
    assert first["method"].endswith("always-valid")
    assert second["method"].endswith("planned")


def test_undeclared_is_always_valid(two: Any) -> None:
    rows, _, plan = readout(two, metrics="revenue")
    assert rows[0]["method"].endswith("always-valid")
    assert any("no end was declared" in note for note in plan.notes)
    assert any("Nothing was declared before the start" in note for note in plan.notes)


def test_a_declaration_is_kept_with_version_and_time_and_fills_what_is_not_said() -> None:
    log = company({"control": spread(200, 10, 1), "offer": spread(200, 14, 2)})
    terms = {"horizon": "14d", "metrics": "any_order|revenue", "guardrails": "revenue:-5%"}
    first = log.declare_experiment("spring", terms)
    assert (first.version, dict(first.terms)) == (1, terms)
    assert log.declare_experiment("spring", terms) == first
    assert log.declare_experiment("spring", {**terms, "horizon": "7d"}).version == 2
    result = Log(log).report("experiment")
    assert "experiment=spring@2" in result.name
    assert "horizon=7d" in result.convention
    assert [r["metric"] for r in result.table.to_pylist()][:2] == ["any_order", "revenue"]
    # The test's log is of 2024, and the declaration of today: it came after the first assignment.
    assert any("after the first assignment, so segments are exploratory" in note for note in result.notes)
    changed = Log(log).report("experiment", horizon="14d")
    assert any("departs from what was declared (spring@2) in horizon" in note for note in changed.notes)


# -- guardrails, segments, words ----------------------------------------------------------------------------------


def test_a_guardrail_is_safe_worse_or_not_known() -> None:
    log = company({"control": spread(300, 10, 1), "same": spread(300, 10, 4), "worse": spread(300, 7, 2)})
    given = {"metrics": "orders", "until": "2024-04-20", "control": "control"}
    words = {
        margin: {r["arm"]: r["verdict"] for r in readout(log, guardrails=f"revenue:-{margin}", **given)[0]
                 if r["role"] == "guardrail"}
        for margin in ("15%", "0.1%")
    }  # fmt: skip
    assert words["15%"] == {"same": "safe", "worse": "worse"}
    assert words["0.1%"] == {"same": "not known", "worse": "worse"}


def contexts(effects: dict[str, float], n: int = 400, seed: int = 7) -> Any:
    """On each page the offer adds so much to what customers spend."""
    draw = np.random.default_rng(seed)
    rows = []
    for place in range(n):
        page, arm = list(effects)[place % len(effects)], ("control", "offer")[(place // len(effects)) % 2]
        user, value = f"u{place}", draw.gamma(9, 10 / 9) + (effects[page] if arm == "offer" else 0)
        rows += [event(user, "Page Viewed", START - DAY), assigned(user, arm, START, page=page)]
        rows.append(order(user, START + DAY, round(float(value), 2)))
    return log_of([*rows, event("u0", "Page Viewed", START + 60 * DAY)])


def test_a_segment_named_before_the_start_counts_and_any_other_is_exploratory() -> None:
    log = contexts({"home": 0, "cart": 5})
    given = {"metrics": "revenue", "context": "page", "until": "2024-04-20"}
    before = readout(log, interactions="page", declared="2024-02-01", **given)
    [test] = [r for r in before[0] if r["role"] == "interaction"]
    assert (test["among"], test["verdict"]) == ("by page", "differs")
    assert "The effect of offer on revenue differs by page" in before[1]["says"]
    for told in (
        {"interactions": "page", "declared": "2024-03-02"},
        {"declared": "2024-02-01"},
        {"interactions": "page"},
    ):
        rows, headline, _ = readout(log, **{**given, **told})
        segments = [r for r in rows if r["role"] in ("segment", "interaction")]
        assert {r["verdict"] for r in segments} == {"exploratory"}, told
        assert "differs by page" not in headline["says"]
        assert "exploratory" in headline["says"]


def test_an_interaction_is_found_by_the_wald_test_of_equal_effects() -> None:
    log = contexts({"home": 0, "cart": 5})
    rows = readout(log, metrics="revenue", interactions="page", declared="2024-02-01", until="2024-04-20")[0]
    parts = [r for r in rows if r["role"] == "segment"]
    (one, other), [test] = parts, [r for r in rows if r["role"] == "interaction"]
    z = (one["effect"] - other["effect"]) / math.hypot(one["se"], other["se"])
    assert test["log10_p"] == pytest.approx(math.log10(stats.chi2.sf(z**2, 1)), rel=1e-9)


def test_until_the_declared_day_an_interaction_is_read_by_evidence_that_holds_at_every_look() -> None:
    """Of two levels it is the always-valid test of the difference of their effects."""
    log = contexts({"home": 0, "cart": 5})
    rows = readout(log, metrics="revenue", interactions="page", declared="2024-02-01")[0]
    (one, other), [test] = [r for r in rows if r["role"] == "segment"], [r for r in rows if r["role"] == "interaction"]
    z = (one["effect"] - other["effect"]) / math.hypot(one["se"], other["se"])
    fraction = (test["customers"] + test["of_control"]) / PLANNED
    evidence = float(log_evidence(z * math.sqrt(fraction), fraction, best_rho(1.0)))
    assert test["log10_p"] == pytest.approx(-evidence / math.log(10), rel=1e-9)
    assert test["verdict"] == "differs"


def test_the_hour_of_the_assignment_is_a_context() -> None:
    rows = readout(contexts({"home": 0, "cart": 0}), metrics="revenue", context="hour")[0]
    assert {r["among"] for r in rows} == {"all", "hour=9", "by hour"}


def test_a_missing_difference_is_not_found_and_its_absence_not_claimed() -> None:
    rows = readout(contexts({"home": 3, "cart": 3}), metrics="revenue", interactions="page", declared="2024-02-01",
                   until="2024-04-20")[0]  # fmt: skip
    assert [r["verdict"] for r in rows if r["role"] == "interaction"] == ["not proven"]


@pytest.mark.parametrize("n", [5, 50, 500])
def test_ten_hundred_and_a_thousand_customers_get_honest_sentences(n: int) -> None:
    log = company({"control": spread(n, 10, 1), "offer": spread(n, 10, 2)})
    rows, headline, _ = readout(log, metrics="revenue")
    assert "no effect" not in headline["says"]
    assert "not proven" in headline["says"]
    if n < 30:
        assert f"fewer than 30 customers in an arm ({n} and {n})" in headline["says"]
        assert rows[0]["low"] is None
        assert rows[0]["low_why"] == "under_30"
    else:
        assert "the smallest effect that this test could have seen is" in headline["says"]


def test_the_headline_says_what_the_arm_did(two: Any) -> None:
    says = readout(two, metrics="revenue", until="2024-04-20", cuped=False)[1]["says"]
    row = readout(two, metrics="revenue", until="2024-04-20", cuped=False)[0][0]
    told = (
        f"offer raised revenue by {row['effect']:.3g} ({row['low']:.3g} to {row['high']:.3g}), {row['relative']:+.1%}."
    )
    assert says.splitlines()[0] == told


def test_endpoints_that_are_one_are_named(two: Any) -> None:
    notes = readout(two, metrics="revenue|any_order")[2].notes
    assert any("revenue and any_order are above 0 for the same customers" in note for note in notes)


def test_an_effect_that_wears_off_is_noticed() -> None:
    draw = np.random.default_rng(3)
    rows = []
    for n in range(400):
        arm, user = ("control", "offer")[n % 2], f"u{n}"
        rows += [event(user, "Page Viewed", START - DAY), assigned(user, arm, START)]
        for week in range(4):
            more = 3 if arm == "offer" and week == 0 else 0
            rows += [event(user, "Product Viewed", START + (7 * week + 0.3 * k + 0.1) * DAY)
                     for k in range(int(draw.poisson(2 + more)))]  # fmt: skip
    log = log_of([*rows, event("u0", "Page Viewed", START + 60 * DAY)])
    says = readout(log, metrics="Product Viewed", novelty=True)[1]["says"]
    assert "in 4 equal spans since the assignment" in says
    assert says.splitlines()[1].endswith("wears off.")


def test_shared_answers_hide_arms_of_few() -> None:
    log = Log(company({"control": spread(40, 10, 1), "offer": spread(40, 10, 2), "third": spread(4, 10, 3)}))
    result = log.report("experiment", metrics="revenue", control="control", arms="control:10|offer:10|third:1")
    assert "third" in result.headline["says"]
    shared = result.shared(10)
    [third] = [r for r in shared.table.to_pylist() if r["arm"] == "third" and r["metric"] == "revenue"]
    assert third["customers"] is None
    assert third["effect"] is None
    assert shared.headline["says"] is None
