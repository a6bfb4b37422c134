"""How many were active on each day, and in the 7 and the 28 days up to it (DAU, WAU, MAU)?"""

from __future__ import annotations

from typing import Any

from bench import frames
from bench.answers import Answer, rows
from bench.question import Question
from bench.words import Span
from cherish.library import Log

WINDOWS = (1, 7, 28)
COLUMNS = ("day", "actives_1d", "actives_7d", "actives_28d")


def ours(log: Log) -> Any:
    """The report."""
    return log.report("actives").table


def plain(table: Any) -> Answer:
    """A row per day."""
    return rows(table, COLUMNS)


def by_pandas(frame: Any, span: Span) -> Any:
    """Different customer-days in order, each with the gap to the next; the rest is counting."""
    import numpy

    events = frames.asked(frame, span, "ts")
    customers, days = frames.pairs(events["customer_id"], frames.numbered(events["ts"], "D"))
    gaps = numpy.full(len(days), max(WINDOWS))
    gaps[:-1] = numpy.where(customers[1:] == customers[:-1], days[1:] - days[:-1], max(WINDOWS))
    return spread(days, gaps, numpy.ones(len(days), dtype=int), span)


def by_polars(frame: Any, span: Span) -> Any:
    """The same, lazily."""
    import polars

    each, day = polars.col("customer_id"), polars.col("day")
    days = (
        frames.lazily(frame, span)
        .select("customer_id", day=polars.col("ts").dt.date().to_physical())
        .unique()
        .sort("customer_id", "day")
        .select("day", gap=polars.when(each.shift(-1) == each).then(day.shift(-1) - day).otherwise(max(WINDOWS)))
        .group_by("day", "gap")
        .len()
        .collect()
    )
    return spread(*(days[name].fill_null(max(WINDOWS)).to_numpy() for name in ("day", "gap", "len")), span)


def spread(days: Any, gaps: Any, counts: Any, span: Span) -> Any:
    """Running sums of how many begin to count on a day and how many stop: an active day counts until the next one."""
    import numpy
    import pyarrow as pa

    first, last = (numpy.datetime64(day, "D").astype(int) for day in (span.first, span.end))
    counts = counts.astype(int)  # Polars counts without a sign.
    columns: dict[str, Any] = {"day": numpy.arange(first, last).astype("datetime64[D]")}
    for window in WINDOWS:
        change = numpy.zeros(last - first + window + 1, dtype=int)
        numpy.add.at(change, days - first, counts)
        numpy.add.at(change, days - first + numpy.minimum(gaps, window), -counts)
        columns[f"actives_{window}d"] = change.cumsum()[: last - first]
    return pa.table(columns)


QUESTION = Question(
    name="actives: DAU, WAU, MAU of each day",
    ours=ours,
    plain=plain,
    files=dict.fromkeys(("activity", "raw events"), ("actives_gaps", "actives_intervals")),
    hand=lambda span: {},
    theirs=plain,
    by={"pandas": by_pandas, "polars": by_polars},
)
