"""Intervals of prediction hold the truth as often as they say: drawn companies, the truth from one very large draw."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

from cherish.proof.prediction import forecast, ranking
from cherish.proof.prediction.bootstrap import intervals
from cherish.proof.prediction.influence import Estimate, difference

COMPANIES, CUSTOMERS, TIMES = 400, 1_200, 300
LEVEL = 0.95
SLACK = 3 * (LEVEL * (1 - LEVEL) / COMPANIES) ** 0.5

Figure = Callable[[Any, Any, Any], Estimate]


def company(rng: Any, n: int) -> tuple[Any, Any, Any]:
    """Two scores (one with ties), and money that a third of the customers bring."""
    latent = rng.normal(size=n)
    scores = np.stack([latent + rng.normal(size=n), np.round(latent + 1.5 * rng.normal(size=n))])
    did = latent + rng.normal(size=n) > 0.6
    return scores, did, np.where(did, rng.gamma(2.0, 30.0, size=n), 0.0)


FIGURES: dict[str, Figure] = {
    "auc": lambda score, did, money: ranking.auc(score, did),
    "spearman": lambda score, did, money: ranking.spearman(score, money),
    "spend gini": lambda score, did, money: ranking.spend_gini(score, money),
    "lift": lambda score, did, money: ranking.lift(score, did, 0.2),
    "spend share": lambda score, did, money: ranking.top_share(score, money, 0.1),
    "brier": lambda score, did, money: forecast.brier(1 / (1 + np.exp(1 - score)), did),
    "total": lambda score, did, money: forecast.total_ratio(np.exp(score / 4), money),
}


@cache
def truth() -> dict[str, list[float]]:
    scores, did, money = company(np.random.default_rng(99), 1_000_000)
    return {name: [figure(score, did, money).value or 0.0 for score in scores] for name, figure in FIGURES.items()}


@cache
def drawn() -> dict[tuple[str, str], list[tuple[bool, bool]]]:
    """For each kind of interval and figure: whether each company's interval held the truth, of both scores."""
    found: dict[tuple[str, str], list[tuple[bool, bool]]] = {}
    for seed in range(COMPANIES):
        scores, did, money = company(np.random.default_rng(seed), CUSTOMERS)
        plain = [figure(score, did, money) for figure in FIGURES.values() for score in scores]
        pairs = [difference(one, other) for one, other in zip(plain[::2], plain[1::2], strict=True)]
        for kind, some in (("normal", plain), ("bootstrap", intervals([*plain, *pairs], times=TIMES, seed=seed))):
            for at, (name, true) in enumerate(truth().items()):
                held = [_holds(some[2 * at + place], true[place]) for place in (0, 1)]
                found.setdefault((kind, name), []).append((held[0], held[1]))
        for at, (name, true) in enumerate(truth().items()):
            held_pair = _holds(pairs[at], true[0] - true[1])
            found.setdefault(("paired", name), []).append((held_pair, held_pair))
    return found


def _holds(found: Estimate, true: float) -> bool:
    assert found.low is not None
    assert found.high is not None
    return found.low <= true <= found.high


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("kind", ["normal", "bootstrap", "paired"])
def test_intervals_hold_the_truth_as_often_as_they_say(kind: str, name: str) -> None:
    held = np.mean(drawn()[kind, name], axis=0)
    assert (np.abs(held - LEVEL) <= SLACK).all(), held
