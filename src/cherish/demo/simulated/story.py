"""The order in which the company's story unfolds: each part builds on hidden values of those before it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from . import campaigns, frequency, lift, mail, orders, purchases, service
from .arrays import Floats, Integers
from .batches import Batch, Labels
from .community import Members, community, draw_members
from .conversations import conversations
from .invitations import invitations, sign_up_events
from .layouts import layout_test
from .parameters import PARAMETERS
from .people import People, acquire
from .plan import Plan
from .surveys import draw_attitude, response_chance, surveys
from .targeting import pick
from .visits import order_sessions, visit_rate, visits


@dataclass(frozen=True)
class Story:
    """Everything that was drawn. `ends` are dropout moments after the harm of bad cases; `left` names, per customer,
    the mail after which one unsubscribed (-1: none) and `unsubscribed` when (infinite: never)."""

    people: People
    buyers: purchases.Buyers
    cases: service.Cases
    ends: Floats
    drawn: tuple[campaigns.Drawn, ...]
    trial: frequency.Trial
    unsubscribed: Floats
    left: Integers
    drafts: tuple[orders.Orders, ...]
    readers: mail.Readers
    attitude: Floats
    response: Floats
    visit_rate: Floats
    members: Members


MAILS = (*(campaign.name for campaign in campaigns.BY_LOT), campaigns.LOYALTY.name, frequency.NAME)


def tell(plan: Plan) -> Story:
    """Draw the whole story."""
    people = acquire(plan)
    buyers = purchases.draw_buyers(plan, people)
    cases = service.draw_cases(plan, people, buyers)
    ends = service.shorten_lives(plan, buyers, cases)
    departures = [np.full(plan.customers, np.inf)]
    drawn = list[campaigns.Drawn]()
    for campaign in campaigns.BY_LOT:
        drawn.append(campaigns.draw(plan, people, campaign, departures[-1]))
        departures.append(campaigns.leave(plan, drawn[-1], departures[-1]))
    drafts = order_drafts(plan, people, buyers, ends, drawn)
    drawn.append(pick(plan, people, departures[-1], [draft.placed() for draft in drafts]))
    departures.append(campaigns.leave(plan, drawn[-1], departures[-1]))
    trial = frequency.draw_trial(plan, people, departures[-1])
    departures.append(frequency.leave_trial(plan, people, trial, departures[-1]))
    drafts.append(extra_draft(plan, buyers, frequency.NAME, len(drafts), frequency.trial_orders(plan, ends, trial)))
    attitude = draw_attitude(plan, buyers)
    return Story(
        people=people,
        buyers=buyers,
        cases=cases,
        ends=ends,
        drawn=tuple(drawn),
        trial=trial,
        unsubscribed=departures[-1],
        left=last_mail(departures),
        drafts=tuple(drafts),
        readers=mail.draw_readers(plan),
        attitude=attitude,
        response=response_chance(plan, people, attitude),
        visit_rate=visit_rate(plan, people),
        members=draw_members(plan, people, ends),
    )


def order_drafts(
    plan: Plan, people: People, buyers: purchases.Buyers, ends: Floats, drawn: list[campaigns.Drawn]
) -> list[orders.Orders]:
    """Draw own orders, less those that a shorter life or a campaign takes away, and the extra orders of campaigns."""
    own = purchases.draw_own_orders(plan, people, buyers)
    kept = own.moment < ends[own.customer]
    for campaign in drawn:
        kept &= ~lift.destroyed(plan, people, campaign, own)
    drafts = [orders.price(plan, buyers, orders.OWN, 0, own.customer, own.moment, kept)]
    for campaign in drawn:
        extra = lift.extra_orders(plan, people, ends, campaign)
        drafts.append(extra_draft(plan, buyers, campaign.campaign.name, len(drafts), extra))
    return drafts


def extra_draft(plan: Plan, buyers: purchases.Buyers, cause: str, place: int, extra: lift.ExtraOrders) -> orders.Orders:
    """Price the orders that something caused."""
    return orders.price(plan, buyers, cause, place, extra.customer, extra.moment, extra.kept)


def last_mail(departures: list[Floats]) -> Integers:
    """Say after which mail each customer left: the step at which the moment of unsubscribing became finite."""
    finite = np.stack([np.isfinite(each) for each in departures])
    return np.where(finite[-1], len(MAILS) - finite[1:].sum(axis=0), -1)


def events(plan: Plan, story: Story) -> Iterator[Batch]:
    """Turn the story into events. Every batch is always given, if empty: its place numbers the message ids."""
    people = story.people
    yield from sign_up_events(people)
    yield from invitations(plan, people)
    for draft in story.drafts:
        yield from orders.order_events(draft)
        yield from order_sessions(plan, people, draft)
    yield from visits(plan, people, story.buyers, story.ends, story.visit_rate)
    yield from conversations(plan, story.cases, story.ends)
    yield from surveys(plan, people, story.attitude, story.response)
    yield from community(plan, story.members)
    yield from layout_test(plan, people)
    yield from mails(plan, story)


def mails(plan: Plan, story: Story) -> Iterator[Batch]:
    """Give the events of every campaign and of every mail of the frequency trial."""
    book = orders.merged([draft.placed() for draft in story.drafts])
    for drawn in story.drawn:
        if drawn.campaign is not campaigns.LOYALTY:
            yield mail.lots(drawn, story.people)
        yield from mail.mail_events(plan, mail.mailing(drawn, story.people), story.readers, book)
    yield mail.trial_lot(story.trial)
    for month in range(PARAMETERS.frequency.months):
        for place in range(max(PARAMETERS.frequency.doses)):
            sent = mail.trial_mailing(story.people, story.trial, month, place)
            yield from mail.mail_events(plan, sent, story.readers, book)
    yield mail.unsubscribes("mail/unsubscribes", Labels(MAILS, story.left), story.unsubscribed)
