"""Customers drawn from known laws: fits find the law again within their own standard errors, which are true to size."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cherish.proof.clv import bg_bb, bg_nbd, gamma_gamma, mbg_nbd, pareto_nbd, sbg
from cherish.proof.clv.bg_bb import Occasions
from cherish.proof.clv.cells import Cells, Spends
from value_models import beta_geometric, pareto

pytest.importorskip("scipy", reason="the models come with the extra `stats`")

MANY, SOME = 5_000, 1_500


def spends(customers: int, seed: int, p: float, q: float, gamma: float) -> Spends:
    """Mean spends of customers with 1 to 8 orders, each order gamma about a level of the customer's own."""
    draws = np.random.default_rng(seed)
    repeats = draws.integers(1, 9, customers)
    return Spends.of(repeats, draws.gamma(p * repeats, 1 / draws.gamma(q, 1 / gamma, customers)) / repeats)


def donors(customers: int, seed: int, alpha: float, beta: float, gamma: float, delta: float) -> Occasions:
    """Ten occasions: before each the customer may leave, else buys or not."""
    draws = np.random.default_rng(seed)
    buy, leave = draws.beta(alpha, beta, customers)[:, None], draws.beta(gamma, delta, customers)[:, None]
    here = np.cumprod(draws.random((customers, 10)) >= leave, axis=1)
    bought = here * (draws.random((customers, 10)) < buy)
    return Occasions.of(bought.sum(axis=1), (bought * np.arange(1, 11)).max(axis=1), 10)


def subscribers(customers: int, seed: int, alpha: float, beta: float) -> list[int]:
    draws = np.random.default_rng(seed)
    tenure = draws.geometric(np.maximum(draws.beta(alpha, beta, customers), 1e-12))
    return [int((tenure > period).sum()) for period in range(9)]


def scores(model: Any, truth: tuple[float, ...]) -> Any:
    """How many standard errors each parameter is off."""
    errors = model.fitting.standard_errors
    return np.array([(getattr(model, name) - true) / errors[name] for name, true in zip(errors, truth, strict=True)])


LAWS = {
    "BG/NBD": (
        (0.25, 4.5, 0.8, 2.5),
        lambda law, people, seed: bg_nbd.fit(beta_geometric(people, seed, *law, first=False)),
    ),
    "MBG/NBD": (
        (0.5, 6.0, 0.9, 1.6),
        lambda law, people, seed: mbg_nbd.fit(beta_geometric(people, seed, *law, first=True)),
    ),
    "Pareto/NBD": ((0.55, 10.6, 0.6, 11.7), lambda law, people, seed: pareto_nbd.fit(pareto(people, seed, *law))),
    "gamma-gamma": ((6.25, 3.74, 15.44), lambda law, people, seed: gamma_gamma.fit(spends(people, seed, *law))),
    "BG/BB": ((1.2, 0.75, 0.66, 2.8), lambda law, people, seed: bg_bb.fit(donors(people, seed, *law))),
    "sBG": ((0.67, 3.8), lambda law, people, seed: sbg.fit(subscribers(people, seed, *law))),
}


@pytest.mark.parametrize("name", LAWS)
def test_the_law_is_found_again_within_three_standard_errors(name: str) -> None:
    truth, fit = LAWS[name]
    model = fit(truth, MANY, 1)
    assert np.abs(scores(model, truth)).max() < 3
    assert not model.fitting.flat
    assert max(model.fitting.starts) - min(model.fitting.starts) < 0.01


@pytest.mark.parametrize("name", ["BG/NBD", "gamma-gamma", "sBG"])
def test_standard_errors_are_true_to_size(name: str) -> None:
    # In logarithms, where estimates are nearer to normal. The mean square of 30 scores is 1 +- sqrt(2 / 30) = 0.26.
    truth, fit = LAWS[name]
    found = []
    for seed in range(100, 130):
        model = fit(truth, SOME, seed)
        errors = model.fitting.standard_errors
        values = np.array([getattr(model, name) for name in errors])
        found.append(np.log(values / truth) * values / list(errors.values()))
    assert (np.square(found).mean(axis=0) > 0.35).all()
    assert (np.square(found).mean(axis=0) < 2).all()
    assert (np.abs(np.mean(found, axis=0)) < 3 / np.sqrt(30)).all()


def test_predictions_meet_what_happens_next() -> None:
    # Drawn to week 78 and seen to week 39: the purchases in between, by a fit on the first half.
    truth = (0.55, 10.6, 0.6, 11.7)
    draws = np.random.default_rng(7)
    r, alpha, s, beta = truth
    people = 20_000
    rate = draws.gamma(r, 1 / alpha, people)
    life = draws.exponential(1, people) / draws.gamma(s, 1 / beta, people)
    first = draws.poisson(rate * np.minimum(life, 39))
    last = np.where(first > 0, np.minimum(life, 39) * draws.random(people) ** (1 / np.maximum(first, 1)), 0.0)
    later = draws.poisson(rate * np.clip(life - 39, 0, 39))
    model = pareto_nbd.fit(Cells.of(first, last, 39))
    ahead = model.ahead(39, first, last, 39)
    assert ahead.sum() == pytest.approx(later.sum(), abs=4 * np.sqrt(later.var() * people))
    for count in range(6):
        these = first == count
        spread = later[these].std() / np.sqrt(these.sum())
        assert ahead[these].mean() == pytest.approx(later[these].mean(), abs=4 * spread)
    alive = model.alive(first, last, 39)
    assert (life > 39).mean() == pytest.approx(alive.mean(), abs=0.03)
