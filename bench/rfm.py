"""Recency, frequency and money of each customer, scored by fifths, ties sharing their average rank."""

from __future__ import annotations

from typing import Any

from bench import frames
from bench.answers import Answer, rows
from bench.question import Question
from bench.words import Span
from cherish.library import Log

WINDOW = 730
SCORES = ("r", "f", "m")
COLUMNS = ("customer", *SCORES, "total")


def ours(log: Log) -> Any:
    """The measure: cuts fitted on the population, then applied to each customer."""
    return log.measure("rfm").table


def plain(table: Any) -> Answer:
    """A row per customer that has a score."""
    kept = table.filter(table["why"].is_null()).append_column("total", table["value"].filter(table["why"].is_null()))
    return rows(kept, COLUMNS)


def theirs(table: Any) -> Answer:
    """The same of a statement, or of a frame, which has the customers' own ids as numbers."""
    if "customer_id" not in list(getattr(table, "column_names", table.columns)):
        return rows(table, COLUMNS)
    return sorted((str(customer), *scores) for customer, *scores in rows(table, ("customer_id", *COLUMNS[1:])))


def by_pandas(frame: Any, span: Span) -> Any:
    """One grouping, three rankings."""
    import numpy
    import pandas

    events = frames.asked(frame, span, "ts", "value")
    events = events[events["ts"] >= pandas.Timestamp(span.end) - pandas.Timedelta(days=WINDOW)]
    grouped = events.groupby("customer_id")
    values = {
        "r": grouped["ts"].max().dt.floor("D"),
        "f": grouped.size(),
        # Sums of doubles that should be equal differ in the last place, and would be no ties.
        "m": grouped["value"].sum().round(4),
    }
    scores = {
        name: numpy.ceil(5 * each.rank(method="average") / len(each)).astype(int) for name, each in values.items()
    }
    return pandas.DataFrame(scores).assign(total=lambda each: each[list(SCORES)].sum(axis=1)).reset_index()


def by_polars(frame: Any, span: Span) -> Any:
    """The same, lazily."""
    import polars

    ts, since = polars.col("ts"), polars.lit(span.end) - polars.duration(days=WINDOW)
    values = {"r": ts.max().dt.date(), "f": polars.len(), "m": polars.col("value").sum().round(4)}
    scores = [(5 * polars.col(name).rank("average") / polars.len()).ceil().cast(polars.Int64) for name in SCORES]
    found = frames.lazily(frame, span).filter(ts >= since).group_by("customer_id").agg(**values)
    scored = found.select("customer_id", **dict(zip(SCORES, scores, strict=True)))
    return scored.with_columns(total=polars.sum_horizontal(*SCORES)).collect()


QUESTION = Question(
    name="RFM: three scores of each customer",
    ours=ours,
    plain=plain,
    files=dict.fromkeys(("activity", "raw events"), ("rfm_ranks", "rfm_steps")),
    hand=lambda span: {},
    theirs=theirs,
    by={"pandas": by_pandas, "polars": by_polars},
)
