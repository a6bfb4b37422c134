"""Weekly retention, 53 buckets, first-ever cohorts: our report against the best SQL that we could write."""

from __future__ import annotations

from typing import Any

from bench.hands import FromEvents, both_ways, commonest, question, sources, written
from bench.side import Row
from cherish.reports._period_numbers import index_of
from cherish.spec.view import View


def run(store: Any) -> list[Row]:
    """One comparison from daily rows, one from raw events."""
    event, view = commonest(store), View.of(store)
    first = index_of(view.calendar.day_of(view.facts.first), "week")
    over = index_of(view.calendar.day_of(view.as_of), "week") - first
    found = []
    with store.session():
        for place, source in sources(store, event).items():
            log = store if place == "activity" else FromEvents(store)
            asked = question(log, "retention", unit="week", buckets="52", active=event)
            by_hand = written("retention", source=source, first=first, weeks=over + 1, over=over)
            found += both_ways(f"weekly retention from {place}", asked, by_hand, _same)
    return found


def _same(ours: Any, theirs: Any) -> bool:
    left = [
        (row["cohort"], row["bucket"], row["size"], row["retained"], row["rate"])
        for row in ours.to_pylist() if row["average"] is None and row["rate"] is not None
    ]  # fmt: skip
    return left == [
        (row["cohort"], row["bucket"], row["size"], row["retained"], row["rate"])
        for row in theirs.select(["cohort", "bucket", "size", "retained", "rate"]).sort_by(
            [("cohort", "ascending"), ("bucket", "ascending")]
        ).to_pylist()
    ]  # fmt: skip
