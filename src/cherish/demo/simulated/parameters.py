"""The fixed numbers of the company: the laws that its customers follow whether or not effects are planted."""

from dataclasses import dataclass

from .planted import planted


@dataclass(frozen=True)
class Purchasing:
    """Pareto/NBD (Schmittlein, Morrison & Colombo 1987), time in weeks from the first order."""

    rate_shape: float = planted(1.1, "r, shape of the gamma of purchase rates")
    rate_scale: float = planted(11.0, "alpha, weeks; the mean rate is r / alpha")
    dropout_shape: float = planted(1.6, "s, shape of the gamma of dropout rates")
    dropout_scale: float = planted(80.0, "beta, weeks; the mean lifetime is beta / (s - 1)")


@dataclass(frozen=True)
class Spending:
    """Gamma-gamma spend (Colombo & Jiang 1999; Fader, Hardie & Lee 2005), independent of rate and lifetime."""

    order_shape: float = planted(6.25, "p, shape of an order's gamma")
    customer_shape: float = planted(3.74, "q, shape of the customers' gamma")
    customer_scale: float = planted(15.44, "gamma, EUR; the mean order is p * gamma / (q - 1)")
    margin: float = planted(0.4, "margin as a share of spend")
    refund_days: tuple[float, float] = planted((1.0, 21.0), "days from order to refund, uniform")


@dataclass(frozen=True)
class Browsing:
    """Visits: a Poisson process while the customer lives, recorded for those who consented."""

    consent: float = planted(0.3, "share of customers whose browsing is recorded")
    rate_shape: float = planted(2.0, "shape of the gamma of visit rates, independent of purchase rates")
    rate_mean: float = planted(0.2, "mean visits per week in the age band 35-44, besides those that end in an order")
    more_pages: float = planted(0.5, "chance of a further page: pages per session are geometric with mean 1 / (1 - it)")
    gap_seconds: float = planted(45.0, "median seconds between two pages of a session (lognormal)")
    gap_spread: float = planted(1.0, "standard deviation of the log of those seconds")


@dataclass(frozen=True)
class Mailing:
    """What holds for every mail."""

    window_days: float = planted(14.0, "days from the lot within which a campaign acts")
    human_opens: float = planted(0.25, "chance that a person opens a mail")
    idle_clicks: float = planted(0.02, "chance that a person clicks who does not order within 7 days")
    unsubscribes: float = planted(0.002, "chance to unsubscribe after a mail of a campaign")
    targeted: float = planted(0.3, "share of the base that gets the loyalty mail")


@dataclass(frozen=True)
class Frequency:
    """The trial of contact frequency: a lot over doses of mails per 28 days."""

    doses: tuple[int, ...] = planted((0, 1, 2, 4, 7), "mails per 28 days, equally likely")
    months: int = planted(3, "periods of 28 days")
    enrolled: float = planted(0.3, "share of the base that takes part, by lot")
    best_for_orders: float = planted(5.0, "b in extra orders = fatigue_orders * (2 d / b - (d / b)^2)")
    mail_cost: float = planted(0.02, "EUR per mail")
    lost_value: float = planted(8.0, "EUR of future margin that an unsubscribed customer is worth")


@dataclass(frozen=True)
class Surveying:
    """Surveys: a latent attitude, standard normal, shows in items with noise."""

    waves: tuple[float, ...] = planted((0.35, 0.6, 0.9), "moments of the surveys as shares of the horizon")
    asked: float = planted(0.4, "share of the base asked in each wave, by lot")
    loading: float = planted(0.75, "correlation of attitude with each item before it is rounded to the scale")
    intercept: float = planted(-1.0, "log odds of answering at attitude 0 below the age of 55")
    satisfaction: tuple[float, float, int, int] = planted((3.7, 0.9, 1, 5), "mean, spread, lowest, highest")
    recommend: tuple[float, float, int, int] = planted((7.2, 2.2, 0, 10), "mean, spread, lowest, highest")
    affection: tuple[float, float, int, int] = planted((3.3, 1.0, 1, 5), "mean, spread, lowest, highest; four items")


@dataclass(frozen=True)
class Community:
    """The community: opened for the last 12 weeks, members are drawn from the living."""

    days: float = planted(84.0, "days from its opening to the end")
    members: float = planted(0.6, "share of the living who join, by lot")
    creators: float = planted(0.05, "share of members who write posts")
    contributors: float = planted(0.15, "share of members who only comment")
    lurkers: float = planted(0.50, "share of members who only read")
    index: float = planted(1.5, "Pareto index: P(at least k contributions) = k^-index")
    most: int = planted(1000, "contributions beyond this are cut off")
    reads: float = planted(3.0, "mean reads of an active member beyond the first")


@dataclass(frozen=True)
class Inviting:
    """Invitations: the k-factor is invitations per customer times `Effects.referral`."""

    invitations: float = planted(0.4, "mean invitations per customer (Poisson)")
    reach: float = planted(0.02, "a newcomer's referrer is one of this share of all customers that came just before")
    days: float = planted(14.0, "days after sign-up within which fruitless invitations are sent")


@dataclass(frozen=True)
class Serving:
    """Service cases: a Poisson process while the customer lives."""

    rate: float = planted(0.012, "cases per week")
    bad: float = planted(0.5, "chance that a case goes badly without the quality fix")
    answer_minutes: tuple[float, float] = planted(
        (30.0, 10.0), "median minutes to the first answer: usual, quality fix"
    )
    answer_spread: float = planted(1.0, "standard deviation of the log of those minutes")
    resolve_days: float = planted(1.0, "mean days from answer to resolution (exponential)")
    reopened: float = planted(0.12, "chance that a resolved case is reopened once")
    rated: float = planted(0.4, "chance that a case is rated: 1 or 2 of 5 if it went badly, else 4 or 5")
    agents: int = planted(12, "number of agents")


@dataclass(frozen=True)
class Parameters:
    """All fixed numbers, one family each."""

    purchasing: Purchasing = Purchasing()
    spending: Spending = Spending()
    browsing: Browsing = Browsing()
    mailing: Mailing = Mailing()
    frequency: Frequency = Frequency()
    surveying: Surveying = Surveying()
    community: Community = Community()
    inviting: Inviting = Inviting()
    serving: Serving = Serving()


PARAMETERS = Parameters()
"""The numbers in force."""
