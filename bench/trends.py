"""How many events, how many different customers and how much money on each day?"""

from __future__ import annotations

from typing import Any

from bench import frames
from bench.answers import Answer, rows
from bench.question import Question
from bench.words import Span
from cherish.library import Log

SERIES = {"A": "events", "B": "customers", "C": "money"}
COLUMNS = ("day", *SERIES.values())


def ours(log: Log) -> Any:
    """The report with three series."""
    return log.report("trends", unit="day", series="count;unique;sum(value)").table


def plain(table: Any) -> Answer:
    """A row per day on which anything happened; ours has a row of zeros for every other one."""
    found: dict[Any, dict[str, Any]] = {}
    for row in table.select(["period", "series", "value"]).to_pylist():
        found.setdefault(row["period"], {})[row["series"]] = row["value"]
    return sorted((day, int(each["A"]), int(each["B"]), each["C"]) for day, each in found.items() if each["A"])


def by_pandas(frame: Any, span: Span) -> Any:
    """Events and money in one grouping; different customers from different pairs of customer and day."""
    import numpy
    import pandas

    events = frames.asked(frame, span, "ts", "value")
    numbers = frames.numbered(events["ts"], "D")
    days = events["value"].groupby(numbers).agg(["size", "sum"])
    _, once = frames.pairs(events["customer_id"], numbers)
    customers = pandas.Series(numpy.bincount(once)).loc[days.index]
    columns = (days.index.to_numpy().astype("datetime64[D]").tolist(), days["size"], customers, days["sum"])
    return pandas.DataFrame(dict(zip(COLUMNS, map(list, columns), strict=True)))


def by_polars(frame: Any, span: Span) -> Any:
    """One grouping."""
    import polars

    counts = {"events": polars.len(), "customers": polars.col("customer_id").n_unique()}
    days = frames.lazily(frame, span).group_by(day=polars.col("ts").dt.date())
    return days.agg(**counts, money=polars.col("value").sum()).sort("day").collect()


QUESTION = Question(
    name="trends: events, customers, money of each day",
    ours=ours,
    plain=plain,
    files={"activity": ("trends_activity",), "raw events": ("trends_pairs", "trends_distinct")},
    hand=lambda span: {},
    theirs=lambda table: rows(table, COLUMNS),
    by={"pandas": by_pandas, "polars": by_polars},
)
