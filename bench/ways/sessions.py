"""Sessions by pandas and by Polars: in order of time, cut where the pause is long, grouped, counted by month."""

from __future__ import annotations

from typing import Any

from bench.answers import Answer, rows
from bench.words import Span, Words

COLUMNS = ("month", "sessions", "customers", "minutes", "median_minutes", "views", "engaged")


def plain(table: Any) -> Answer:
    """Months in order; lengths to the nanosecond of a minute, as doubles allow."""
    return rows(table, COLUMNS)


def by_cherish(log: Any, span: Span, words: Words) -> Any:
    """The report."""
    table = log.report("sessions", unit="month", views="|".join(words.views), goals=words.goal).table
    return table.rename_columns(["month" if name == "period" else name for name in table.column_names])


def by_pandas(frame: Any, span: Span, words: Words) -> Any:
    """Month, sessions, customers, minutes, their median, views, engaged sessions."""
    import pandas

    events = frame.loc[frame["ts"] < pandas.Timestamp(span.end), ["customer_id", "name", "ts"]]
    events = events.sort_values(["customer_id", "ts"])
    again = events["customer_id"] == events["customer_id"].shift()
    opens = ~again | (events["ts"].diff() >= pandas.Timedelta(minutes=30))
    events = events.assign(
        session=opens.cumsum(), view=events["name"].isin(words.views), goal=events["name"] == words.goal
    )
    each = events.groupby("session").agg(
        customer_id=("customer_id", "first"),
        begin=("ts", "min"),
        end=("ts", "max"),
        views=("view", "sum"),
        goals=("goal", "sum"),
    )
    minutes = (each["end"] - each["begin"]).dt.total_seconds() / 60
    engaged = (minutes > 10 / 60) | (each["goals"] > 0) | (each["views"] >= 2)
    each = each.assign(minutes=minutes, engaged=engaged, month=each["begin"].dt.to_period("M").dt.start_time)
    return each.groupby("month").agg(
        sessions=("views", "size"), customers=("customer_id", "nunique"), minutes=("minutes", "sum"),
        median_minutes=("minutes", "median"), views=("views", "sum"), engaged=("engaged", "sum"),
    ).reset_index()  # fmt: skip


def by_polars(frame: Any, span: Span, words: Words) -> Any:
    """The same, lazily."""
    import polars

    ts, customer = polars.col("ts"), polars.col("customer_id")
    events = frame.lazy().filter(ts < span.end).select("customer_id", "ts", "name").sort("customer_id", "ts")
    opens = (customer != customer.shift()).fill_null(True) | (ts.diff() >= polars.duration(minutes=30))
    name = polars.col("name").cast(polars.String)
    events = events.with_columns(session=opens.cum_sum(), view=name.is_in(words.views), goal=name == words.goal)
    each = events.group_by("session").agg(
        customer.first(), begin=ts.min(), end=ts.max(), views=polars.col("view").sum(), goals=polars.col("goal").sum()
    )
    minutes = (polars.col("end") - polars.col("begin")).dt.total_microseconds() / 60_000_000
    each = each.with_columns(minutes=minutes, month=polars.col("begin").dt.truncate("1mo").dt.date())
    engaged = (polars.col("minutes") > 10 / 60) | (polars.col("goals") > 0) | (polars.col("views") >= 2)
    return each.group_by("month").agg(
        sessions=polars.len(), customers=customer.n_unique(), minutes=polars.col("minutes").sum(),
        median_minutes=polars.col("minutes").median(), views=polars.col("views").sum(), engaged=engaged.sum(),
    ).collect()  # fmt: skip
