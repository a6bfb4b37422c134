"""From a first step to an order in four: how many get how far within some days of their first step, and how fast?"""

from __future__ import annotations

from typing import Any

from bench.in_frames.funnel import COLUMNS, by_pandas, by_polars, plain
from bench.journey import Journey
from bench.words import Words
from cherish.library import Log


def ours(log: Log, words: Words) -> Any:
    """The report; step by step, the median seconds since the step before and since the entry."""
    table = log.report("funnel", steps="|".join(words.steps), window=f"{words.days}d", percentiles="50").table
    return table.select(["step", "reached", "median_time", "total_median_time"]).rename_columns(COLUMNS)


JOURNEY = Journey(
    "funnel: four steps within days",
    ours,
    plain,
    ("funnel_joins", "funnel_narrow"),
    {"pandas": by_pandas, "polars": by_polars},
)
