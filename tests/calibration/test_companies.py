"""Companies whose effects are known: what is not there is not found, and what is large enough to be seen is.

Every readout goes through the public doors. In CI few small companies are asked, and rates are held to their bounds
within three standard errors; CHERISH_CALIBRATION=full (`make calibrate`) asks 200 companies of 500 to 50,000 customers.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from calibration.companies import Plan, Trial, company
from cherish.library import Log

FULL = os.environ.get("CHERISH_CALIBRATION") == "full"
COMPANIES, LARGEST = (200, 50_000) if FULL else (8, 3_000)
SMALLEST = 500
QUIET, RAISED = ("quiet-1", "quiet-2"), ("thermometer-1", "thermometer-2")
SEEN, UNSEEN = ("seen-1", "seen-2"), ("unseen",)
VISITS = 0.8
"""How many visits more the action brings each treated customer wherever it brings any."""
ALWAYS, ONCE = 3.035 + 0.842, 1.960 + 0.842
"""Standard errors that an effect measures when four of five readouts show it: looked at always, or on the day alone."""
SCORES = "active_days|sessions|depth|frequency|monetary|rfm|latency"


@dataclass(frozen=True)
class Readout:
    """What the report said of one lot: the true effect on orders, and each metric's row."""

    name: str
    truth: float
    visits: dict[str, Any]
    orders: dict[str, Any]
    says: str

    @property
    def moves(self) -> bool:
        """The definition was raised by lot, and the outcome with it."""
        return bool(self.visits["verdict"] == "higher" and self.orders["verdict"] == "higher")


def customers(place: int) -> int:
    """Sizes that are spread evenly over the powers of ten."""
    share = (place + 0.5) / COMPANIES
    return round(SMALLEST * (LARGEST / SMALLEST) ** share)


def noise(plan: Plan) -> float:
    """The variance of a customer's orders in `after` days, with what orders before tell taken out (CUPED).

    Orders are Poisson around a gamma rate: variance m + spread m^2, covariance spread m^2 with as many days before.
    """
    mean = plan.orders * plan.after
    shared = plan.spread * mean**2
    return mean + shared - shared**2 / (mean + shared)


def effects(plan: Plan, factors: list[float], level: float) -> list[float]:
    """Effects that measure `factors` times `level` standard errors each, all at once on the same customers.

    Each lot is noise to every other one: of an effect e, half of the customers have Poisson(e) more, with variance
    e / 2 + e^2 / 4. So the effects are found by going round until they stand still.
    """
    found = [0.0] * len(factors)
    for _ in range(100):
        spread = math.sqrt(4 * (noise(plan) + sum(each / 2 + each**2 / 4 for each in found)) / plan.customers)
        found = [factor * level * spread for factor in factors]
    return found


def planned(place: int) -> tuple[Plan, bool]:
    """A company with independent lots over the same customers; every other one is read on its declared day."""
    bare, once = Plan(customers(place), 1000 + place), place % 2 == 1
    draws = np.random.default_rng([7, place])
    factors = [0.3, *draws.uniform(1.2, 1.8, len(SEEN)).tolist()]
    planted = effects(bare, factors, ONCE if once else ALWAYS)
    trials = [Trial(name) for name in QUIET]
    trials += [Trial(name, more_visits=VISITS) for name in RAISED]
    trials += [Trial(name, VISITS, effect) for name, effect in zip((*UNSEEN, *SEEN), planted, strict=True)]
    return Plan(customers(place), 1000 + place, tuple(trials)), once


def read(log: Log, plan: Plan, trial: Trial, once: bool) -> Readout | None:
    """The readout of one lot; None where its sample ratio blocks it, as one in a thousand must."""
    declared = {"declared": "2024-01-01", "until": "2024-03-25"} if once else {}
    found = log.report(
        "experiment",
        experiment=trial.name,
        metrics="active_days|orders",
        horizon="28d",
        planned=plan.customers,
        **declared,
    )
    if "metric" not in found.table.column_names:
        return None
    rows = {row["metric"]: row for row in found.table.to_pylist() if row["role"] == "primary"}
    return Readout(trial.name, trial.more_orders, rows["active_days"], rows["orders"], str(found.headline["says"]))


@cache
def readouts() -> tuple[Readout, ...]:
    return tuple(each for place in range(COMPANIES) for each in _of(place))


def _of(place: int) -> Iterator[Readout]:
    plan, once = planned(place)
    log = company(plan)
    with log.session():
        for trial in plan.trials:
            found = read(log, plan, trial, once)
            if found is not None:
                yield found
    log.close()


def within(hits: int, n: int, most: float) -> bool:
    """Whether a share is no higher than a bound, give or take three standard errors."""
    return hits / n <= most + 3 * math.sqrt(most * (1 - most) / n)


def told(what: str, hits: int, n: int) -> None:
    print(f"{what}: {hits} of {n} ({hits / n:.1%})")


def test_no_lot_is_lost() -> None:
    assert len(readouts()) >= 0.97 * COMPANIES * len(planned(0)[0].trials)


def test_what_moves_nothing_is_called_so_in_at_most_one_of_twenty() -> None:
    still = [each for each in readouts() if each.truth == 0]
    false = sum(each.moves for each in still)
    told("false moves", false, len(still))
    assert within(false, len(still), 0.05)


def test_where_nothing_was_done_nothing_is_found() -> None:
    quiet = [each for each in readouts() if each.name in QUIET]
    # Holm over both metrics: the chance of any false one is 5 %.
    found = sum(any(row["verdict"] in ("higher", "lower") for row in (each.visits, each.orders)) for each in quiet)
    told("found where nothing is", found, len(quiet))
    assert within(found, len(quiet), 0.05)


def test_effects_above_the_printed_visible_one_are_called_in_four_of_five() -> None:
    above = [each for each in readouts() if each.truth and each.truth >= each.orders["detectable"]]
    assert len(above) >= 0.8 * COMPANIES * len(SEEN)
    called = sum(each.moves for each in above)
    told("seen", called, len(above))
    assert within(len(above) - called, len(above), 0.2)


def test_what_is_not_called_is_not_proven_and_says_what_would_have_been_seen() -> None:
    silent = [each for each in readouts() if each.orders["verdict"] not in ("higher", "lower")]
    assert silent
    for each in silent:
        assert each.orders["verdict"] == "not proven"
        assert "orders: not proven" in each.says
        assert "the smallest effect that this test could have seen" in each.says
        assert each.orders["detectable"] > 0
    # An effect far below what can be seen is never called harm by more than chance.
    unseen = [each for each in readouts() if each.name in UNSEEN]
    assert within(sum(each.orders["verdict"] == "lower" for each in unseen), len(unseen), 0.025)


def test_intervals_hold_the_planted_effect() -> None:
    known = [each for each in readouts() if each.orders["low"] is not None]
    held = sum(each.orders["low"] <= each.truth <= each.orders["high"] for each in known)
    told("intervals that hold the truth", held, len(known))
    assert within(len(known) - held, len(known), 0.05)


# -- holdouts -------------------------------------------------------------------------------------------------------

HELD_OUT = 0.1


@cache
def holdouts() -> tuple[tuple[float, dict[str, Any]], ...]:
    """The true effect on orders and the row of each company's holdout; mail does nothing in every other company."""
    found = []
    for place in range(COMPANIES):
        bare = Plan(customers(place), 9000 + place)
        error = math.sqrt(noise(bare) * (1 / HELD_OUT + 1 / (1 - HELD_OUT)) / bare.customers)
        effect = float(np.random.default_rng([8, place]).uniform(1.2, 1.8)) * ALWAYS * error if place % 2 else 0.0
        trial = Trial("global", more_orders=effect, share=1 - HELD_OUT, holdout=True)
        log = company(replace(bare, trials=(trial,)))
        result = log.report("holdout", metrics="orders", horizon="28d", hold=HELD_OUT, planned=bare.customers)
        found += [(effect, row) for row in result.table.to_pylist()]
        log.close()
    return tuple(found)


def test_a_holdout_finds_what_mail_caused_and_nothing_where_it_caused_nothing() -> None:
    assert len(holdouts()) >= 0.97 * COMPANIES
    idle = [row for effect, row in holdouts() if not effect]
    false = sum(row["verdict"] != "not proven" for row in idle)
    told("holdouts that see what is not there", false, len(idle))
    assert within(false, len(idle), 0.05)
    above = [row for effect, row in holdouts() if effect and effect >= row["visible"]]
    called = sum(row["verdict"] == "caused" for row in above)
    told("holdouts that see what is above the visible effect", called, len(above))
    assert above
    assert within(len(above) - called, len(above), 0.2)


# -- the tournament -------------------------------------------------------------------------------------------------


@cache
def contests(spread: float) -> tuple[list[dict[str, Any]], ...]:
    """Leaderboards of companies; with a spread of 0 all customers are alike, so that nothing can tell them apart."""
    found = []
    # Where something is to be found a quarter of the companies will do.
    for place in range(0, COMPANIES, 4 if spread else 1):
        log = company(Plan(customers(place), 5000 + place, spread=spread, orders=0.03))
        result = log.report("tournament", outcome="any_order", horizon="28d", cutoffs="2", scores=SCORES)
        found.append([row for row in result.table.to_pylist() if row["score"] != "constant"])
        log.close()
    return tuple(found)


@pytest.mark.parametrize("word", ["predicts", "adds"])
def test_where_all_customers_are_alike_no_definition_predicts_or_adds(word: str) -> None:
    boards = contests(0.0)
    false = sum(any(row[word] == "yes" for row in board) for board in boards)
    told(f"companies in which something {word} by chance", false, len(boards))
    assert within(false, len(boards), 0.05)
    assert not [row for board in boards for row in board if row["verdict"] == "moves"]


def test_where_customers_differ_those_who_ordered_more_are_found() -> None:
    boards = [board for board in contests(1.0) if board[0]["customers"] >= 1_500]
    assert boards
    found = sum(any(row["score"] == "past count" and row["predicts"] == "yes" for row in board) for board in boards)
    told("companies in which the past count predicts", found, len(boards))
    assert within(len(boards) - found, len(boards), 0.05)
