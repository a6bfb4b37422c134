"""Of each week's customers, who is new, returning, resurrecting, and who of the week before has gone dormant?"""

from __future__ import annotations

from typing import Any

from bench.in_frames.lifecycle import by_pandas, by_polars, plain
from bench.journey import Journey
from bench.words import Words
from cherish.library import Log


def ours(log: Log, words: Words) -> Any:
    """The report; the week that isn't over is left out."""
    return log.report("lifecycle", unit="week").table


JOURNEY = Journey(
    "lifecycle: new, returning, resurrecting, dormant by week",
    ours,
    plain,
    ("lifecycle_bits", "lifecycle_lag"),
    {"pandas": by_pandas, "polars": by_polars},
    raw=True,
)
