"""The loyalty mail: picked by past spend instead of by lot, and without any effect."""

import numpy as np

from .arrays import Flags, Floats, Integers
from .campaigns import LOYALTY, Drawn, draw
from .orders import Orders
from .parameters import PARAMETERS
from .people import People
from .plan import Plan
from .streams import chosen

LOOKBACK_DAYS = 180.0


def pick(plan: Plan, people: People, unsubscribed: Floats, books: list[Orders]) -> Drawn:
    """Pick the list: the heaviest spenders of the last 180 days, or, for the share that is not targeted, by lot."""
    drawn = draw(plan, people, LOYALTY, unsubscribed)
    heavy = heaviest(drawn.in_base, past_spend(plan, books, drawn.moment))
    by_spend = chosen(plan.stream("campaigns/loyalty/targeted"), plan.customers, plan.effects.targeting)
    arm = np.where(by_spend, np.where(heavy, 0, 1), drawn.arm).astype(np.int8)
    return Drawn(LOYALTY, drawn.moment, drawn.in_base, arm, drawn.hour, drawn.neighbour, drawn.sends)


def past_spend(plan: Plan, books: list[Orders], moment: float) -> Floats:
    """Sum each customer's orders of the lookback, in cents, before refunds."""
    total = np.zeros(plan.customers)
    for book in books:
        inside = book.since(moment - LOOKBACK_DAYS, moment)
        total += np.bincount(book.customer[inside], weights=book.cents[inside], minlength=plan.customers)
    return total


def heaviest(in_base: Flags, spend: Floats) -> Flags:
    """Mark the targeted share of the base with the highest spend; ties go to the earlier customer."""
    members: Integers = np.flatnonzero(in_base)
    ranked = members[np.argsort(-spend[members], kind="stable")]
    marks = np.zeros(in_base.size, dtype=np.bool_)
    marks[ranked[: round(PARAMETERS.mailing.targeted * members.size)]] = True
    return marks
