"""Surveys: who is asked, who answers, and what they say."""

from collections.abc import Iterator

import numpy as np

from .arrays import Flags, Floats, Integers
from .batches import Batch, Column
from .parameters import PARAMETERS
from .people import AGE_BANDS, People
from .plan import Plan
from .purchases import Buyers
from .scales import AFFECTION, RECOMMEND, SATISFACTION, Scale
from .streams import chosen

ITEMS: tuple[tuple[str, str, Scale], ...] = (
    ("satisfaction", "satisfaction", SATISFACTION),
    ("recommend", "recommend", RECOMMEND),
    ("affection", "affection_1", AFFECTION),
    ("affection", "affection_2", AFFECTION),
    ("affection", "affection_3", AFFECTION),
    ("affection", "affection_4", AFFECTION),
)
OLDEST = AGE_BANDS.index("55+")


def draw_attitude(plan: Plan, buyers: Buyers) -> Floats:
    """Draw each customer's attitude, standard normal, correlated with purchase rate only as far as planted.

    A normal sample put in the order of the rates is the rates' normal score; a Gaussian copula mixes it with noise.
    """
    draws = plan.stream("surveys/attitude")
    scores = np.empty(plan.customers)
    scores[np.argsort(buyers.rate, kind="stable")] = np.sort(draws.standard_normal(plan.customers))
    tie = plan.effects.attitude
    return np.asarray(tie * scores + np.sqrt(1 - tie**2) * draws.standard_normal(plan.customers))


def response_chance(plan: Plan, people: People, attitude: Floats) -> Floats:
    """Chance to answer when asked: logistic in attitude and in belonging to the 55+."""
    odds = PARAMETERS.surveying.intercept + plan.effects.response_attitude * attitude
    odds = odds + plan.effects.response_age * (people.age == OLDEST)
    return np.asarray(1 / (1 + np.exp(-odds)))


def surveys(plan: Plan, people: People, attitude: Floats, chance: Floats) -> Iterator[Batch]:
    """Hold every wave: a lot decides who is asked, the chance who answers, attitude and noise what is said."""
    for place, share in enumerate(PARAMETERS.surveying.waves):
        wave, moment = f"wave-{place + 1}", plan.at(share) + 10 / 24
        draws = plan.stream(f"surveys/{wave}")
        asked = (people.signed_up < moment) & chosen(draws, plan.customers, PARAMETERS.surveying.asked)
        answered = asked & (draws.random(plan.customers) < chance)
        answered_at = moment + np.minimum(draws.exponential(1.0, plan.customers), 6.0)
        everyone = np.arange(plan.customers, dtype=np.int32)
        sent: dict[str, Column] = {"channel": "email", "campaign": wave, "instrument": "relationship"}
        at = np.full(plan.customers, moment)
        yield Batch(f"surveys/{wave}", "Survey Sent", everyone, everyone, at, columns=sent).where(asked)
        yield from answers(plan, wave, attitude, answered_at, answered)


def answers(plan: Plan, wave: str, attitude: Floats, answered_at: Floats, answered: Flags) -> Iterator[Batch]:
    """Give one event per item and answer; noise is drawn for everybody."""
    everyone: Integers = np.arange(plan.customers, dtype=np.int32)
    for place, (instrument, item, scale) in enumerate(ITEMS):
        noise = plan.stream(f"surveys/{wave}/{item}").standard_normal(plan.customers)
        columns: dict[str, Column] = {
            "channel": "web",
            "campaign": wave,
            "instrument": instrument,
            "item": item,
            "score": scale.answer(attitude, noise),
        }
        moment = answered_at + place * 8 / 86_400
        part = f"surveys/{wave}/{item}"
        yield Batch(part, "Survey Answered", everyone, everyone, moment, columns=columns).where(answered)
