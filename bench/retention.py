"""Of those who came for the first time in a week, how many came back in each of the 52 weeks after it?"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from bench import frames
from bench.answers import Answer, rows
from bench.question import Question
from bench.words import Span
from cherish.library import Log

BUCKETS = 52
COLUMNS = ("cohort", "bucket", "size", "retained", "rate")
_MONDAY = date(1969, 12, 29)


def ours(log: Log) -> Any:
    """The report, on calendar weeks."""
    return log.report("retention", unit="week", buckets=BUCKETS).table


def plain(table: Any) -> Answer:
    """The cohorts' rows without averages, and without buckets that no member has lived through."""
    import pyarrow.compute as pc

    kept = pc.and_(pc.is_null(table["average"]), pc.is_valid(table["rate"]))
    return rows(table.filter(kept), COLUMNS, keys=2)


def weeks(span: Span) -> dict[str, int]:
    """The number of the first week, how many there are, and how many of them are over."""
    first = (span.first - _MONDAY).days // 7
    over = (span.end - _MONDAY).days // 7 - first
    return {"first_week": first, "weeks": over + 1, "over": over, "buckets": BUCKETS + 1}


def by_pandas(frame: Any, span: Span) -> Any:
    """Different customer-weeks in order, the first of each customer spread over the others."""
    import numpy

    events = frames.asked(frame, span, "ts")
    numbers = (frames.numbered(events["ts"], "D") + 3) // 7 - weeks(span)["first_week"]
    customers, week = frames.pairs(events["customer_id"], numbers)
    starts = numpy.flatnonzero(numpy.concatenate([[True], customers[1:] != customers[:-1]]))
    cohort = numpy.repeat(week[starts], numpy.diff(numpy.concatenate([starts, [len(week)]])))
    return laid_out(cohort, week - cohort, numpy.ones(len(week), dtype=int), span)


def by_polars(frame: Any, span: Span) -> Any:
    """The same, lazily."""
    import polars

    week = (polars.col("ts").dt.date().to_physical() + 3) // 7 - weeks(span)["first_week"]
    found = (
        frames.lazily(frame, span)
        .select("customer_id", week=week)
        .unique()
        .with_columns(cohort=polars.col("week").min().over("customer_id"))
        .group_by("cohort", bucket=polars.col("week") - polars.col("cohort"))
        .len()
        .collect()
    )
    return laid_out(*(found[name].to_numpy() for name in ("cohort", "bucket", "len")), span)


def laid_out(cohort: Any, bucket: Any, members: Any, span: Span) -> Any:
    """A row per cohort and bucket that is over, whoever came."""
    import numpy
    import pyarrow as pa

    numbers = weeks(span)
    shape = (numbers["weeks"], numbers["weeks"])
    came = numpy.zeros(shape, dtype=int)
    numpy.add.at(came, (cohort, bucket), members)
    places, bucket = numpy.meshgrid(*map(numpy.arange, shape), indexing="ij")
    kept = (places + bucket < numbers["over"]) & (bucket <= BUCKETS) & (came[:, :1] > 0)
    size, retained = numpy.broadcast_to(came[:, :1], shape)[kept], came[kept]
    starts = [_MONDAY + timedelta(weeks=int(place) + numbers["first_week"]) for place in places[kept]]
    return pa.table(dict(zip(COLUMNS, (starts, bucket[kept], size, retained, retained / size), strict=True)))


QUESTION = Question(
    name="weekly retention: first-ever cohorts, 53 weeks",
    ours=ours,
    plain=plain,
    files=dict.fromkeys(("activity", "raw events"), ("retention_bits", "retention_pairs")),
    hand=weeks,
    theirs=lambda table: rows(table, COLUMNS, keys=2),
    by={"pandas": by_pandas, "polars": by_polars},
)
