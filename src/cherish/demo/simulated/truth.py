"""The truth behind the log: hidden values per customer, true effects, and what caused each order."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from . import frequency
from .arrays import Floats
from .assemble import order_ids
from .community import ROLES
from .lift import SOUTH, WEST, true_effect
from .parameters import PARAMETERS
from .people import AGE_BANDS
from .plan import Plan
from .service import LANES
from .story import Story
from .texts import labelled, numbered

UPLIFT_SEGMENTS = ("persuadable", "put off", "unmoved")
DAYS_PER_WEEK = 7


@dataclass(frozen=True)
class Truth:
    """What was planted.

    `customers`: one row per customer with its hidden values. `effects`: one row per campaign by lot, message arm and
    customer in its base, with the customer's true effect: the expected change of orders in the campaign's window had
    this customer been sent that message, given purchase rate and dropout moment. `trial`: the same for the doses of the
    frequency trial, over all its months. `orders`: what caused each order. `cases`: which service cases went badly.
    """

    customers: pa.Table
    effects: pa.Table
    trial: pa.Table
    orders: pa.Table
    cases: pa.Table
    numbers: Mapping[str, Any]

    def summary(self) -> dict[str, Any]:
        """Give every planted parameter, effect and average as plain JSON values."""
        return dict(self.numbers)


def hidden_customers(plan: Plan, story: Story) -> pa.Table:
    """Tabulate the hidden values; rates per week, lifetimes in weeks, money in EUR."""
    people, buyers, money = story.people, story.buyers, PARAMETERS.spending
    segment = np.where(people.region == SOUTH, 0, np.where(people.region == WEST, 1, 2))
    role = np.where(story.members.member, story.members.role, -1)
    return pa.table(
        {
            "user_id": numbered("c", np.arange(plan.customers)),
            "purchase_rate": buyers.rate,
            "dropout_rate": buyers.dropout_rate,
            "lifetime_weeks": (story.ends - people.first_order) / DAYS_PER_WEEK,
            "lifetime_weeks_without_harm": buyers.lifetime,
            "alive_at_end": story.ends >= plan.days,
            "mean_order": money.order_shape / buyers.spend_rate,
            "visit_rate": story.visit_rate,
            "attitude": story.attitude,
            "response_chance": story.response,
            "age_band": labelled(AGE_BANDS, people.age),
            "uplift_segment": labelled(UPLIFT_SEGMENTS, segment),
            "community_role": labelled(ROLES, role),
            "machine_opens": story.readers.machine,
            "scanner_clicks": story.readers.scanner,
        }
    )


def campaign_effects(plan: Plan, story: Story) -> pa.Table:
    """Tabulate true effects of every campaign: in its base, per message arm."""
    tables = []
    for drawn in story.drawn:
        base = np.flatnonzero(drawn.in_base)
        given = labelled(drawn.campaign.arms, drawn.arm[base])
        for arm in range(drawn.campaign.holdout):
            effect = true_effect(plan, story.people, story.buyers, story.ends, drawn, arm)[base]
            columns = {
                "campaign": pa.array([drawn.campaign.name]).take(pa.array(np.zeros(base.size, dtype=np.int8))),
                "user_id": numbered("c", base),
                "given": given,
                "variation": labelled(drawn.campaign.arms, np.full(base.size, arm, dtype=np.int8)),
                "effect": effect,
            }
            tables.append(pa.table(columns))
    return pa.concat_tables(tables)


def trial_effects(plan: Plan, story: Story) -> pa.Table:
    """Tabulate the expected extra orders of those enrolled in the frequency trial, one column per dose."""
    enrolled = np.flatnonzero(story.trial.enrolled)
    expected: Floats = frequency.expected_extra(plan, story.ends, story.trial)[:, enrolled]
    columns: dict[str, Any] = {
        "user_id": numbered("c", enrolled),
        "given": labelled(frequency.ARMS, story.trial.arm[enrolled]),
    }
    return pa.table({**columns, **dict(zip(frequency.ARMS, expected, strict=True))})


def order_causes(story: Story, salt: int) -> pa.Table:
    """Tabulate the cause of every order in the log."""
    placed = [draft.placed() for draft in story.drafts]
    causes = tuple(draft.cause for draft in placed)
    codes = np.repeat(np.arange(len(placed), dtype=np.int8), [draft.number.size for draft in placed])
    numbers = np.concatenate([draft.number for draft in placed])
    customer = np.concatenate([draft.customer for draft in placed])
    return pa.table(
        {
            "order_id": order_ids(numbers, salt),
            "user_id": numbered("c", customer),
            "cause": labelled(causes, codes),
        }
    )


def case_table(story: Story) -> pa.Table:
    """Tabulate the service cases in the log: lane, whether first, whether bad."""
    cases = story.cases
    opened = cases.moment < story.ends[cases.customer]
    return pa.table(
        {
            "case_id": numbered("k", np.flatnonzero(opened)),
            "user_id": numbered("c", cases.customer[opened]),
            "first": cases.first[opened],
            "variation": labelled(LANES, cases.lane[opened]),
            "bad": cases.bad[opened],
        }
    )
