"""What campaigns cause: extra orders of the living, own orders destroyed, and the exact expectation of both."""

from dataclasses import dataclass

import numpy as np

from .arrays import Flags, Floats, Integers, overlap, owners, spread
from .campaigns import (
    ADVICE,
    CONTEXT,
    HOUR_FACTORS,
    NEIGHBOUR_FACTORS,
    SPRING,
    Drawn,
)
from .people import REGIONS, People
from .plan import Plan
from .purchases import Buyers, OwnOrders

SOUTH, WEST = REGIONS.index("south"), REGIONS.index("west")
OFFER_B_SHARE = 0.5


@dataclass(frozen=True)
class ExtraOrders:
    """Orders that something would cause: whose, when, and whether the customer lived to place them."""

    customer: Integers
    moment: Floats
    kept: Flags


def gain(plan: Plan, people: People, drawn: Drawn, arm: int) -> Floats:
    """Extra orders that this arm's mail causes in a customer who lives through the whole window."""
    effects, size = plan.effects, plan.customers
    if drawn.campaign is SPRING:
        return np.full(size, effects.campaign * (1.0 if arm == 0 else OFFER_B_SHARE))
    if drawn.campaign is CONTEXT:
        beside = 1 + effects.context_neighbour * (np.asarray(NEIGHBOUR_FACTORS) - 1)
        hourly = 1 + effects.context_hour * (np.asarray(HOUR_FACTORS) - 1)
        return np.asarray(effects.campaign * beside[drawn.neighbour] * hourly[drawn.hour])
    if drawn.campaign is ADVICE:
        return np.where(people.region == SOUTH, effects.uplift_gain, 0.0)
    return np.zeros(size)


def harm(plan: Plan, people: People, drawn: Drawn) -> Floats:
    """Share of own orders that the mail destroys in the window."""
    if drawn.campaign is ADVICE:
        return np.where(people.region == WEST, plan.effects.uplift_harm, 0.0)
    return np.zeros(plan.customers)


def true_effect(plan: Plan, people: People, buyers: Buyers, ends: Floats, drawn: Drawn, arm: int) -> Floats:
    """Expected change of each customer's orders in the window by this arm's mail, given rate and dropout moment."""
    closes = np.full(plan.customers, drawn.closes)
    share = overlap(drawn.sends, closes, ends)
    own = buyers.rate / 7 * share * (closes - drawn.sends)
    return np.asarray(gain(plan, people, drawn, arm) * share - harm(plan, people, drawn) * own)


def extra_orders(plan: Plan, people: People, ends: Floats, drawn: Drawn) -> ExtraOrders:
    """Superpose a Poisson process of extra orders on those who were mailed, and end it with their life."""
    expected = np.zeros(plan.customers)
    for arm in range(drawn.campaign.holdout):
        expected = np.where(drawn.mailed & (drawn.arm == arm), gain(plan, people, drawn, arm), expected)
    draws = plan.stream(f"campaigns/{drawn.campaign.name}/extra orders")
    counts = draws.poisson(expected)
    moment = spread(draws, counts, drawn.sends, np.full(plan.customers, drawn.closes))
    customer = owners(counts)
    return ExtraOrders(customer, moment, moment < ends[customer])


def destroyed(plan: Plan, people: People, drawn: Drawn, own: OwnOrders) -> Flags:
    """Mark the own orders that the mail destroys: each in the window by the same chance, on its own draw."""
    chance = np.where(drawn.mailed, harm(plan, people, drawn), 0.0)[own.customer]
    draws = plan.stream(f"campaigns/{drawn.campaign.name}/destroyed orders").random(own.moment.size)
    inside = (own.moment >= drawn.sends[own.customer]) & (own.moment < drawn.closes)
    return np.asarray(inside & (draws < chance))
