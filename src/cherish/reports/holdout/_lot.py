"""Is the lot sound? As many held out as it was to hold out, each unit once, whatever share each was drawn by."""

from __future__ import annotations

from typing import Any

import ibis

from cherish.errors import QuestionError
from cherish.proof.ratio import SampleRatio, sample_ratio
from cherish.reports._arms import Assigned
from cherish.reports._arms.found import limit
from cherish.spec.holdouts import ASSIGNED
from cherish.spec.report import Run
from cherish.spec.view import View

SHARE, UNIT = "holdout_share", "holdout_unit"


def ratio(view: View, run: Run, who: Assigned, hold: float | None) -> SampleRatio | None:
    """The check of a lot against the shares that its decisions carry, or against `hold`; None where neither says any.

    The share may have grown from lot to lot, so everybody counts with the one they were drawn by. Customers who share
    an address were drawn as one, and count as one.
    """
    if len(who.arms) != 2 and hold is not None:
        raise QuestionError(
            f"hold={hold:g}: {who.name} has {len(who.arms)} arms, and a share of one is no design of all"
        )
    counted = _of_events(view, run, who) if hold is None else None
    if counted is None:
        if hold is None:
            return None
        arms = dict(who.report.arms)
        return sample_ratio(arms, {arm: hold if arm == who.control else 1 - hold for arm in arms})
    counts, expected = counted
    n = sum(counts.values())
    held = min(max(expected / n, 1e-9), 1 - 1e-9)
    return sample_ratio(counts, {arm: held if arm == who.control else 1 - held for arm in counts})


def _of_events(view: View, run: Run, who: Assigned) -> tuple[dict[str, int], float] | None:
    """Units per arm, and how many were to be held out; None where the decisions don't all carry a share."""
    have = view.facts.properties
    if who.digest is not None or SHARE not in have or ASSIGNED not in view.facts.names or len(who.arms) != 2:
        return None
    asked = tuple(name for name in ("holdout", SHARE, UNIT) if name in have)
    events = view.log.events(asked)
    events = events.filter(
        events.name == ASSIGNED, events.ts < limit(view), events["properties.holdout"] == who.name,
        events.customer_id.notnull(),
    )  # fmt: skip
    unit: Any = events[f"properties.{UNIT}"] if UNIT in have else ibis.null("string")
    rows = events.select("customer_id", "ts", share=events[f"properties.{SHARE}"].cast("float64"), unit=unit)
    each = rows.group_by("customer_id").agg(share=rows.share.argmin(rows.ts), drawn=rows.unit.argmin(rows.ts))
    people = who.table.select("customer_id", "arm").inner_join(each, "customer_id")
    named = people.mutate(drawn=people.drawn.fill_null(people.customer_id.cast("string")))
    units = named.group_by("drawn").agg(arm=named.arm.min(), share=named.share.min())
    per = run(
        units.group_by("arm").agg(n=units.count(), expected=units.share.sum(), said=units.share.count()).order_by("arm")
    ).to_pylist()
    if not per or any(row["n"] != row["said"] for row in per):
        return None
    counts = dict.fromkeys(who.arms, 0) | {row["arm"]: int(row["n"]) for row in per}
    return counts, float(sum(row["expected"] for row in per))
