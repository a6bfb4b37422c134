"""The customers themselves: when they came, from where, and what can be seen of them."""

from dataclasses import dataclass

import numpy as np

from .arrays import MINUTE, Flags, Floats, Integers
from .parameters import PARAMETERS
from .plan import Plan
from .streams import chosen, lot

AGE_BANDS = ("18-24", "25-34", "35-44", "45-54", "55+")
AGE_SHARES = (0.15, 0.25, 0.25, 0.20, 0.15)
AGE_HIDDEN_AT_MIDDLE = -1.7
COUNTRIES = ("GB", "DE", "US", "JP")
COUNTRY_SHARES = (0.30, 0.35, 0.25, 0.10)
UTC_OFFSETS = (0, 1, -5, 9)
"""Whole hours, the same all year: the company's planted hours know no daylight saving."""
REGIONS = ("north", "south", "east", "west")
REGION_SHARES = (0.25, 0.25, 0.25, 0.25)
DEVICES = ("mobile", "desktop")
DEVICE_SHARES = (0.6, 0.4)
CHANNELS = ("search", "social", "affiliate", "direct", "referral")
CHANNEL_SHARES = (0.35, 0.30, 0.15, 0.20, 0.0)
CHANNEL_COSTS = (8.0, 12.0, 6.0, 0.0, 3.0)
REFERRAL = CHANNELS.index("referral")


@dataclass(frozen=True)
class People:
    """One entry per customer, ordered by sign-up; codes index the module's labels.

    `first_order` is the moment from which purchase and dropout run; `referrer` is -1 where nobody invited.
    """

    signed_up: Floats
    first_order: Floats
    age: Integers
    age_hidden: Flags
    country: Integers
    region: Integers
    device: Integers
    channel: Integers
    cost_cents: Integers
    referrer: Integers
    recorded: Flags

    @property
    def utc_offset(self) -> Floats:
        """Hours by which each customer's clock is ahead of UTC."""
        return np.asarray(UTC_OFFSETS, dtype=np.float64)[self.country]


def acquire(plan: Plan) -> People:
    """Draw who the customers are and when they sign up."""
    people = plan.customers
    signed_up = sign_ups(plan)
    traits = plan.stream("people/traits")
    age, country, region, device, channel = (
        lot(traits, people, shares)
        for shares in (AGE_SHARES, COUNTRY_SHARES, REGION_SHARES, DEVICE_SHARES, CHANNEL_SHARES)
    )
    referrer = referrers(plan)
    channel = np.where(referrer >= 0, REFERRAL, channel).astype(np.int8)
    return People(
        signed_up=signed_up,
        first_order=signed_up + plan.stream("people/first order").uniform(2, 20, people) * MINUTE,
        age=age,
        age_hidden=plan.stream("people/age hidden").random(people) < age_hidden_chance(plan, age),
        country=country,
        region=region,
        device=device,
        channel=channel,
        cost_cents=costs(plan, channel),
        referrer=referrer,
        recorded=chosen(plan.stream("people/consent"), people, PARAMETERS.browsing.consent),
    )


def sign_ups(plan: Plan) -> Floats:
    """Draw sign-up moments whose density falls in a straight line to a third: 1.5 - x at the share x of the horizon.

    The last hour stays free so that every first order lies inside the horizon.
    """
    drawn = np.sort(plan.stream("people/sign-up").random(plan.customers))
    return np.asarray((1.5 - np.sqrt(2.25 - 2.0 * drawn)) * (plan.days - 60 * MINUTE))


def age_hidden_chance(plan: Plan, age: Integers) -> Floats:
    """Chance that the age band is missing: logistic in the band itself, so it is not missing at random."""
    odds = AGE_HIDDEN_AT_MIDDLE + plan.effects.age_hidden * (age.astype(np.float64) - 2.0)
    return np.asarray(1.0 / (1.0 + np.exp(-odds)))


def referrers(plan: Plan) -> Integers:
    """Draw who was invited by whom.

    Each newcomer is invited with chance k = invitations * referral, by one of those who came just before. Seen from the
    inviter, each of the next few newcomers is theirs with chance k / reach: a Poisson number with mean k.
    """
    people = plan.customers
    draws = plan.stream("people/referrer")
    invited = draws.random(people) < k_factor(plan)
    rank = np.arange(people)
    reach = np.minimum(rank, max(1, round(PARAMETERS.inviting.reach * people)))
    back = 1 + np.floor(draws.random(people) * reach).astype(np.int64)
    return np.where(invited & (rank > 0), rank - back, -1)


def k_factor(plan: Plan) -> float:
    """New customers per customer by invitation."""
    return PARAMETERS.inviting.invitations * plan.effects.referral


def costs(plan: Plan, channel: Integers) -> Integers:
    """Draw acquisition costs in cents: uniform within a quarter of the channel's mean."""
    around = plan.stream("people/cost").uniform(0.75, 1.25, plan.customers)
    return np.rint(np.asarray(CHANNEL_COSTS)[channel] * around * 100).astype(np.int64)
