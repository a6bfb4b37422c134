"""The checkout test: a lot without effect, records of one arm partly lost (a planted sample-ratio mismatch)."""

from collections.abc import Iterator

import numpy as np

from .arrays import Integers
from .batches import Batch, Column, Labels
from .people import People
from .plan import Plan
from .streams import chosen

EXPERIMENT = "checkout-layout"
ARMS = ("old layout", "new layout")
AT = 0.40
SHOWN = 0.5


def layout_test(plan: Plan, people: People) -> Iterator[Batch]:
    """Record the exposures of half the base, less those of the new layout that are lost."""
    size, moment = plan.customers, plan.at(AT)
    draws = plan.stream("layouts")
    arm = draws.integers(0, 2, size, dtype=np.int8)
    shown = chosen(draws, size, SHOWN) & (people.signed_up < moment)
    recorded = (arm == 0) | (draws.random(size) >= plan.effects.lost_exposures)
    everyone: Integers = np.arange(size, dtype=np.int32)
    columns: dict[str, Column] = {"channel": "web", "experiment": EXPERIMENT, "variation": Labels(ARMS, arm)}
    at = moment + draws.random(size)
    yield Batch("layouts", "Experiment Viewed", everyone, everyone, at, columns=columns).where(shown & recorded)
