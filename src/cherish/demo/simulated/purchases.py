"""Own orders: Pareto/NBD customers with gamma-gamma spend, before anybody acts on them."""

from dataclasses import dataclass

import numpy as np

from .arrays import Floats, Integers, owners, spread
from .parameters import PARAMETERS
from .people import People
from .plan import Plan


@dataclass(frozen=True)
class Buyers:
    """The hidden values of each customer.

    `rate` and `dropout_rate` are per week, `lifetime` in weeks from the first order, `ends` the moment of dropout,
    `spend_rate` the nu of the customer's gamma-gamma spend (mean order = p / nu).
    """

    rate: Floats
    dropout_rate: Floats
    lifetime: Floats
    ends: Floats
    spend_rate: Floats


@dataclass(frozen=True)
class OwnOrders:
    """What customers would order if nothing shortened their life and no campaign touched them; first orders first."""

    customer: Integers
    moment: Floats


def draw_buyers(plan: Plan, people: People) -> Buyers:
    """Draw rates, lifetimes and spend levels (Schmittlein, Morrison & Colombo 1987; Colombo & Jiang 1999)."""
    law, money, size = PARAMETERS.purchasing, PARAMETERS.spending, plan.customers
    rate = plan.stream("purchases/rate").gamma(law.rate_shape, 1 / law.rate_scale, size)
    dropout_rate = plan.stream("purchases/dropout rate").gamma(law.dropout_shape, 1 / law.dropout_scale, size)
    lifetime = plan.stream("purchases/lifetime").exponential(1.0, size) / dropout_rate
    spend_rate = plan.stream("purchases/spend level").gamma(money.customer_shape, 1 / money.customer_scale, size)
    return Buyers(rate, dropout_rate, lifetime, people.first_order + 7 * lifetime, spend_rate)


def draw_own_orders(plan: Plan, people: People, buyers: Buyers) -> OwnOrders:
    """Draw the first order of everyone and the repeat orders until dropout or the end of the horizon."""
    until = np.minimum(buyers.ends, plan.days)
    draws = plan.stream("purchases/orders")
    counts = draws.poisson(buyers.rate * (until - people.first_order) / 7)
    everyone = np.arange(plan.customers, dtype=np.int32)
    repeats = spread(draws, counts, people.first_order, until)
    return OwnOrders(
        np.concatenate([everyone, owners(counts)]),
        np.concatenate([people.first_order, repeats]),
    )
