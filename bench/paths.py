"""Which ways do customers go: the most frequent first five events of a visit, and where everybody is in ten steps?"""

from __future__ import annotations

from typing import Any

from bench.in_frames import paths
from bench.in_frames.paths import LIMIT, LONG, STEPS
from bench.journey import Journey
from bench.words import Words
from cherish.library import Log


def positions(log: Log, words: Words) -> Any:
    """The report, every event counted and shown by its name."""
    given = {"show": "positions", "collapse": "no", "steps": str(STEPS), "limit": str(LIMIT), "top": "100"}
    return log.report("paths", **given).table


def matrix(log: Log, words: Words) -> Any:
    """The report, every event of every customer counted."""
    table = log.report("paths", show="matrix", within="customer", collapse="no", steps=str(LONG)).table
    return table.filter([event != "(end)" for event in table["event"].to_pylist()])


POSITIONS = Journey(
    f"paths: the {LIMIT} most frequent of {STEPS} steps in a visit",
    positions,
    paths.plain,
    ("paths_numbered", "paths_leads"),
    {"pandas": paths.by_pandas, "polars": paths.by_polars},
)
MATRIX = Journey(
    f"step matrix: where customers are in {LONG} steps",
    matrix,
    paths.of_matrix,
    ("matrix_numbered", "matrix_lists"),
    {"pandas": paths.matrix_by_pandas, "polars": paths.matrix_by_polars},
)
