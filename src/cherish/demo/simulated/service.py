"""Service cases: how they go, by lot, and what a bad one does to the rest of the customer's life."""

from dataclasses import dataclass

import numpy as np

from .arrays import Flags, Floats, Integers, owners, spread
from .parameters import PARAMETERS
from .people import People
from .plan import Plan
from .purchases import Buyers

LANES = ("usual", "quality fix")
QUALITY_FIX = 1


@dataclass(frozen=True)
class Cases:
    """One entry per case that would be opened in the undisturbed life; `first` marks each customer's first."""

    customer: Integers
    moment: Floats
    first: Flags
    lane: Integers
    bad: Flags


def draw_cases(plan: Plan, people: People, buyers: Buyers) -> Cases:
    """Draw cases, the lane of each by lot, and whether it goes badly."""
    until = np.minimum(buyers.ends, plan.days)
    draws = plan.stream("service/cases")
    counts = draws.poisson(PARAMETERS.serving.rate * (until - people.first_order) / 7)
    customer = owners(counts)
    moment = spread(draws, counts, people.first_order, until)
    order = np.lexsort((moment, customer))
    customer, moment = customer[order], moment[order]
    lane = plan.stream("service/lane").integers(0, 2, customer.size, dtype=np.int8)
    chance = PARAMETERS.serving.bad - plan.effects.service_fix * (lane == QUALITY_FIX)
    first = np.ones(customer.size, dtype=np.bool_)
    first[1:] = customer[1:] != customer[:-1]
    return Cases(customer, moment, first, lane, plan.stream("service/bad").random(customer.size) < chance)


def shorten_lives(plan: Plan, buyers: Buyers, cases: Cases) -> Floats:
    """Give each customer's dropout moment once bad first cases have done their harm.

    From a bad first case on, the dropout rate is (1 + service_harm) times the old one. Dividing the rest of the life by
    that factor has exactly this law, and reuses the life already drawn.
    """
    ends = buyers.ends.copy()
    worse = cases.first & cases.bad
    who, since = cases.customer[worse], cases.moment[worse]
    ends[who] = since + (ends[who] - since) / (1 + plan.effects.service_harm)
    return ends
