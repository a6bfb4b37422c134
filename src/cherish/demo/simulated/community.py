"""The community: who joins in which role, and what they post, comment and read."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .arrays import Flags, Floats, Integers, owners
from .batches import Batch, Column
from .parameters import PARAMETERS
from .people import People
from .plan import Plan
from .streams import chosen, lot

ROLES = ("creator", "contributor", "lurker", "inactive")
CREATOR, CONTRIBUTOR, LURKER, INACTIVE = range(4)
EDITORIAL = 10
"""Content numbers below this are the company's own opening posts."""


@dataclass(frozen=True)
class Members:
    """Role drawn for each customer, whether they are members, and from when to when they take part."""

    role: Integers
    member: Flags
    joined: Floats
    until: Floats


def draw_members(plan: Plan, people: People, ends: Floats) -> Members:
    """Draw members among those who live when the community opens; roles by lot, unrelated to buying."""
    law, size = PARAMETERS.community, plan.customers
    inactive = 1 - law.creators - law.contributors - law.lurkers
    living = (people.signed_up < plan.community) & (ends > plan.community)
    member = living & chosen(plan.stream("community/member"), size, law.members)
    role = lot(plan.stream("community/role"), size, (law.creators, law.contributors, law.lurkers, inactive))
    until = np.where(member, np.minimum(ends, plan.days), plan.days)
    room = np.minimum(28.0, until - plan.community)
    joined = plan.community + plan.stream("community/joined").random(size) * room
    return Members(role, member, joined, until)


def contributions(plan: Plan, part: str, counted: Flags) -> Integers:
    """Draw Pareto counts: P(at least k) = k^-index, cut at the most; zero for those who are not counted."""
    law = PARAMETERS.community
    drawn = np.floor((1 - plan.stream(part).random(plan.customers)) ** (-1 / law.index))
    return np.where(counted, np.minimum(drawn, law.most), 0).astype(np.int64)


def community(plan: Plan, members: Members) -> Iterator[Batch]:
    """Give joins, posts, comments and reads. Counts are drawn by role for all customers, then kept for members."""
    everyone = np.arange(plan.customers, dtype=np.int32)
    web: dict[str, Column] = {"channel": "community"}
    yield Batch("community/joined", "Community Joined", everyone, everyone, members.joined, columns=web).where(
        members.member
    )
    posts = contributions(plan, "community/posts", members.role == CREATOR)
    author, posted, shown = placed(plan, "community/post moments", members, posts)
    number = EDITORIAL + np.arange(author.size)
    yield Batch("community/posts", "Post Created", number, author, posted, columns={**web, "content_id": number}).where(
        shown
    )
    there = np.argsort(posted[shown], kind="stable")
    content, since = number[shown][there], posted[shown][there]
    comments = contributions(plan, "community/comments", members.role == CONTRIBUTOR)
    yield about(plan, "community/comments", "Comment Created", members, comments, content, since)
    reads = 1 + plan.stream("community/reads").poisson(PARAMETERS.community.reads, plan.customers)
    reads = np.where(members.role != INACTIVE, reads, 0)
    yield about(plan, "community/reads", "Content Viewed", members, reads, content, since)


def placed(plan: Plan, part: str, members: Members, counts: Integers) -> tuple[Integers, Floats, Flags]:
    """Place acts uniformly between joining and the end; returns actor, moment and whether the actor is a member."""
    actor = owners(counts)
    share = plan.stream(part).random(actor.size)
    moment = members.joined[actor] + share * (members.until - members.joined)[actor]
    return actor, moment, members.member[actor]


def about(
    plan: Plan, part: str, name: str, members: Members, counts: Integers, content: Integers, since: Floats
) -> Batch:
    """Give acts about content that exists by then, each equally likely; the opening posts always do."""
    actor, moment, shown = placed(plan, f"{part}/moments", members, counts)
    choices = EDITORIAL + np.searchsorted(since, moment)
    which = np.floor(plan.stream(f"{part}/content").random(actor.size) * choices).astype(np.int64)
    known = np.concatenate([np.arange(EDITORIAL), content])
    columns: dict[str, Column] = {"channel": "community", "content_id": known[which]}
    return Batch(part, name, np.arange(actor.size), actor, moment, columns=columns).where(shown)
