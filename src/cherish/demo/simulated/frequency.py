"""The trial of contact frequency: doses by lot, what they bring and what they cost, and so the best dose."""

from dataclasses import dataclass

import numpy as np

from .arrays import MINUTE, Flags, Floats, Integers, overlap, owners, spread
from .lift import ExtraOrders
from .parameters import PARAMETERS
from .people import People
from .plan import Plan
from .streams import chosen, lot

NAME = "frequency-trial"
ARMS = tuple(f"{dose} a month" for dose in PARAMETERS.frequency.doses)
HOUR = 10
MONTH = 28


@dataclass(frozen=True)
class Trial:
    """The lot over all customers; `month_left` is the month after which one unsubscribes (number of months: never)."""

    moment: float
    enrolled: Flags
    arm: Integers
    month_left: Integers

    @property
    def dose(self) -> Integers:
        """Mails per 28 days of each customer's arm."""
        return np.asarray(PARAMETERS.frequency.doses)[self.arm]

    def subscribed(self, month: int) -> Flags:
        """Who is enrolled and still subscribed when a month begins."""
        return np.asarray(self.enrolled & (self.month_left >= month))


def extra_per_month(plan: Plan, dose: Floats) -> Floats:
    """Extra orders of a living subscriber in 28 days: a parabola through zero."""
    share = dose / PARAMETERS.frequency.best_for_orders
    return np.asarray(plan.effects.fatigue_orders * (2 * share - share**2))


def leaving_per_month(plan: Plan, dose: Floats) -> Floats:
    """Chance that a subscriber unsubscribes at the end of 28 days."""
    return np.minimum(plan.effects.fatigue_unsubscribes * (dose + dose**2 / 4), 1.0)


def value_per_month(plan: Plan, dose: Floats) -> Floats:
    """Margin less cost less the value of those lost, EUR per living subscriber and 28 days."""
    law, money = PARAMETERS.frequency, PARAMETERS.spending
    order = money.order_shape * money.customer_scale / (money.customer_shape - 1)
    bought = money.margin * order * extra_per_month(plan, dose)
    return np.asarray(bought - law.mail_cost * dose - law.lost_value * leaving_per_month(plan, dose))


def draw_trial(plan: Plan, people: People, unsubscribed: Floats) -> Trial:
    """Hold the lot and draw when each customer has had enough."""
    law, size = PARAMETERS.frequency, plan.customers
    in_base = (people.signed_up < plan.trial) & (unsubscribed > plan.trial)
    arm = lot(plan.stream("frequency/arm"), size, (1 / len(law.doses),) * len(law.doses))
    chance = leaving_per_month(plan, np.asarray(law.doses, dtype=np.float64))[arm]
    draws = plan.stream("frequency/unsubscribes").random((law.months, size))
    stays = np.cumprod(draws >= chance, axis=0, dtype=np.int8)
    return Trial(
        moment=plan.trial,
        enrolled=in_base & chosen(plan.stream("frequency/enrolled"), size, law.enrolled),
        arm=arm,
        month_left=stays.sum(axis=0),
    )


def sends(people: People, trial: Trial, month: int, place: int) -> tuple[Flags, Floats]:
    """Say who gets the mail at this place of a month, and when: mails are spread evenly over the 28 days."""
    gets = trial.subscribed(month) & (place < trial.dose)
    day = np.floor(MONTH * (place + 0.5) / np.maximum(trial.dose, 1))
    return gets, np.asarray(trial.moment + MONTH * month + day + (HOUR - people.utc_offset) / 24)


def leave_trial(plan: Plan, people: People, trial: Trial, unsubscribed: Floats) -> Floats:
    """Give the moments of unsubscribing: within an hour after the last mail of the month in which one had enough."""
    delay = plan.stream("frequency/unsubscribe delay").uniform(1, 60, plan.customers) * MINUTE
    for month in range(PARAMETERS.frequency.months):
        leaves = trial.enrolled & (trial.month_left == month) & (trial.dose > 0)
        day = np.floor(MONTH * (trial.dose - 0.5) / np.maximum(trial.dose, 1))
        sent = trial.moment + MONTH * month + day + (HOUR - people.utc_offset) / 24
        unsubscribed = np.where(leaves, sent + delay, unsubscribed)
    return unsubscribed


def expected_extra(plan: Plan, ends: Floats, trial: Trial) -> Floats:
    """Expected extra orders of each customer over all months, had everybody the given dose: (doses, customers)."""
    doses = np.asarray(PARAMETERS.frequency.doses, dtype=np.float64)
    total = np.zeros((doses.size, plan.customers))
    for month in range(PARAMETERS.frequency.months):
        since = np.full(plan.customers, trial.moment + MONTH * month)
        living = overlap(since, since + MONTH, ends)
        staying = (1 - leaving_per_month(plan, doses)) ** month
        total += np.outer(extra_per_month(plan, doses) * staying, living)
    return total


def trial_orders(plan: Plan, ends: Floats, trial: Trial) -> ExtraOrders:
    """Superpose the extra orders of every month on the living who are subscribed when it begins."""
    expected = extra_per_month(plan, trial.dose.astype(np.float64))
    customers: list[Integers] = []
    moments: list[Floats] = []
    for month in range(PARAMETERS.frequency.months):
        draws = plan.stream(f"frequency/extra orders/{month}")
        counts = draws.poisson(np.where(trial.subscribed(month), expected, 0.0))
        since = np.full(plan.customers, trial.moment + MONTH * month)
        customers.append(owners(counts))
        moments.append(spread(draws, counts, since, since + MONTH))
    customer, moment = np.concatenate(customers), np.concatenate(moments)
    return ExtraOrders(customer, moment, moment < ends[customer])
