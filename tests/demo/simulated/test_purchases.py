"""Purchases follow the planted Pareto/NBD and spend the planted gamma-gamma: the score at the truth is zero.

The test statistic is Rao's: at the true parameters the sum of the customers' score vectors has mean zero and their own
sum of squares as covariance, so the quadratic form is chi-square with one degree of freedom per parameter.
"""

from collections.abc import Callable
from dataclasses import replace
from math import lgamma

import numpy as np
import pytest

from cherish.demo.simulated import PARAMETERS, Company, Effects, simulate
from demo.simulated.reading import Numbers, events, mean, ranks, share

CHI_SQUARE_3, CHI_SQUARE_4 = 21.1, 23.5
"""Upper 1e-4 points of chi-square with 3 and 4 degrees of freedom."""
log_gamma = np.vectorize(lgamma, otypes=[float])
Likelihood = Callable[[Numbers], Numbers]


def score_statistic(likelihood: Likelihood, parameters: Numbers, step: float = 1e-4) -> float:
    """Rao's statistic in log parameters; `likelihood` gives one log likelihood per customer."""
    scores = []
    for place in range(parameters.size):
        shift = np.zeros(parameters.size)
        shift[place] = step
        up, down = parameters * np.exp(shift), parameters * np.exp(-shift)
        scores.append((likelihood(up) - likelihood(down)) / (2 * step))
    score = np.stack(scores)
    total = score.sum(axis=1)
    return float(total @ np.linalg.solve(score @ score.T, total))


def pareto_nbd(x: Numbers, recency: Numbers, age: Numbers) -> Likelihood:
    """Schmittlein, Morrison & Colombo (1987), for beta > alpha."""

    def integral(total: Numbers, shape: Numbers, alpha: float, beta: float, t: Numbers) -> Numbers:
        # log of 2F1(total, shape; total + 1; z) / (beta + t)^total by Euler's transformation, whose series falls fast
        z = (beta - alpha) / (beta + t)
        term, series = np.ones_like(z), np.ones_like(z)
        for k in range(600):
            term = term * z * (total + 1 - shape + k) / (total + 1 + k)
            series += term
        return np.log(series) + (1 - shape) * np.log1p(-z) - total * np.log(beta + t)

    def likelihood(parameters: Numbers) -> Numbers:
        r, alpha, s, beta = parameters
        total = r + s + x
        early, late = integral(total, r + x, alpha, beta, recency), integral(total, r + x, alpha, beta, age)
        died = np.log(s / total) + early + np.log1p(-np.exp(late - early))
        lived = -(r + x) * np.log(alpha + age) - s * np.log(beta + age)
        shapes = log_gamma(r + x) - lgamma(r) + r * np.log(alpha) + s * np.log(beta)
        return shapes + np.logaddexp(lived, died)

    return likelihood


def histories(company: Company) -> tuple[Numbers, Numbers, Numbers]:
    """Repeat orders, weeks to the last, weeks observed."""
    orders = events(company, "Order Completed")
    first, last = np.full(company.customers.num_rows, np.inf), np.zeros(company.customers.num_rows)
    np.minimum.at(first, orders.customer, orders.moment)
    np.maximum.at(last, orders.customer, orders.moment)
    return orders.per_customer(first.size) - 1, (last - first) / 7, (728 - first) / 7


PLANTED = np.array(
    [
        PARAMETERS.purchasing.rate_shape,
        PARAMETERS.purchasing.rate_scale,
        PARAMETERS.purchasing.dropout_shape,
        PARAMETERS.purchasing.dropout_scale,
    ]
)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_5000_customers_are_pareto_nbd_with_the_planted_parameters(seed: int) -> None:
    history = pareto_nbd(*histories(simulate(5_000, seed=seed, effects=Effects.none())))
    assert score_statistic(history, PLANTED) < CHI_SQUARE_4


def test_the_score_test_has_teeth(bare: Company) -> None:
    history = pareto_nbd(*(each[::2] for each in histories(bare)))
    assert score_statistic(history, PLANTED) < CHI_SQUARE_4
    for place in range(4):
        wrong = PLANTED.copy()
        wrong[place] *= 1.15
        assert score_statistic(history, wrong) > CHI_SQUARE_4


def test_repeat_orders_have_the_planted_mean(bare: Company) -> None:
    # E[X(t)] = r beta / (alpha (s - 1)) (1 - (beta / (beta + t))^(s - 1)), Schmittlein et al. (1987)
    r, alpha, s, beta = PLANTED
    x, _, age = histories(bare)
    expected = r * beta / (alpha * (s - 1)) * (1 - (beta / (beta + age)) ** (s - 1))
    assert mean(x - expected).agrees(0.0)


def test_spend_is_gamma_gamma_with_the_planted_parameters(company: Company) -> None:
    law = PARAMETERS.spending
    orders = events(company, "Order Completed")
    x = orders.per_customer(5_000)
    average = np.bincount(orders.customer, weights=orders.money) / x

    def likelihood(parameters: Numbers) -> Numbers:
        p, q, v = parameters  # Fader, Hardie & Lee (2005), measures J
        shapes = log_gamma(p * x + q) - log_gamma(p * x) - lgamma(q)
        return (
            shapes
            + q * np.log(v)
            + (p * x - 1) * np.log(average)
            + p * x * np.log(x)
            - (p * x + q) * np.log(x * average + v)
        )

    planted = np.array([law.order_shape, law.customer_shape, law.customer_scale])
    assert score_statistic(likelihood, planted) < CHI_SQUARE_3
    assert score_statistic(likelihood, planted * [1.15, 1, 1]) > 2 * CHI_SQUARE_3


def test_spend_is_independent_of_rate_and_lifetime(large: Company) -> None:
    hidden = large.truth.customers
    spend = ranks(hidden["mean_order"].to_numpy())
    for other in ("purchase_rate", "dropout_rate", "lifetime_weeks"):
        correlation = np.corrcoef(spend, ranks(hidden[other].to_numpy()))[0, 1]
        assert abs(correlation) < 4 / np.sqrt(spend.size)


def test_refunds_have_the_planted_share(large: Company) -> None:
    orders, refunds = events(large, "Order Completed"), events(large, "Order Refunded")
    complete = orders.moment < 728 - PARAMETERS.spending.refund_days[1]
    known = set(orders.table["order_id"].filter(complete).to_pylist())
    hits = sum(each in known for each in refunds.table["order_id"].to_pylist())
    assert share(hits, len(known)).agrees(Effects().refunds)


def test_refunds_off_means_none_and_the_same_orders(company: Company) -> None:
    off = simulate(5_000, seed=7, effects=replace(Effects(), refunds=0.0))
    assert events(off, "Order Refunded").moment.size == 0
    assert events(off, "Order Completed").table.equals(events(company, "Order Completed").table)


def test_customers_come_in_every_month_at_a_falling_pace(large: Company) -> None:
    # density 1.5 - x on [0, 1): F(1/2) = 1.5 / 2 - 1 / 8 = 0.625
    early = int((events(large, "Signed Up").moment < 364).sum())
    assert share(early, 20_000).agrees(0.625)
