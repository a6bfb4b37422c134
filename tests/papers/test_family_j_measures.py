"""Family J as measures: the models rank CDNOW's customers as printed in family P, and warn where they shouldn't."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import pytest

from cherish.errors import QuestionError, Unanswerable
from cherish.library import Log
from cherish.measures._leaving import nobody_leaves
from logs import event, log_of
from papers.test_family_g import CUTOFF, auc, later, music, scored

pytest.importorskip("scipy")

# What is asked, and the areas under the curve of "buys in the next 39 weeks", on the master file and on the sample.
HORIZON = "273d"
SAMPLE = {"parameters_given": ".525|6.183|.891|1.614"}
"""MBG/NBD is printed for both files under the sample's parameters; fitted on the master file it has .765 and .700."""
PRINTED = {
    "Pareto/NBD E[X(39)]": ("expected_purchases", {"horizon": HORIZON}, 0.7687, 0.7787),
    "BG/NBD E[X(39)]": ("expected_purchases", {"model": "bg_nbd", "horizon": HORIZON}, 0.7630, 0.7725),
    "MBG/NBD E[X(39)]": ("expected_purchases", {"model": "mbg_nbd", "horizon": HORIZON, **SAMPLE}, 0.764, 0.773),
    "Pareto/NBD P(alive)": ("p_alive", {}, 0.7222, 0.7262),
    "MBG/NBD P(alive)": ("p_alive", {"model": "mbg_nbd", **SAMPLE}, 0.680, 0.687),
    "BG/NBD P(alive)": ("p_alive", {"model": "bg_nbd"}, 0.3195, 0.3158),
    "Pareto E[X] x gamma-gamma E[M]": ("clv", {"horizon": HORIZON, "delta": "1e-9"}, 0.7626, None),
}


@pytest.mark.parametrize("score", PRINTED)
def test_the_published_areas_under_the_curve(score: str) -> None:
    measure, given, master, sample = PRINTED[score]
    for name, expected in (("master", master), ("sample", sample)):
        if expected is not None:
            found = auc(scored(name, measure, 1, **given), set(later(name)))
            digits = len(str(expected).partition(".")[2])
            assert found == pytest.approx(expected, abs=0.51 * 10**-digits if digits > 3 else 0.00051)


def test_the_parameters_are_told_and_those_of_the_papers() -> None:
    notes = music("sample").measure("clv", as_of=CUTOFF).notes
    assert "Pareto/NBD of 2,357 customers: r = 0.5533, alpha = 10.58, s = 0.6062, beta = 11.67" in notes
    assert "gamma-gamma of 946 repeaters: p = 6.25, q = 3.744, gamma = 15.44" in notes
    bg = music("sample").measure("expected_purchases", model="bg_nbd", as_of=CUTOFF).notes
    assert bg[0].startswith("BG/NBD of 2,357 customers: r = 0.2426, alpha = 4.41")


def test_p_alive_never_goes_without_its_warning() -> None:
    result = music("sample").measure("p_alive", model="bg_nbd", as_of=CUTOFF)
    assert any("backwards" in note and "expected_purchases" in note for note in result.notes)
    never = never_back()
    once = [row["value"] for row in result.table.to_pylist() if row["customer"] in never]
    assert len(once) == 2357 - 946
    assert set(once) == {1.0}


def never_back() -> set[str]:
    repeats = scored("sample", "frequency", 1, count="repeat")
    return {customer for customer, count in repeats.items() if count == 0}


def bought(who: str, day: int, value: float = 10, **more: Any) -> dict[str, Any]:
    ts = datetime(2024, 1, 1, 12) + timedelta(days=day)
    return event(who, "Order Completed", ts, value=value, currency="EUR", order_id=f"{who}/{day}", **more)


def test_one_customer_by_the_formulas_of_the_papers() -> None:
    # x = 2 repeat days, t_x = 30.43 weeks = 213 days, T = 38.86 weeks = 272 days: P(alive) .726579, E[Y(39)] 1.22603.
    log = Log(log_of([bought("ann", 0), bought("ann", 90), bought("ann", 213), bought("bob", 271)]))
    given = {"model": "bg_nbd", "parameters_given": ".243|4.414|.793|2.426", "as_of": "2024-09-30"}
    alive = {row["customer"]: row["value"] for row in log.measure("p_alive", **given).table.to_pylist()}
    assert alive["ann"] == pytest.approx(0.726579, abs=2e-4)
    ahead = log.measure("expected_purchases", horizon="273d", **given).table.to_pylist()
    assert {row["customer"]: row["value"] for row in ahead}["ann"] == pytest.approx(1.22603, abs=1e-3)


def test_spend_is_that_of_repeat_days_net_of_refunds() -> None:
    # Gamma-gamma as published: E[M | 22.35, 2] = 24.66, (11.77, 1) 18.91, and 35.17 for who never came back.
    rows = [
        bought("ann", 0, 500), bought("ann", 50, 24.70), bought("ann", 90, 20), bought("bob", 0, 9),
        bought("bob", 60, 20), bought("cleo", 70, 99),
        event("bob", "Order Refunded", datetime(2024, 3, 5), value=-8.23, currency="EUR", order_id="bob/60"),
    ]  # fmt: skip
    given = {"parameters_given": ".553|10.578|.606|11.669", "spend_given": "6.25|3.74|15.44"}
    found = {row["customer"]: row for row in Log(log_of(rows)).measure("clv", **given).table.to_pylist()}
    assert [round(found[who]["spend_per_day"], 2) for who in ("ann", "bob", "cleo")] == pytest.approx(
        [24.66, 18.91, 35.17], abs=0.05
    )
    for row in found.values():
        assert row["value"] == pytest.approx(row["spend_per_day"] * row["discounted_days"])
    half = {
        row["customer"]: row["value"]
        for row in Log(log_of(rows)).measure("clv", margin="0.5", **given).table.to_pylist()
    }
    assert half["ann"] == pytest.approx(found["ann"]["value"] / 2)


def test_too_few_repeaters_and_wrong_numbers_are_refused() -> None:
    log = Log(log_of([bought(f"c{number}", day) for number in range(12) for day in (0, number + 3)]))
    with pytest.raises(Unanswerable, match="needs at least 20 customers who came back"):
        log.measure("expected_purchases")
    with pytest.raises(QuestionError, match="4 numbers above 0"):
        log.measure("expected_purchases", parameters_given=".5|10")
    with pytest.raises(QuestionError, match="margin"):
        log.measure("clv", margin="2")
    with pytest.raises(QuestionError, match="delta"):
        log.measure("clv", delta="0")


@pytest.mark.parametrize("model", ["pareto_nbd", "bg_nbd", "mbg_nbd"])
def test_a_fit_in_which_nobody_leaves_says_so_first(model: str) -> None:
    # Everybody buys every other week or so to the very end, so the likeliest chance to leave is none.
    draws = random.Random(5)
    rows = [bought(f"c{who}", day, 5 + draws.randint(0, 9)) for who in range(40)
            for day in sorted({0, 364, *draws.sample(range(1, 364), 12 + who % 20)})]  # fmt: skip
    log = Log(log_of(rows))
    told = log.measure("clv", model=model).notes[0]
    assert (
        told == "In this fit nobody ever leaves: the value for ever hangs on the discount alone; ask with horizon=365d."
    )
    assert "for ever" not in log.measure("clv", model=model, horizon="365d").notes[0]
    assert log.measure("expected_purchases", model=model).notes[0].startswith("In this fit nobody ever leaves")
    assert "ever leaves" not in str(music("sample").measure("clv", model=model, as_of=CUTOFF).notes)


def test_leaving_by_the_formulas() -> None:
    # Of customers with beta = 520 weeks half are there after ten years if s = 1, and .9931 of them if s = .01.
    assert not nobody_leaves("pareto_nbd", (1, 1, 1, 520))
    assert nobody_leaves("pareto_nbd", (1, 1, 0.01, 520))
    assert not nobody_leaves("pareto_nbd", (1, 1, 0.02, 520))  # .9862
    assert nobody_leaves("pareto_nbd", (1, 1, 1, 60_000))  # .9914
    assert nobody_leaves("bg_nbd", (1, 1, 1, 1_000))
    assert not nobody_leaves("mbg_nbd", (1, 1, 1, 998))
