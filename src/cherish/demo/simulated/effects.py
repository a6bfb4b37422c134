"""The planted effects: one field each, all of them switched off by zero."""

from dataclasses import dataclass, fields

from .planted import planted


@dataclass(frozen=True)
class Effects:
    """What is planted in the company. Zero switches a field off and leaves every other draw as it was.

    `dataclasses.replace(Effects(), campaign=0.0)` switches off one, `Effects.none()` all.
    """

    campaign: float = planted(
        0.20,
        "extra orders in 14 days per living receiver of offer A, and on average of the context offer; offer B has half",
    )
    context_neighbour: float = planted(
        1.0, "strength (0 to 1) of the interaction between the context offer and the message beside it"
    )
    context_hour: float = planted(1.0, "strength (0 to 1) of the interaction between the context offer and its hour")
    uplift_gain: float = planted(0.30, "extra orders in 14 days per living receiver of the advice in the south")
    uplift_harm: float = planted(0.50, "share of own orders in those 14 days that the advice destroys in the west")
    intent_clicks: float = planted(
        0.60, "share of receivers who order anyway within 7 days and click in the mail on the way"
    )
    machine_opens: float = planted(0.45, "share of customers whose mailbox opens every mail by itself")
    scanner_clicks: float = planted(0.05, "share of customers whose mail scanner clicks in every mail")
    targeting: float = planted(1.0, "share of the loyalty mail's list that is picked by past spend, the rest by lot")
    fatigue_orders: float = planted(0.15, "extra orders per living subscriber and 28 days at the best dose for orders")
    fatigue_unsubscribes: float = planted(
        0.004, "u in the chance u * (dose + dose^2 / 4) to unsubscribe in 28 days of the frequency trial"
    )
    lost_exposures: float = planted(0.12, "share of the checkout test's new layout exposures that are never recorded")
    attitude: float = planted(0.5, "correlation of attitude with purchase rate (of normal scores)")
    response_attitude: float = planted(0.6, "slope of attitude in the log odds of answering a survey")
    response_age: float = planted(0.8, "gain of the 55+ in the log odds of answering a survey")
    age_visits: float = planted(0.25, "fall of the log visit rate from one age band to the next")
    age_hidden: float = planted(0.5, "rise of the log odds of a missing age band from one age band to the next")
    service_harm: float = planted(1.5, "relative rise of the dropout rate after a first case that went badly")
    service_fix: float = planted(0.3, "fall of the chance of a bad case under the quality fix, drawn by lot")
    refunds: float = planted(0.06, "chance that an order is refunded in full")
    referral: float = planted(0.15, "share of invitations that bring a new customer")

    def __post_init__(self) -> None:
        """Refuse what the generator could not plant."""
        for each in fields(self):
            value = getattr(self, each.name)
            limit = 1.0 if each.name in SHARES else 10.0
            if not 0.0 <= value <= limit:
                raise ValueError(f"Effects.{each.name} is {value}; give a number from 0 to {limit}")

    @classmethod
    def none(cls) -> "Effects":
        """Plant nothing: what remains are the plain processes and lots without consequence."""
        return cls(**{each.name: 0.0 for each in fields(cls)})


SHARES = frozenset(
    {
        "context_neighbour",
        "context_hour",
        "uplift_harm",
        "intent_clicks",
        "machine_opens",
        "scanner_clicks",
        "targeting",
        "lost_exposures",
        "attitude",
        "service_fix",
        "refunds",
        "referral",
    }
)
"""The effects that are shares or strengths and can't exceed one."""
