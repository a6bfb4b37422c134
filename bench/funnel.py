"""From a page to an order in four steps: how many get how far within seven days of their first page, and how fast?"""

from __future__ import annotations

from typing import Any

from bench.answers import rows
from bench.frames import frames
from bench.logs import Span
from bench.question import FOLDER
from bench.side import HAND, OURS, Row, Way, compare, quickest
from cherish.library import Log

STEPS = ("Page Viewed", "Product Viewed", "Product Added", "Order Completed")
DAYS = 7
FILES = ("funnel_joins", "funnel_narrow")
COLUMNS = ("step", "reached", "step_median", "total_median")


def run(store: Any, rounds: int) -> list[Row]:
    """The comparison, on the log of `bench.clicks`; frames take part, as they do wherever raw events are asked."""
    span, log = Span.of(store), Log(store)
    statements = {file: (FOLDER / f"{file}.sql").read_text().format(end=span.end) for file in FILES}
    kept = frames(store)
    with store.session():
        best = quickest({file: lambda text=text: store.query(text) for file, text in statements.items()})
        ways = {
            OURS: Way(lambda: ours(log), lambda table: rows(table, COLUMNS)),
            HAND: Way(lambda: store.query(statements[best]), lambda table: rows(table, COLUMNS)),
        }
        for name, frame in kept.items():
            work = {"pandas": by_pandas, "polars": by_polars}[name]
            ways[name] = Way(lambda work=work, frame=frame: work(frame, span), lambda table: rows(table, COLUMNS))  # type: ignore[misc]
        title = "funnel: four steps within 7 days"
        return [Row(title, "raw events", store.facts.rows["events"], compare(ways, rounds), best)]


def ours(log: Log) -> Any:
    """The report; step by step, the median seconds since the step before and since the entry."""
    table = log.report("funnel", steps="|".join(STEPS), window=f"{DAYS}d", percentiles="50").table
    return table.select(["step", "reached", "median_time", "total_median_time"]).rename_columns(COLUMNS)


def by_pandas(frame: Any, span: Span) -> Any:
    """Step by step: the events of those who are still in, and the first of them in time."""
    import pandas

    limit = pandas.Timestamp(span.end)
    found = _of(frame, STEPS[0], limit).groupby("customer_id")["ts"].min().rename("t1").to_frame()
    found["before"] = found["now"] = found["t1"]
    levels = [found]
    for step in STEPS[1:]:
        joined = _of(frame, step, limit).merge(levels[-1][["t1", "now"]], left_on="customer_id", right_index=True)
        near = joined[(joined["ts"] > joined["now"]) & (joined["ts"] <= joined["t1"] + pandas.Timedelta(days=DAYS))]
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


def by_polars(frame: Any, span: Span) -> Any:
    """The same, lazily."""
    import polars

    ts, t1, now = polars.col("ts"), polars.col("t1"), polars.col("now")
    events = frame.lazy().filter(ts < span.end).select("customer_id", "ts", "name")
    first = events.filter(polars.col("name") == STEPS[0]).group_by("customer_id").agg(t1=ts.min())
    levels = [first.with_columns(before=t1, now=t1).collect()]
    for step in STEPS[1:]:
        joined = events.filter(polars.col("name") == step).join(levels[-1].lazy(), on="customer_id")
        near = joined.filter((ts > now) & (ts <= t1 + polars.duration(days=DAYS))).group_by("customer_id")
        levels.append(near.agg(t1=t1.first(), before=now.first(), now=ts.min()).collect())
    columns = [
        (place, len(each), _seconds(each["now"] - each["before"], place), _seconds(each["now"] - each["t1"], place))
        for place, each in enumerate(levels, 1)
    ]
    return polars.DataFrame(columns, schema=list(COLUMNS), orient="row")


def _seconds(times: Any, place: int) -> float | None:
    return None if place == 1 or times.is_empty() else float(times.dt.total_microseconds().median()) / 1e6
