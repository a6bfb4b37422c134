"""Service: lanes by lot, planted response times, and a bad first case that shortens life by the planted factor."""

from dataclasses import replace

import numpy as np
import pytest

from cherish.demo.simulated import PARAMETERS, Company, Effects, simulate
from demo.simulated.reading import Numbers, events, index, mean, moments, share

HARM, FIX = Effects().service_harm, Effects().service_fix


@pytest.fixture(scope="module")
def served() -> Company:
    """Only the service effects are planted."""
    return simulate(20_000, seed=5, effects=replace(Effects.none(), service_harm=HARM, service_fix=FIX))


@pytest.fixture(scope="module")
def harmless(served: Company) -> Company:
    return simulate(20_000, seed=5, effects=replace(Effects.none(), service_fix=FIX))


def first_cases(company: Company) -> tuple[np.ndarray, Numbers, np.ndarray, np.ndarray]:
    """Customer, moment, lane and outcome of each customer's first case."""
    cases = company.truth.cases.filter(company.truth.cases["first"])
    drawn = events(company, "Experiment Viewed", experiment="quality-fix")
    opened = np.full(int(index(drawn.table["case_id"]).max()) + 1, np.nan)
    opened[index(drawn.table["case_id"])] = drawn.moment
    fixed = np.array(cases["variation"].to_pylist()) == "quality fix"
    return index(cases["user_id"]), opened[index(cases["case_id"])], fixed, cases["bad"].to_numpy(zero_copy_only=False)


def test_the_lot_is_fair_and_the_fix_works_as_planted(served: Company) -> None:
    _, _, fixed, bad = first_cases(served)
    assert share(int(fixed.sum()), fixed.size).agrees(0.5)
    assert mean(bad[~fixed].astype(float)).agrees(PARAMETERS.serving.bad)
    assert mean(bad[fixed].astype(float)).agrees(PARAMETERS.serving.bad - FIX)


def test_ratings_tell_bad_from_good_cases(served: Company) -> None:
    rated = events(served, "Survey Answered", instrument="service")
    bad = dict(zip(served.truth.cases["case_id"].to_pylist(), served.truth.cases["bad"].to_pylist(), strict=True))
    assert [bad[each] for each in rated.table["case_id"].to_pylist()] == (rated.number("score") <= 2).tolist()


def test_answers_take_the_planted_time(served: Company) -> None:
    drawn = events(served, "Experiment Viewed", experiment="quality-fix")
    case = index(drawn.table["case_id"])
    fixed = np.zeros(case.max() + 1, dtype=bool)
    opened = np.full(case.max() + 1, np.nan)
    fixed[case], opened[case] = drawn.text("variation") == "quality fix", drawn.moment
    answered = events(served, "Live Chat Message Received")
    case = index(answered.table["case_id"])
    minutes = np.log((answered.moment - opened[case]) * 1440)
    usual, fix = PARAMETERS.serving.answer_minutes
    early = opened[case] < 700  # late cases are answered after the horizon
    assert mean(minutes[early & ~fixed[case]]).agrees(np.log(usual))
    assert mean(minutes[early & fixed[case]]).agrees(np.log(fix))


def test_reopened_cases_have_the_planted_share(served: Company) -> None:
    ended = events(served, "Live Chat Conversation Ended").table["case_id"].to_pylist()
    again = events(served, "Live Chat Conversation Reopened")
    early = {each for each in ended if each}
    estimate = share(again.moment.size, len(early))
    # those that ended in the last 5 days can be reopened after the horizon only
    assert abs(estimate.value - PARAMETERS.serving.reopened) < 4 * estimate.error + 0.12 * 5 / 728


def test_a_bad_first_case_multiplies_the_dropout_rate(served: Company, harmless: Company) -> None:
    # the rest of a life with rate m is exponential, so m times it has mean 1, or 1 / 2.5 after the harm
    for company, planted in ((served, 1 / (1 + HARM)), (harmless, 1.0)):
        who, opened, _, bad = first_cases(company)
        hidden = company.truth.customers
        born = moments(company.customers.rename_columns({"created_at": "ts"})) + 11 / 1440
        rest = hidden["lifetime_weeks"].to_numpy()[who] - (opened - born[who]) / 7
        spans = rest * hidden["dropout_rate"].to_numpy()[who]
        assert mean(spans[~bad]).agrees(1.0)
        assert mean(spans[bad]).agrees(planted)
        assert mean(spans[bad]).agrees(1.0) == (company is harmless)


def expected_orders(company: Company, hazard: float) -> Numbers:
    """Orders from the first case to the end: rate (1 - exp(-m h H)) / (m h), given the hidden rates."""
    who, opened, _, _ = first_cases(company)
    hidden = company.truth.customers
    dropout = hidden["dropout_rate"].to_numpy()[who] * hazard
    room = (728 - opened) / 7
    return hidden["purchase_rate"].to_numpy()[who] * -np.expm1(-dropout * room) / dropout


def test_the_quality_fix_keeps_orders_as_planted(served: Company, harmless: Company) -> None:
    for company, harm in ((served, HARM), (harmless, 0.0)):
        who, opened, fixed, _ = first_cases(company)
        since = np.full(20_000, np.inf)
        since[who] = opened
        orders = events(company, "Order Completed")
        later = np.bincount(orders.customer[orders.moment > since[orders.customer]], minlength=20_000)[who].astype(
            float
        )
        planted = FIX * (expected_orders(company, 1.0) - expected_orders(company, 1 + harm)).mean()
        assert (mean(later[fixed]) - mean(later[~fixed])).agrees(planted)
        assert (planted == 0) == (harm == 0)
