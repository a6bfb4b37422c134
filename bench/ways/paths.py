"""Paths by position and the step matrix, by pandas and by Polars."""

from __future__ import annotations

from typing import Any

from bench.answers import Answer, rows
from bench.words import Span, Words

STEPS, LONG, LIMIT = 5, 10, 20
NAMES = tuple(f"step_{step}" for step in range(1, STEPS + 1))


def plain(table: Any) -> Answer:
    """How often the most frequent ways are gone, and by how many; of those that are as rare as the last one, how often.

    Equally frequent ways come in any order, so which of the rarest are among the most frequent is left open.
    """
    found = sorted((row[1:] for row in rows(table, (NAMES[0], "paths", "customers"))), reverse=True)
    rarest = found[-1][0] if found else 0
    return [(paths, customers if paths > rarest else None) for paths, customers in found]


def of_matrix(table: Any) -> Answer:
    """Step, event, and how many are there."""
    return rows(table, ("step", "event", "paths"), keys=2)


def _ordered_pandas(frame: Any, span: Span) -> Any:
    import pandas

    events = frame.loc[frame["ts"] < pandas.Timestamp(span.end), ["customer_id", "name", "ts"]]
    return events.sort_values(["customer_id", "ts"])


def by_cherish(log: Any, span: Span, words: Words) -> Any:
    """The report, every event counted and shown by its name."""
    given = {"show": "positions", "collapse": "no", "steps": str(STEPS), "limit": str(LIMIT), "top": "100"}
    return log.report("paths", **given).table


def matrix_by_cherish(log: Any, span: Span, words: Words) -> Any:
    """The report, every event of every customer counted."""
    table = log.report("paths", show="matrix", within="customer", collapse="no", steps=str(LONG)).table
    return table.filter([event != "(end)" for event in table["event"].to_pylist()])


def by_pandas(frame: Any, span: Span, words: Words) -> Any:
    """Sorted, cut where the pause is long, laid out by place in the visit, counted."""
    import pandas

    events = _ordered_pandas(frame, span)
    again = events["customer_id"] == events["customer_id"].shift()
    opens = ~again | (events["ts"].diff() >= pandas.Timedelta(minutes=30))
    visit = opens.cumsum()
    codes = events["name"].cat.codes
    kinds = len(events["name"].cat.categories) + 1
    # A path packed into one number: pandas groups by several columns many times as slowly.
    packed = 0
    for away in range(STEPS):
        step = codes.shift(-away, fill_value=-1).where(visit == visit.shift(-away, fill_value=-1), -1)
        packed = packed * kinds + (step.astype("int64") + 1)
    heads = pandas.DataFrame({"customer_id": events["customer_id"], "path": packed})[opens]
    paths = heads.groupby("path").size().rename("paths")
    customers = heads.drop_duplicates().groupby("path").size().rename("customers")
    found = pandas.concat([paths, customers], axis=1).sort_values("paths", ascending=False).head(LIMIT).reset_index()
    return found.rename(columns={"path": NAMES[0]})


def by_polars(frame: Any, span: Span, words: Words) -> Any:
    """The same, lazily."""
    import polars

    ts, customer, visit, name = (polars.col(each) for each in ("ts", "customer_id", "visit", "name"))
    events = (
        frame.lazy()
        .filter(ts < span.end)
        .select("customer_id", "ts", "name")
        .sort("customer_id", "ts", maintain_order=True)
    )
    opens = (customer != customer.shift()).fill_null(True) | (ts.diff() >= polars.duration(minutes=30))
    events = events.with_columns(opens=opens, visit=opens.cum_sum())
    steps = {step: polars.when(visit == visit.shift(-away)).then(name.shift(-away)) for away, step in enumerate(NAMES)}
    heads = events.select("customer_id", "opens", **steps).filter("opens")
    grouped = heads.group_by(NAMES).agg(paths=polars.len(), customers=customer.n_unique())
    return grouped.sort("paths", descending=True).head(LIMIT).collect()


def matrix_by_pandas(frame: Any, span: Span, words: Words) -> Any:
    """Sorted, numbered within the customer, counted by number and event."""
    events = _ordered_pandas(frame, span)
    step = events.groupby("customer_id", sort=False).cumcount() + 1
    near = events.assign(step=step)[step <= LONG]
    found = near.groupby(["step", "name"], observed=True).size().rename("paths").reset_index()
    return found.rename(columns={"name": "event"}).astype({"event": str})


def matrix_by_polars(frame: Any, span: Span, words: Words) -> Any:
    """The same, lazily."""
    import polars

    ts, name = polars.col("ts"), polars.col("name")
    events = (
        frame.lazy()
        .filter(ts < span.end)
        .select("customer_id", "ts", "name")
        .sort("customer_id", "ts", maintain_order=True)
    )
    numbered = events.with_columns(step=polars.int_range(polars.len()).over("customer_id") + 1)
    near = numbered.filter(polars.col("step") <= LONG)
    return near.group_by("step", event=name.cast(polars.String)).agg(paths=polars.len()).collect()
