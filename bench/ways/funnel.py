"""A funnel by pandas and by Polars: step by step, the events of those still in, and the first of them in time."""

from __future__ import annotations

from typing import Any

from bench.answers import Answer, rows
from bench.words import Span, Words

COLUMNS = ("step", "reached", "step_median", "total_median")


def plain(table: Any) -> Answer:
    """The steps in order."""
    return rows(table, COLUMNS)


def by_cherish(log: Any, span: Span, words: Words) -> Any:
    """The report; step by step, the median seconds since the step before and since the entry."""
    table = log.report("funnel", steps="|".join(words.steps), window=f"{words.days}d", percentiles="50").table
    return table.select(["step", "reached", "median_time", "total_median_time"]).rename_columns(COLUMNS)


def by_pandas(frame: Any, span: Span, words: Words) -> Any:
    """Step, how many reached it, the median seconds since the step before and since the entry."""
    import pandas

    limit = pandas.Timestamp(span.end)
    found = _of(frame, words.steps[0], limit).groupby("customer_id")["ts"].min().rename("t1").to_frame()
    found["before"] = found["now"] = found["t1"]
    levels = [found]
    for step in words.steps[1:]:
        joined = _of(frame, step, limit).merge(levels[-1][["t1", "now"]], left_on="customer_id", right_index=True)
        near = joined[
            (joined["ts"] > joined["now"]) & (joined["ts"] <= joined["t1"] + pandas.Timedelta(days=words.days))
        ]
        levels.append(near.groupby("customer_id").agg(t1=("t1", "min"), before=("now", "min"), now=("ts", "min")))
    columns = [
        (place, len(each), _median(each["now"] - each["before"], place), _median(each["now"] - each["t1"], place))
        for place, each in enumerate(levels, 1)
    ]
    return pandas.DataFrame(columns, columns=COLUMNS, dtype=object)


def _of(frame: Any, name: str, limit: Any) -> Any:
    return frame.loc[(frame["name"] == name) & (frame["ts"] < limit), ["customer_id", "ts"]]


def _median(times: Any, place: int) -> float | None:
    return None if place == 1 or times.empty else float(times.median().total_seconds())


def by_polars(frame: Any, span: Span, words: Words) -> Any:
    """The same, lazily."""
    import polars

    ts, t1, now = polars.col("ts"), polars.col("t1"), polars.col("now")
    events = frame.lazy().filter(ts < span.end).select("customer_id", "ts", "name")
    first = events.filter(polars.col("name") == words.steps[0]).group_by("customer_id").agg(t1=ts.min())
    levels = [first.with_columns(before=t1, now=t1).collect()]
    for step in words.steps[1:]:
        joined = events.filter(polars.col("name") == step).join(levels[-1].lazy(), on="customer_id")
        near = joined.filter((ts > now) & (ts <= t1 + polars.duration(days=words.days))).group_by("customer_id")
        levels.append(near.agg(t1=t1.first(), before=now.first(), now=ts.min()).collect())
    columns = [
        (place, len(each), _seconds(each["now"] - each["before"], place), _seconds(each["now"] - each["t1"], place))
        for place, each in enumerate(levels, 1)
    ]
    return polars.DataFrame(columns, schema=list(COLUMNS), orient="row")


def _seconds(times: Any, place: int) -> float | None:
    return None if place == 1 or times.is_empty() else float(times.dt.total_microseconds().median()) / 1e6
