"""Surveys: planted reliability, planted non-response, planted tie to buying, and none of them when switched off."""

from dataclasses import replace

import numpy as np
import pytest

from cherish.demo.simulated import Company, Effects, simulate
from demo.simulated.reading import Numbers, events, mean, ranks, share

AFFECTION = ("affection_1", "affection_2", "affection_3", "affection_4")


@pytest.fixture(scope="module")
def candid() -> Company:
    """Everybody is equally likely to answer, and attitude has no tie to buying."""
    planted = replace(Effects(), response_attitude=0.0, response_age=0.0, attitude=0.0)
    return simulate(20_000, seed=3, effects=planted)


def scores(company: Company, item: str, wave: str) -> Numbers:
    """Scores by customer, nan where there is no answer."""
    answers = events(company, "Survey Answered", item=item, campaign=wave)
    found = np.full(company.customers.num_rows, np.nan)
    found[answers.customer] = answers.number("score")
    return found


def test_affection_has_the_planted_reliability(candid: Company) -> None:
    answers = np.stack([scores(candid, item, "wave-3") for item in AFFECTION])
    answers = answers[:, ~np.isnan(answers).any(axis=0)]
    items = len(AFFECTION)
    alpha = items / (items - 1) * (1 - answers.var(axis=1, ddof=1).sum() / answers.sum(axis=0).var(ddof=1))
    # standard error of log(1 - alpha) is sqrt(2 k / ((k - 1) n)): van Zyl, Neudecker & Nel (2000)
    error = (1 - alpha) * np.sqrt(2 * items / ((items - 1) * answers.shape[1]))
    assert abs(alpha - candid.truth.summary()["surveys"]["affection_alpha"]) < 4 * error


@pytest.mark.parametrize("item", ["satisfaction", "recommend", "affection_1"])
def test_answers_of_all_who_are_equally_likely_are_unbiased(candid: Company, item: str) -> None:
    found = scores(candid, item, "wave-3")
    assert mean(found[~np.isnan(found)]).agrees(candid.truth.summary()["surveys"]["item_means"][item])


@pytest.mark.parametrize("item", ["satisfaction", "recommend", "affection_1"])
def test_non_response_flatters_the_answers_as_planted(large: Company, item: str) -> None:
    found = scores(large, item, "wave-3")
    answered, facts = mean(found[~np.isnan(found)]), large.truth.summary()["surveys"]
    assert answered.agrees(facts["item_means_of_answers"][item])
    assert not answered.agrees(facts["item_means_of_customers"][item])


def test_the_old_answer_more_as_planted(large: Company, candid: Company) -> None:
    for company in (large, candid):
        asked = events(company, "Survey Sent", campaign="wave-3").customer
        answered = ~np.isnan(scores(company, "satisfaction", "wave-3"))[asked]
        old = np.array(company.truth.customers["age_band"].to_pylist())[asked] == "55+"
        attitude = company.truth.customers["attitude"].to_numpy()[asked]
        slope, gain = (0.6, 0.8) if company is large else (0.0, 0.0)
        chance = 1 / (1 + np.exp(1 - slope * attitude - gain * old))
        of_old, of_young = (share(int(answered[rows].sum()), int(rows.sum())) for rows in (old, ~old))
        assert of_old.agrees(float(chance[old].mean()))
        assert of_young.agrees(float(chance[~old].mean()))
        assert (of_old - of_young).finds_something() == (company is large)


def test_attitude_is_tied_to_purchase_rate_as_planted(large: Company, candid: Company) -> None:
    # a Gaussian copula of correlation c has Spearman's rho 6 / pi asin(c / 2)
    for company, planted in ((large, 6 / np.pi * np.arcsin(0.25)), (candid, 0.0)):
        hidden = company.truth.customers
        attitude, rate = (ranks(hidden[name].to_numpy()) for name in ("attitude", "purchase_rate"))
        assert abs(np.corrcoef(attitude, rate)[0, 1] - planted) < 4 / np.sqrt(attitude.size)
        assert company.truth.summary()["surveys"]["rank_correlation_attitude_rate"] == pytest.approx(planted)


def test_scores_predict_repurchase_only_if_planted(large: Company, candid: Company) -> None:
    for company in (large, candid):
        satisfied = scores(company, "satisfaction", "wave-2")
        answered = ~np.isnan(satisfied)
        later = events(company, "Order Completed").per_customer(20_000, since=450.0)[answered]
        score = satisfied[answered]
        difference = mean(later[score >= 4]) - mean(later[score < 4])
        assert difference.finds_something() == (company is large)


def test_switching_surveys_leaves_orders_alone(large: Company, candid: Company) -> None:
    assert events(large, "Order Completed").table.equals(events(candid, "Order Completed").table)
    assert events(large, "Survey Sent").table.equals(events(candid, "Survey Sent").table)
