"""Of each month's customers, who is new, retained, resurrected, and who of the month before has churned?"""

from __future__ import annotations

from typing import Any

from bench import frames
from bench.answers import Answer, rows
from bench.question import Question
from bench.words import Span
from cherish.library import Log

COUNTS = ("active", "new", "retained", "resurrected", "churned")


def ours(log: Log) -> Any:
    """The report; the month that isn't over is left out."""
    return log.report("growth", unit="month").table


def plain(table: Any) -> Answer:
    """Our months are numbered as the statements number theirs."""
    return [(place, *counts) for place, (_, *counts) in enumerate(rows(table, ("period", *COUNTS)))]


def months(span: Span) -> dict[str, int]:
    """The number of the first month, and how many months are over."""
    first = span.first.year * 12 + span.first.month
    return {"first_month": first, "months": span.end.year * 12 + span.end.month - first}


def by_pandas(frame: Any, span: Span) -> Any:
    """Different customer-months in order, each beside the one before it."""
    import numpy

    events = frames.asked(frame, span, "ts")
    numbers = frames.numbered(events["ts"], "M") - numpy.datetime64(span.first, "M").astype(int)
    customers, month = frames.pairs(events["customer_id"], numbers)
    again = numpy.concatenate([[False], customers[1:] == customers[:-1]])
    retained = again & (numpy.concatenate([[-9], month[:-1]]) == month - 1)
    return accounted(*(numpy.bincount(month[those]) for those in (slice(None), ~again, retained)), span)


def by_polars(frame: Any, span: Span) -> Any:
    """The same, lazily."""
    import polars

    ts, each, i = polars.col("ts"), polars.col("customer_id"), polars.col("i")
    first = span.first.year * 12 + span.first.month
    again = (each.shift(1) == each).fill_null(False)
    found = (
        frames.lazily(frame, span)
        .select("customer_id", i=ts.dt.year() * 12 + ts.dt.month().cast(polars.Int32) - first)
        .unique()
        .sort("customer_id", "i")
        .select("i", new=~again, retained=again & (i.shift(1) == i - 1))
        .group_by("i")
        .agg(active=polars.len(), new=polars.col("new").sum(), retained=polars.col("retained").sum())
        .sort("i")
        .collect()
    )
    return accounted(*(found[name].to_numpy() for name in ("active", "new", "retained")), span)


def accounted(active: Any, new: Any, retained: Any, span: Span) -> Any:
    """The identities of growth accounting, for the months that are over."""
    import numpy
    import pyarrow as pa

    count = months(span)["months"]
    active, new, retained = (
        numpy.pad(each, (0, max(count - len(each), 0)))[:count].astype(int) for each in (active, new, retained)
    )
    before = numpy.concatenate([[0], active[:-1]])
    figures = (active, new, retained, active - new - retained, before - retained)
    return pa.table({"i": numpy.arange(count), **dict(zip(COUNTS, figures, strict=True))})


QUESTION = Question(
    name="growth: new, retained, resurrected, churned by month",
    ours=ours,
    plain=plain,
    files=dict.fromkeys(("activity", "raw events"), ("growth_bits", "growth_lag", "growth_joins")),
    hand=months,
    theirs=lambda table: rows(table, ("i", *COUNTS)),
    by={"pandas": by_pandas, "polars": by_polars},
)
