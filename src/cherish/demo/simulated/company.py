"""The simulated company and its front door."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from .assemble import Assembly, microseconds
from .effects import Effects
from .people import AGE_BANDS, CHANNELS, COUNTRIES, DEVICES, REGIONS, People
from .plan import Plan
from .schema import CUSTOMERS
from .story import events, tell
from .summary import summarise
from .texts import labelled, money, numbered
from .truth import Truth, campaign_effects, case_table, hidden_customers, order_causes, trial_effects


@dataclass(frozen=True)
class Company:
    """A company whose true effects are known.

    `events` is the flat log sorted by time, `customers` what the company knows of them, `truth` what it can't know.
    """

    events: pa.Table
    customers: pa.Table
    truth: Truth


def simulate(
    customers: int = 5_000,
    *,
    seed: int = 1,
    days: int = 728,
    start: date = date(2024, 1, 1),
    effects: Effects = Effects(),  # noqa: B008 - frozen, and the signature shows the default
) -> Company:
    """Simulate a company; the same arguments give the same company, bit for bit.

    Args:
        customers: how many customers are acquired over the horizon, 100 to 10,000,000.
        seed: the seed of every draw.
        days: the horizon, at least 364; all events lie in [start, start + days).
        start: the first day, from midnight UTC.
        effects: what is planted; see `Effects`.
    """
    plan = Plan(customers, seed, days, start, effects)
    assembly, known, truth = drawn(plan)
    return Company(assembly.table(), known, truth)


def drawn(plan: Plan) -> tuple[Assembly, pa.Table, Truth]:
    """Draw everything; the story is let go before the log is written, which at a million customers saves a gibibyte."""
    story = tell(plan)
    truth = Truth(
        customers=hidden_customers(plan, story),
        effects=campaign_effects(plan, story),
        trial=trial_effects(plan, story),
        orders=order_causes(story, plan.salt),
        cases=case_table(story),
        numbers=summarise(plan, story),
    )
    return Assembly(plan, events(plan, story)), known_customers(plan, story.people), truth


def known_customers(plan: Plan, people: People) -> pa.Table:
    """Tabulate what the company knows of its customers."""
    created = microseconds(people.signed_up) + plan.start_microseconds
    columns = {
        "user_id": numbered("c", np.arange(plan.customers)),
        "created_at": pa.array(created).cast(pa.timestamp("us")),
        "age_band": labelled(AGE_BANDS, np.where(people.age_hidden, -1, people.age)),
        "country": labelled(COUNTRIES, people.country),
        "region": labelled(REGIONS, people.region),
        "device": labelled(DEVICES, people.device),
        "utc_offset_hours": pa.array(people.utc_offset.astype(np.int16)),
        "acquisition_channel": labelled(CHANNELS, people.channel),
        "acquisition_cost": money(people.cost_cents),
        "referrer_user_id": numbered("c", people.referrer, valid=people.referrer >= 0),
        "browsing_consent": pa.array(people.recorded),
    }
    return pa.table(columns, schema=CUSTOMERS)
