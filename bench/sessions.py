"""How many sessions begin in each month, of how many customers, how long are they, and how many are engaged?"""

from __future__ import annotations

from typing import Any

from bench.in_frames.sessions import by_pandas, by_polars, plain
from bench.journey import Journey
from bench.words import Words
from cherish.library import Log


def ours(log: Log, words: Words) -> Any:
    """The report."""
    table = log.report("sessions", unit="month", views="|".join(words.views), goals=words.goal).table
    return table.rename_columns(["month" if name == "period" else name for name in table.column_names])


JOURNEY = Journey(
    "sessions: by month, length, views, engaged",
    ours,
    plain,
    ("sessions_begin", "sessions_openings"),
    {"pandas": by_pandas, "polars": by_polars},
)
