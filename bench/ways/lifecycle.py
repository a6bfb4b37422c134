"""Lifecycles by pandas and by Polars: different customer-weeks in order, each beside the one before it."""

from __future__ import annotations

from datetime import date
from typing import Any

from bench import frames
from bench.answers import Answer, rows
from bench.words import Span, Words

COUNTS = ("active", "new", "returning", "resurrecting", "dormant")
_MONDAY = date(1969, 12, 29)


def plain(table: Any) -> Answer:
    """Weeks in order, numbered; our first column is the week's first day."""
    names = table.column_names if hasattr(table, "column_names") else list(table.columns)
    found = rows(table, ("period" if "period" in names else "i", *COUNTS))
    return [(place, *counts) for place, (_, *counts) in enumerate(found)]


def weeks(span: Span) -> dict[str, int]:
    """The number of the first week, and how many are over."""
    first = (span.first - _MONDAY).days // 7
    return {"first_week": first, "weeks": (span.end - _MONDAY).days // 7 - first}


def by_cherish(log: Any, span: Span, words: Words) -> Any:
    """The report; the week that isn't over is left out."""
    return log.report("lifecycle", unit="week").table


def by_pandas(frame: Any, span: Span, words: Words) -> Any:
    """Week by week, counted from the first, the five counts."""
    import numpy
    import pandas

    events = frame.loc[frame["ts"] < pandas.Timestamp(span.end), ["customer_id", "ts"]]
    numbers = (frames.numbered(events["ts"], "D") + 3) // 7 - weeks(span)["first_week"]
    customers, week = frames.pairs(events["customer_id"], numbers)
    again = numpy.concatenate([[False], customers[1:] == customers[:-1]])
    returning = again & (numpy.concatenate([[-9], week[:-1]]) == week - 1)
    return accounted([numpy.bincount(week[those]) for those in (slice(None), ~again, returning)], span)


def by_polars(frame: Any, span: Span, words: Words) -> Any:
    """The same, lazily."""
    import polars

    each, i = polars.col("customer_id"), polars.col("i")
    again = (each.shift(1) == each).fill_null(False)
    found = (
        frame.lazy()
        .filter(polars.col("ts") < span.end)
        .select("customer_id", i=(polars.col("ts").dt.date().to_physical() + 3) // 7 - weeks(span)["first_week"])
        .unique()
        .sort("customer_id", "i")
        .select("i", new=~again, returning=again & (i.shift(1) == i - 1))
        .group_by("i")
        .agg(active=polars.len(), new=polars.col("new").sum(), returning=polars.col("returning").sum())
        .sort("i")
        .collect()
    )
    return accounted([found[name].to_numpy() for name in ("active", "new", "returning")], span)


def accounted(counts: list[Any], span: Span) -> Any:
    """The identities of a lifecycle, from the active, the new and the returning of the weeks that are over."""
    import numpy
    import pyarrow as pa

    count = weeks(span)["weeks"]
    active, new, returning = (numpy.pad(each, (0, max(count - len(each), 0)))[:count].astype(int) for each in counts)
    before = numpy.concatenate([[0], active[:-1]])
    figures = (active, new, returning, active - new - returning, before - returning)
    return pa.table({"i": numpy.arange(count), **dict(zip(COUNTS, figures, strict=True))})
