"""States of a customer that a measure names and a report counts: the parameters that both share, and the labels."""

from __future__ import annotations

from cherish.spec.definition import NAMES, REAL, WHOLE, WINDOW, Definition, parameter
from cherish.spec.names import (
    COMPANY_TURNS,
    CONTACTS,
    CONTRIBUTES,
    CREATES,
    REACHES,
    REFERRALS,
    REPLIES,
    REVIEWS,
    SHARES,
    VIEWS,
)

ROLES = ("inactive", "lurker", "contributor", "creator")
"""The roles of a community's members, from the least to the most."""
RUNGS = ("reached", "interacted", "known", "repeated", "reciprocal", "satisfied", "advocate")
"""The rungs of the relationship ladder, from the lowest up."""
LEGS = ("repeated", "satisfied", "strengthening")
"""What Shevlin's definition stands on."""


class OfCommunity(Definition):
    """What makes the role of a community's member."""

    also: tuple[str, ...] = parameter((), "traits that count as a contribution each: UpVotes>=1|DownVotes>=1", NAMES)
    contributes: tuple[str, ...] = parameter(CONTRIBUTES, "events that add to what others started", NAMES)
    creates: tuple[str, ...] = parameter(CREATES, "events that start something others can see", NAMES)
    joined: tuple[str, ...] = parameter(("Community Joined",), "events that make a member", NAMES)
    lurker_posts: int = parameter(0, "up to how many posts a lurker may have", WHOLE, least=0)
    visits: tuple[str, ...] = parameter((*VIEWS, "Community Joined"), "events that show that somebody was there", NAMES)
    window: int | None = parameter(84, "how many days back from the moment", WINDOW)


class OfRelationship(Definition):
    """What makes the rungs of the relationship ladder."""

    active: str | None = parameter(None, "events that are the customer's own acts; all but the company's if left out")
    apart: int = parameter(7, "days that two acts of a repeated customer lie apart at least", WHOLE, least=1)
    company_turns: tuple[str, ...] = parameter(COMPANY_TURNS, "turns of the company in conversations", NAMES)
    contacts: tuple[str, ...] = parameter(CONTACTS, "turns of the customer in conversations", NAMES)
    reaches: tuple[str, ...] = parameter(REACHES, "events by which the company reaches out", NAMES)
    recommend: float = parameter(9.0, "from which answer of 0 to 10 on somebody would recommend", REAL)
    recommend_by: tuple[str, ...] = parameter(("recommend",), "surveys with the item recommend", NAMES)
    referrals: tuple[str, ...] = parameter(REFERRALS, "invitations by name", NAMES)
    replies: tuple[str, ...] = parameter(REPLIES, "replies to what the company sent", NAMES)
    reviews: tuple[str, ...] = parameter(REVIEWS, "reviews", NAMES)
    satisfied: float = parameter(4.0, "from which mean of 1 to 5 on somebody is satisfied", REAL)
    satisfied_by: tuple[str, ...] = parameter(("satisfaction", "service"), "surveys with the item satisfaction", NAMES)
    shares: tuple[str, ...] = parameter(SHARES, "telling others", NAMES)
    window: int | None = parameter(365, "how many days back from the moment", WINDOW)


class OfBond(Definition):
    """What makes interactions repeated, satisfying, and strengthening a bond."""

    active: str = parameter("core", "the named set of events that are interactions, or event names joined by |")
    emotion: str = parameter("affection", "the instrument (or instrument.item) that asks about the bond")
    least_answers: int = parameter(2, "so many answers make satisfaction known", WHOLE, least=1)
    least_interactions: int = parameter(3, "so many interactions are repeated", WHOLE, least=1)
    satisfaction: str = parameter("satisfaction", "the instrument (or instrument.item) that asks about satisfaction")
    satisfied_from: float | None = parameter(
        None, "the least mean of a satisfied customer, on the instrument's scale (4, of 1 to 5)", REAL
    )
    survey_window: int | None = parameter(365, "how many days back answers count", WINDOW)
    window: int | None = parameter(90, "how many days back interactions count", WINDOW)
