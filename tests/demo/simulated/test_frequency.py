"""The frequency trial shows the planted dose response, and the optimum follows from it."""

from dataclasses import replace

import numpy as np
import pytest

from cherish.demo.simulated import PARAMETERS, Company, Effects, simulate
from demo.simulated.reading import Estimate, day, events, mean, share

DOSES = (0, 1, 2, 4, 7)
MONTHS = 3


def outcome(company: Company) -> dict[int, Estimate]:
    """Mean orders per enrolled customer over the trial's 84 days, by dose."""
    drawn = events(company, "Experiment Viewed", experiment="frequency-trial")
    since = day(company.truth.summary()["frequency_trial"]["lot_at"])
    bought = events(company, "Order Completed").per_customer(company.customers.num_rows, since, since + 28 * MONTHS)
    arm = drawn.text("variation")
    return {dose: mean(bought[drawn.customer[arm == f"{dose} a month"]]) for dose in DOSES}


def leavers(company: Company, dose: int) -> tuple[int, int]:
    """Unsubscribers and months at risk of one arm."""
    drawn = events(company, "Experiment Viewed", experiment="frequency-trial")
    members = drawn.customer[drawn.text("variation") == f"{dose} a month"]
    gone = events(company, "Unsubscribed", campaign="frequency-trial")
    month = np.full(company.customers.num_rows, MONTHS)
    since = day(company.truth.summary()["frequency_trial"]["lot_at"])
    month[gone.customer] = ((gone.moment - since) // 28).astype(int)
    left = month[members]
    return int((left < MONTHS).sum()), int(np.minimum(left + 1, MONTHS).sum())


def test_every_dose_brings_its_planted_orders(large: Company) -> None:
    found, facts = outcome(large), large.truth.summary()["frequency_trial"]
    for dose, truth in zip(DOSES, facts["average_extra_orders_per_enrolled"], strict=True):
        assert (found[dose] - found[0]).agrees(truth)
    assert (found[4] - found[0]).finds_something()


@pytest.mark.parametrize("dose", DOSES)
def test_every_dose_loses_its_planted_subscribers(large: Company, dose: int) -> None:
    # u (d + d^2 / 4) with u = .004: 0, .005, .012, .032, .077 in 28 days
    planted = dict(zip(DOSES, (0.0, 0.005, 0.012, 0.032, 0.077), strict=True))
    assert share(*leavers(large, dose)).agrees(planted[dose])


def test_doses_are_what_was_sent(large: Company) -> None:
    drawn = events(large, "Experiment Viewed", experiment="frequency-trial")
    since = day(large.truth.summary()["frequency_trial"]["lot_at"])
    sent = events(large, "Email Delivered", campaign="frequency-trial").per_customer(20_000, since, since + 28.5)
    assert (sent[drawn.customer] == [int(each.split()[0]) for each in drawn.text("variation")]).all()


def test_the_optimum_follows_from_the_curves(large: Company) -> None:
    # V(d) = m A (2 d / b - (d / b)^2) - c d - L u (d + d^2 / 4) is a parabola: its peak is at linear / (2 square)
    law, money, effects = PARAMETERS.frequency, PARAMETERS.spending, Effects()
    margin = money.margin * money.order_shape * money.customer_scale / (money.customer_shape - 1)
    b, lost = law.best_for_orders, law.lost_value * effects.fatigue_unsubscribes
    linear = margin * effects.fatigue_orders * 2 / b - law.mail_cost - lost
    square = margin * effects.fatigue_orders / b**2 + lost / 4
    facts = large.truth.summary()["frequency_trial"]
    assert facts["best_dose"] == pytest.approx(linear / (2 * square), abs=0.006)
    assert facts["best_dose_of_trial"] == 4
    assert facts["value"] == pytest.approx([linear * dose - square * dose**2 for dose in DOSES])


def test_fatigue_off_leaves_lot_and_mails_without_consequence(large: Company) -> None:
    off = simulate(20_000, seed=3, effects=replace(Effects(), fatigue_orders=0.0, fatigue_unsubscribes=0.0))
    found = outcome(off)
    for dose in DOSES[1:]:
        assert (found[dose] - found[0]).agrees(0.0)
        assert leavers(off, dose)[0] == 0
    lots = [events(each, "Experiment Viewed", experiment="frequency-trial").table for each in (off, large)]
    assert lots[0].equals(lots[1])
    assert off.truth.summary()["frequency_trial"]["best_dose"] == 0.0
