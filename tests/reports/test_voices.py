"""The interval of a voice ratio: against the formula by linearisation, against people drawn one by one, and by lot."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from cherish.reports._heard import heard, representativity


def test_large_counts_have_the_interval_of_the_linearised_logarithm() -> None:
    base, voices = [120_000, 60_000, 20_000], [18_000, 14_000, 1_600]
    n, spoke = sum(base), sum(voices)
    found = heard(base, voices, 20_000, (1,))
    for place, (people, said) in enumerate(zip(base, voices, strict=True)):
        # log ratio = log a - log(a + c) - log(a + b) + const over the cells a, b, c, d of a multinomial sample.
        a, b, c = said, people - said, spoke - said
        gradient = [1 / a - 1 / spoke - 1 / people, -1 / people, -1 / spoke]
        variance = sum(cell * slope**2 for cell, slope in zip((a, b, c), gradient, strict=True)) - 1 / n
        ratio, half = (said / spoke) / (people / n), 1.96 * math.sqrt(variance)
        assert found.ratio[place] == pytest.approx(ratio)
        assert found.low[place] == pytest.approx(ratio * math.exp(-half), rel=0.004)
        assert found.high[place] == pytest.approx(ratio * math.exp(half), rel=0.004)


def test_drawing_cells_is_drawing_people() -> None:
    base, voices = [40, 25, 15], [10, 3, 6]
    people = [
        (place, number < said) for place, (n, said) in enumerate(zip(base, voices, strict=True)) for number in range(n)
    ]
    draw = random.Random(3)
    ratios = []
    for _ in range(4_000):
        again = draw.choices(people, k=len(people))
        spoke = sum(said for _, said in again)
        own = [said for place, said in again if place == 0]
        ratios.append((sum(own) / spoke) / (len(own) / len(people)))
    low, high = np.quantile(ratios, [0.025, 0.975])
    found = heard(base, voices, 4_000, (5,))
    assert (found.low[0], found.high[0]) == pytest.approx((low, high), abs=0.03)


def test_a_silent_handful_is_not_called_unheard() -> None:
    # Eight people of whom nobody spoke, where one in ten does: chance explains that.
    found = heard([8, 400, 592], [0, 40, 60], 2_000, (1,))
    assert found.ratio[0] == 0
    assert found.high[0] > 1
    # Four hundred of whom nobody spoke: chance doesn't.
    assert heard([400, 600], [0, 60], 2_000, (1,)).unheard.tolist() == [True, False]


def test_who_speaks_by_lot_is_seldom_called_unheard() -> None:
    draw = np.random.default_rng(11)
    base = np.array([30, 60, 110, 300])
    flagged = sum(int(heard(base, draw.binomial(base, 0.15), 400, (place,)).unheard.sum()) for place in range(300))
    # Of 1,200 intervals each misses on this side 1 in 40 times: 30, give or take four standard errors.
    assert flagged <= 30 + 4 * math.sqrt(30) + 12


def test_representativity() -> None:
    assert representativity([50, 50], [10, 10]) == 1
    # All of one half and none of the other: the standard deviation is .5 (n - 1 below makes it a little more).
    assert representativity([50, 50], [50, 0]) == pytest.approx(1 - 2 * math.sqrt(100 * 0.25 / 99))
    assert representativity([1], [1]) is None
    assert math.isnan(heard([5, 5], [0, 0], 200, (1,)).ratio[0])
