"""The e-mail campaigns: their arms, who was drawn into which, and when each mail was sent."""

from dataclasses import dataclass

import numpy as np

from .arrays import MINUTE, Flags, Floats, Integers
from .parameters import PARAMETERS
from .people import People
from .plan import Plan
from .streams import lot


@dataclass(frozen=True)
class Campaign:
    """A campaign by lot. The last arm is the holdout; `at` is the moment of the lot as a share of the horizon."""

    name: str
    at: float
    arms: tuple[str, ...]
    probabilities: tuple[float, ...]

    @property
    def holdout(self) -> int:
        """The code of the arm that gets no mail."""
        return len(self.arms) - 1


SPRING = Campaign("spring-offer", 0.45, ("offer A", "offer B", "holdout"), (0.4, 0.4, 0.2))
CONTEXT = Campaign("context-offer", 0.50, ("offer", "holdout"), (0.5, 0.5))
ADVICE = Campaign("advice", 0.55, ("advice", "holdout"), (0.5, 0.5))
DIGEST = Campaign("digest", 0.60, ("digest", "holdout"), (0.8, 0.2))
BY_LOT = (SPRING, CONTEXT, ADVICE, DIGEST)
LOYALTY = Campaign("loyalty", 0.66, ("loyal customers", "not chosen"), (0.3, 0.7))
"""Not by lot: see `targeting`. Its probabilities only say how long the list is."""

HOURS = (8, 12, 18, 21)
HOUR_SHARES = (0.25, 0.25, 0.25, 0.25)
HOUR_FACTORS = (0.6, 0.8, 1.2, 1.4)
NEIGHBOURS = ("none", "brand story", "discount")
NEIGHBOUR_SHARES = (1 / 3, 1 / 3, 1 / 3)
NEIGHBOUR_FACTORS = (1.0, 1.6, 0.4)
"""Factors average one under the lot, so the interaction moves no average."""


@dataclass(frozen=True)
class Drawn:
    """One campaign's lot over all customers: arm, local hour and neighbouring message, and when the mail would be sent.

    Everyone is drawn, also those who are not in the base: so no lot depends on who was reached before.
    """

    campaign: Campaign
    moment: float
    in_base: Flags
    arm: Integers
    hour: Integers
    neighbour: Integers
    sends: Floats

    @property
    def mailed(self) -> Flags:
        """Who is sent the mail."""
        return np.asarray(self.in_base & (self.arm != self.campaign.holdout))

    @property
    def closes(self) -> float:
        """The end of the window in which the campaign acts and is measured."""
        return self.moment + PARAMETERS.mailing.window_days


def draw(plan: Plan, people: People, campaign: Campaign, unsubscribed: Floats) -> Drawn:
    """Hold the lot of one campaign among those who have signed up and have not unsubscribed."""
    moment = plan.at(campaign.at)
    size, part = plan.customers, f"campaigns/{campaign.name}"
    hour = lot(plan.stream(f"{part}/hour"), size, HOUR_SHARES)
    return Drawn(
        campaign=campaign,
        moment=moment,
        in_base=(people.signed_up < moment) & (unsubscribed > moment),
        arm=lot(plan.stream(f"{part}/arm"), size, campaign.probabilities),
        hour=hour,
        neighbour=lot(plan.stream(f"{part}/neighbour"), size, NEIGHBOUR_SHARES),
        sends=sending(moment, np.asarray(HOURS)[hour], people),
    )


def sending(moment: float, hour: Integers, people: People) -> Floats:
    """Give the UTC moment of a local hour on the day after `moment`."""
    return np.asarray(moment + 1 + (hour - people.utc_offset) / 24)


def leave(plan: Plan, drawn: Drawn, unsubscribed: Floats) -> Floats:
    """Give the moments of unsubscribing after this campaign: within an hour of its mail."""
    draws = plan.stream(f"campaigns/{drawn.campaign.name}/unsubscribes")
    leaves = (draws.random(plan.customers) < PARAMETERS.mailing.unsubscribes) & drawn.mailed
    moment = drawn.sends + draws.uniform(1, 60, plan.customers) * MINUTE
    return np.where(leaves, moment, unsubscribed)
