"""Family P, the tournament on CDNOW: cut-off 1997-10-01, any purchase until 1998-06-30, as published.

The table of measures on the 23,570 customers of the master file and the 2,357 of the sample: AUC, lift of the best
tenth, its share of the money, the Gini of the money; the order among repeat buyers; errors of the forecasts. Rows of
which the catalogue has no measure (months active) are not there.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from cherish.proof.prediction import forecast as near
from cherish.reports import tournament as report
from cherish.reports.tournament import closer
from cherish.reports.tournament.judged import Judgement
from cherish.reports.tournament.outcomes import Outcome
from cherish.result import Result
from papers.test_family_g import later, music, scored

pytest.importorskip("scipy", reason="the models come with the extra `stats`")

CONTESTANTS = "expected_purchases|expected_purchases(model=bg_nbd)|clv(delta=1e-9)|p_alive|p_alive(model=bg_nbd)"
PRINTED = {
    # score: AUC on the master file; of the best tenth lift and share of the money; Gini of the money; AUC on the sample
    "expected_purchases": (0.7687, 2.702, 0.498, 0.672, 0.7787),
    "RFM sum": (0.7663, 2.642, 0.503, 0.686, 0.7757),
    "expected_purchases(model=bg_nbd)": (0.7630, 2.689, 0.491, 0.661, 0.7725),
    "clv(delta=1e-09)": (0.7626, 2.600, 0.516, 0.684, None),
    "recency": (0.7594, 2.521, 0.434, 0.639, 0.7714),
    "past count": (0.7527, 2.543, 0.477, 0.660, 0.7576),
    "past spend": (0.7240, 2.302, 0.498, 0.696, 0.7268),
    "p_alive": (0.7222, 2.477, 0.415, 0.568, 0.7262),
    "tenure": (0.5089, 1.041, 0.119, -0.006, None),
    "p_alive(model=bg_nbd)": (0.3195, 0.495, 0.028, -0.348, 0.3158),
}
UNTIED = ("expected_purchases", "expected_purchases(model=bg_nbd)", "clv(delta=1e-09)", "past spend", "p_alive")
"""Scores of which hardly two customers have the same: no draw decides who is in the best tenth."""
AMONG_REPEATERS = {
    "expected_purchases": 0.734, "expected_purchases(model=bg_nbd)": 0.732, "recency": 0.711,
    "p_alive(model=bg_nbd)": 0.700, "past count": 0.678, "past spend": 0.646,
}  # fmt: skip
BG = {"model": "bg_nbd"}
NEAR = 0.002


@cache
def asked(name: str) -> tuple[Result, Judgement]:
    """The leaderboard, and what its other tables are made of."""
    kept: list[Judgement] = []
    judge = report.judged

    def keep(*given: Any) -> Judgement:
        kept.append(judge(*given))
        return kept[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report, "judged", keep)
        found = music(name).report(
            "tournament", outcome="any_order", horizon="273d", cutoffs="1997-10-01", scores=CONTESTANTS
        )
    return found, kept[0]


@cache
def rows(name: str) -> dict[str, dict[str, Any]]:
    return {row["score"]: row for row in asked(name)[0].table.to_pylist()}


@pytest.mark.parametrize("score", PRINTED)
def test_the_published_table(score: str) -> None:
    area, lift, top, gini, of_sample = PRINTED[score]
    found = rows("master")[score]
    assert found["auc"] == pytest.approx(area, abs=NEAR)
    # The lifts were printed with ties broken by one draw, and ours are the mean over all draws: see below.
    assert found["lift_10"] == pytest.approx(
        lift, abs=NEAR if score in UNTIED else 0.011 if score != "tenure" else 0.015
    )
    assert found["top_10_share"] == pytest.approx(top, abs=NEAR)
    assert found["spend_gini"] == pytest.approx(gini, abs=NEAR)
    if of_sample is not None:
        assert rows("sample")[score]["auc"] == pytest.approx(of_sample, abs=NEAR)


def test_the_published_intervals() -> None:
    for score, low, high in (("expected_purchases", 0.761, 0.776), ("RFM sum", 0.759, 0.775)):
        found = rows("master")[score]
        assert (found["auc_low"], found["auc_high"]) == (pytest.approx(low, abs=NEAR), pytest.approx(high, abs=NEAR))


def test_the_base_rate() -> None:
    assert (rows("master")["recency"]["customers"], rows("master")["recency"]["positives"]) == (23_570, 7_058)
    assert (rows("sample")["recency"]["customers"], rows("sample")["recency"]["positives"]) == (2_357, 684)


def test_simple_rfm_ties_the_best_model() -> None:
    # The published paired bootstrap: +.0024, 95 % interval -.0008 to +.0052.
    found = rows("master")["RFM sum"]
    assert found["standing"] == "ties"
    assert found["behind"] == pytest.approx(-0.0024, abs=0.0005)
    assert (found["behind_low"], found["behind_high"]) == (pytest.approx(-0.0052, abs=0.001),
                                                           pytest.approx(0.0008, abs=0.001))  # fmt: skip
    assert rows("master")["past spend"]["standing"] == "behind"


def test_the_lesson_in_words() -> None:
    for name in ("master", "sample"):
        says = asked(name)[0].headline["says"]
        assert "p_alive(model=bg_nbd) ranks customers backwards" in says
        assert "association only" in says
        assert rows(name)["p_alive(model=bg_nbd)"]["predicts"] == "no"
        assert rows(name)["recency"]["predicts"] == "yes"
    # One cut-off can't tell what adds.
    assert {row["adds"] for row in rows("master").values()} == {"not known"}
    assert {row["association"] for row in rows("master").values()} == {"association only"}


def test_the_order_changes_among_repeat_buyers() -> None:
    for score, area in AMONG_REPEATERS.items():
        assert rows("master")[score]["auc_repeat"] == pytest.approx(area, abs=NEAR)


def test_models_rank_like_heuristics_and_forecast_better() -> None:
    # RMSE, MAE and total ratio of the count of order days ahead.
    table = closer.calibration(asked("master")[1], Outcome("any_order", 273))
    whole = {row["score"]: row for row in table.to_pylist() if row["part"] == "all"}
    for score, errors in (
        ("past rate", (2.158, 1.038, 1.474)), ("expected_purchases(model=bg_nbd)", (1.733, 0.819, 0.857)),
        ("expected_purchases", (1.726, 0.794, 0.871)),
    ):  # fmt: skip
        found = whole[score]
        assert (found["rmse"], found["mae"], found["total_ratio"]) == pytest.approx(errors, abs=NEAR)
    money = whole["clv(delta=1e-09)"]
    assert (money["rmse"], money["mae"], money["total_ratio"]) == pytest.approx((92.9, 32.0, 0.842), abs=0.06)


def test_the_printed_lifts_of_tied_scores_are_draws_around_ours() -> None:
    # Of 14,119 customers with a P(alive) of exactly 1, some make the best tenth: which, a draw decided. Ours is the
    # mean over all draws. Past purchases: 2.543 printed, P(alive): .495, among draws that spread by so much.
    hits = later("master")
    for measure, given, printed in (("frequency", {"count": "days"}, 2.543), ("p_alive", BG, 0.495)):
        scores = scored("master", measure, 1, **given)
        values = np.array(list(scores.values()))
        bought = np.array([who in hits for who in scores])
        draw = np.random.default_rng(1)
        tenth = round(len(values) / 10)
        lifts = [bought[np.lexsort((draw.random(len(values)), -values))[:tenth]].mean() / bought.mean()
                 for _ in range(40)]  # fmt: skip
        label = "past count" if measure == "frequency" else "p_alive(model=bg_nbd)"
        ours = rows("master")[label]["lift_10"]
        assert ours == pytest.approx(np.mean(lifts), abs=4 * np.std(lifts) / np.sqrt(40) + 0.001)
        assert abs(printed - ours) < 3.5 * np.std(lifts)


def test_the_errors_of_the_same_money_again() -> None:
    # Spend: what was spent so far, as a forecast of the next 39 weeks.
    judgement = asked("master")[1]
    spent = next(each.contestant.key for each in judgement.entries if each.label == "past spend")
    forecast, later_ = judgement.frames[0].scores[spent], judgement.frames[0].later["later_spend"]
    errors = (near.rmse(forecast, later_).value, near.mae(forecast, later_).value,
              near.total_ratio(forecast, later_).value)  # fmt: skip
    assert errors == pytest.approx((129.2, 60.5, 2.218), abs=0.06)
