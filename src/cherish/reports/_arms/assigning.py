"""Who was assigned to which arm and when: from the log's own events, or from a file."""

from __future__ import annotations

from dataclasses import replace

from cherish.points import bits
from cherish.reports._arms import filed, logged
from cherish.reports._arms.guards import Assigned, control_of, enough_arms, few_crossed
from cherish.spec.report import Run
from cherish.spec.view import View

EXPERIMENT, HOLDOUT = "experiment", "holdout"


def assigned(
    view: View,
    run: Run,
    *,
    experiment: str | None = None,
    holdout: str | None = None,
    assignments: str | None = None,
    columns: tuple[str, ...] = (),
    control: str | None = None,
    context: tuple[str, ...] = (),
    start: str | None = None,
) -> Assigned:
    """One row per assigned customer of the view's population, checked.

    From the log: the events of an experiment (`$arm_assigned`, else `Experiment Viewed`) or of a holdout
    (`$holdout_assigned`: arms `holdout` and `reached`); without a name the only one there is. From a file: see
    `reading.read`. A customer's first assignment counts; nothing at or after the view's moment is seen.

    Raises:
        FileError, QuestionError, Unanswerable: see `filed.rows`, `logged.rows` and `guards`.
    """
    if assignments is not None:
        found, seen = filed.rows(view, run, assignments, columns, start, context)
        if experiment is not None and found.known:
            logged.none_early(view, run, found.table, experiment)
    else:
        found, seen = logged.rows(view, run, experiment, holdout, context)
    people = found.table.semi_join(view.customers(), "customer_id") if found.known else found.table
    held = view.log.temporary(run(people)) if bits.can(view) else people
    per_arm = run(
        held.group_by("arm").agg(n=held.count(), first=held.moment.min(), last=held.moment.max()).order_by("arm")
    ).to_pylist()
    enough_arms(found.name, (row["arm"] for row in per_arm))
    counts = replace(seen, arms={row["arm"]: row["n"] for row in per_arm})
    counts = replace(counts, outside=max(seen.customers - counts.customers, 0))
    if holdout is None or assignments is not None:
        # A holdout lives for years, and merges are nobody's fault: each keeps the older one's lot, and is counted.
        few_crossed(found.name, counts)
    arms = tuple(counts.arms)
    times = [row[end] for row in per_arm for end in ("first", "last") if row[end] is not None]
    return Assigned(
        table=held, arms=arms, control=control_of(arms, "holdout" if holdout and not control else control),
        report=counts, name=found.name, digest=found.digest, columns=found.columns, context=context,
        first=min(times, default=None), last=max(times, default=None), units=found.units, roles=found.roles,
        known=found.known,
    )  # fmt: skip
