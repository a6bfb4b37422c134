"""Invitations: those that brought a customer, and those that did not."""

from collections.abc import Iterator

import numpy as np

from .arrays import Integers, owners, spread
from .batches import Batch, Column
from .parameters import PARAMETERS
from .people import People, k_factor
from .plan import Plan


def sign_up_events(people: People) -> Iterator[Batch]:
    """Identify every customer and record the sign-up, with the referrer where there is one."""
    everyone: Integers = np.arange(people.signed_up.size, dtype=np.int32)
    yield Batch("people/identify", "Identify", everyone, everyone, people.signed_up, "identify", True)
    columns: dict[str, Column] = {"channel": "web", "referrer_user_id": people.referrer}
    yield Batch("people/sign-up", "Signed Up", everyone, everyone, people.signed_up, "track", True, columns)


def invitations(plan: Plan, people: People) -> Iterator[Batch]:
    """Give the invitations: sent by the referrer between both sign-ups, and a Poisson number in vain."""
    columns: dict[str, Column] = {"channel": "email"}
    rows = people.referrer >= 0
    by = np.where(rows, people.referrer, 0).astype(np.int32)
    before = plan.stream("invitations/accepted").random(plan.customers)
    sent = people.signed_up[by] + before * (people.signed_up - people.signed_up[by])
    numbers = np.arange(plan.customers)
    yield Batch("invitations/accepted", "Invite Sent", numbers, by, sent, columns=columns).where(rows)
    law = PARAMETERS.inviting
    draws = plan.stream("invitations/in vain")
    counts = draws.poisson(max(law.invitations - k_factor(plan), 0.0), plan.customers)
    moment = spread(draws, counts, people.signed_up, people.signed_up + law.days)
    yield Batch("invitations/in vain", "Invite Sent", np.arange(moment.size), owners(counts), moment, columns=columns)
