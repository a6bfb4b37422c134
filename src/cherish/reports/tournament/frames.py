"""One cut-off as arrays: all scores as they were then and what happened after, a row per customer, in one statement.

The view at the cut-off sees nothing at or after it, and the fits are made there. The outcome comes from a view at the
end of the window. Customers are in the order of their own ids, so that equal questions give equal bits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cherish.errors import CherishError
from cherish.points import at, bits
from cherish.points.at import Distinct, distinct_facts, gather, own_columns
from cherish.points.measure import Asked, Columns, Fit, Measure, Moment
from cherish.reports.tournament.contestants import Contestant
from cherish.reports.tournament.cutoffs import Cutoff
from cherish.reports.tournament.outcomes import Outcome
from cherish.reports.tournament.own import OwnScores
from cherish.spec.calendar import day_from
from cherish.spec.numbers import number_of, text_of
from cherish.spec.report import Run
from cherish.spec.view import UNKNOWN, View

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Field:
    """Who takes part, with the columns that the user brought and the trait to tell groups apart by."""

    contestants: tuple[Contestant, ...]
    files: Mapping[str, tuple[OwnScores, str]] = field(default_factory=dict)
    traits: Mapping[str, str] = field(default_factory=dict)
    by: str | None = None


@dataclass(frozen=True)
class Ready:
    """One cut-off's statement, not yet run; `failed` says of whom nothing could be fitted, and why."""

    cutoff: Cutoff
    view: View
    expression: Any
    fits: Mapping[str, Fit]
    failed: Mapping[str, str]
    notes: tuple[str, ...]
    set_aside: Mapping[str, int]


@dataclass(frozen=True)
class Frame:
    """One cut-off's answers: per contestant's key its scores, higher is better, a missing one below all others."""

    cutoff: Cutoff
    ids: NDArray[np.int64]
    scores: Mapping[str, Floats]
    nulls: Mapping[str, int]
    later: Mapping[str, Floats]
    happened: Bools
    amount: Floats
    groups: Mapping[str, Bools]

    @property
    def spend(self) -> Floats | None:
        """The money that each customer brought afterwards; None where there is none to be added up."""
        return self.later.get("later_spend")


# -- views --------------------------------------------------------------------------------------------------------


def view_at(view: View, cutoff: Cutoff, members: Any = None) -> View:
    """What was known at the cut-off."""
    return replace(view, as_of=cutoff.moment(view), members=view.members if members is None else members)


def _after(view: View, cutoff: Cutoff) -> View:
    """What is known at the end of the outcome's window; whoever is in the population is joined to it."""
    end = view.calendar.starts(day_from(cutoff.end))
    return replace(view, as_of=end, population="all", members=None)


def identified_then(view: View) -> Any:
    """Customers with an own id before the view's moment: who became known later is no part of the population yet."""
    events = replace(view, filters=(), population="all", members=None).events()
    found = events.filter(events.user_id.notnull()).select("customer_id").distinct()
    return found if view.members is None else found.semi_join(view.members, "customer_id")


def counts(view: View, cutoffs: Sequence[Cutoff], outcome: Outcome) -> Any:
    """Per cut-off (its day number): customers, positives, and how many of the population were not known then."""
    parts = []
    for cutoff in cutoffs:
        then = view_at(view, cutoff)
        people = later_of(then.customers(), view, cutoff, outcome)
        happened = outcome.happened(people)
        if view.population == "identified":
            known = identified_then(then).select(known_id="customer_id")
            people = people.left_join(known, people.customer_id == known.known_id)
            happened, there = outcome.happened(people), people.known_id.notnull()
        else:
            there = ibis.literal(True)
        parts.append(
            people.agg(
                day=ibis.literal(cutoff.day, type="int64"),
                customers=people.count(where=there) if view.population == "identified" else people.count(),
                positives=people.count(where=happened & there),
                unknown_then=people.count(where=~there),
            )
        )
    return parts[0].union(*parts[1:]) if len(parts) > 1 else parts[0]


def later_of(people: Any, view: View, cutoff: Cutoff, outcome: Outcome) -> Any:
    """These people with the columns of what happened after the cut-off."""
    after = _after(view, cutoff)
    facts = outcome.facts(after)
    found = gather(after, facts).select("customer_id", *facts)
    joined = people.left_join(found, "customer_id")
    return joined.select(*people.columns, *facts)


# -- the statement ------------------------------------------------------------------------------------------------


def ready(view: View, cutoff: Cutoff, outcome: Outcome, wanted: Field, run: Run) -> Ready:
    """The statement of one cut-off: facts of all measures gathered once, fits made on what was known then."""
    members = identified_then(view_at(view, cutoff)) if cutoff.unknown_then else None
    then = view_at(view, cutoff, members)
    asked = [Asked(each.key, each.measure) for each in wanted.contestants if each.measure is not None]
    asked, failed = _fitted_first(then, asked, run)
    distinct = distinct_facts(then, asked)
    gathered = gather(then, distinct.facts)
    if bits.can(then):
        gathered = then.log.temporary(run(gathered))
    asked, more = _fitted(then, asked, distinct, gathered, run)
    failed |= more
    day = ibis.literal(then.day, type="int64")
    table = at.values(then, gathered, ("customer_id", "customer", "first_day"), asked, distinct, day)
    columns: dict[str, Any] = {each.name: _value(table, each.name) for each in asked}
    table = table.select("customer_id", "customer", "first_day", **columns)
    table, set_aside = _with_own(table, then, wanted)
    expression = later_of(table, view, cutoff, outcome)
    fits = {each.name: each.fit for each in asked if each.fit is not None}
    notes = tuple(note for fit in fits.values() for note in fit.notes)
    return Ready(cutoff, then, expression, fits, failed, notes, set_aside)


def taken(view: View, cutoff: Cutoff, outcome: Outcome, wanted: Field, run: Run) -> tuple[Ready, Frame]:
    """One cut-off asked and answered; what lay in memory for its statement is let go."""
    made = ready(view, cutoff, outcome, wanted, run)
    return replace(made, expression=None), frame(made, run(made.expression), outcome, wanted)


def _value(table: Any, name: str) -> Any:
    return table[f"{name}_y"].cast("float64") / table[f"{name}_x"].cast("float64").nullif(0.0)


def _fitted_first(view: View, asked: list[Asked], run: Run) -> tuple[list[Asked], dict[str, str]]:
    """Fit the measures whose fit decides what is counted: those have to be fitted before anything is gathered."""
    kept, failed = [], {}
    for each in asked:
        if type(each.measure).counted is Measure.counted:
            kept.append(each)
            continue
        try:
            made = replace(each, fit=at.fitted(view, each, run))
            # What it counts once it is fitted may need more than what the fit looked at.
            at.own_facts(view, made)
            kept.append(made)
        except CherishError as error:
            failed[each.name] = str(error)
    return kept, failed


def _fitted(
    view: View, asked: list[Asked], distinct: Distinct, gathered: Any, run: Run
) -> tuple[list[Asked], dict[str, str]]:  # fmt: skip
    kept, failed = [], {}
    at_hand, day = bits.can(view), ibis.literal(view.day, type="int64")
    for each in asked:
        if each.fit is not None or type(each.measure).fit is Measure.fit:
            kept.append(each)
            continue
        own = own_columns(view, gathered, each, distinct)
        try:
            fit = each.measure.fit(Columns(own, gathered, at_hand=at_hand), Moment(day), run)
        except CherishError as error:
            failed[each.name] = str(error)
            continue
        kept.append(replace(each, fit=fit))
    return kept, failed


def _with_own(table: Any, view: View, wanted: Field) -> tuple[Any, dict[str, int]]:
    """The scores with the user's own columns beside them, and the trait that tells groups apart."""
    set_aside: dict[str, int] = {}
    for key, (own, score) in wanted.files.items():
        known, set_aside[key] = own.known(score, view)
        there = view.log.temporary(known.rename_columns([f"{key}_customer", key]))
        joined = table.left_join(there, table.customer == there[f"{key}_customer"])
        table = joined.select(*table.columns, key)
    fields = tuple(dict.fromkeys([*wanted.traits.values(), *([wanted.by] if wanted.by else [])]))
    if not fields:
        return table, set_aside
    people = view.customers(traits=fields).select("customer_id", *fields)
    joined = table.left_join(people, "customer_id")
    columns = {key: number_of(joined[name]) for key, name in wanted.traits.items()}
    if wanted.by:
        columns["by"] = text_of(joined[wanted.by]).fill_null(UNKNOWN)
    return joined.select(*table.columns, **columns), set_aside


# -- arrays -------------------------------------------------------------------------------------------------------


def frame(made: Ready, rows: pa.Table, outcome: Outcome, wanted: Field, top: int = 8) -> Frame:
    """The rows of a cut-off's statement as arrays."""
    rows = rows.take(pc.sort_indices(rows["customer"]))
    names = [name for name in rows.column_names if name.startswith("later_")]
    later = {name: numbers(rows, name, 0.0) for name in names}
    happened, amount = outcome.amounts(later)
    scores: dict[str, Floats] = {}
    nulls: dict[str, int] = {}
    for each in wanted.contestants:
        if each.key in made.failed:
            continue
        if each.key not in rows.column_names:
            scores[each.key], nulls[each.key] = np.zeros(rows.num_rows), 0
            continue
        scores[each.key], nulls[each.key] = ranked_last(each.sign * numbers(rows, each.key))
    groups = _groups(rows, made.cutoff, outcome, scores, wanted, top)
    return Frame(
        made.cutoff, rows["customer_id"].to_numpy().astype(np.int64), scores, nulls, later, happened, amount, groups
    )


def numbers(rows: pa.Table, name: str, missing: float = np.nan) -> Floats:
    """A column as floats, what is missing as said."""
    column = pc.cast(rows[name], pa.float64(), safe=False)
    return np.asarray(pc.fill_null(column, missing).to_numpy().astype(np.float64))


def ranked_last(values: Floats) -> tuple[Floats, int]:
    """Scores with the missing ones below the least that is known, and how many are missing; infinite ones are kept."""
    missing = np.isnan(values)
    count = int(missing.sum())
    if not count:
        return values, 0
    known = values[np.isfinite(values)]
    least = float(known.min()) if known.size else 0.0
    found = values.copy()
    found[missing] = least - max(1.0, abs(least) * 1e-9)
    return found, count


def _groups(
    rows: pa.Table, cutoff: Cutoff, outcome: Outcome, scores: Mapping[str, Floats], wanted: Field, top: int
) -> dict[str, Bools]:  # fmt: skip
    """The sub-populations: new, one-time, repeat, and the most frequent values of a trait."""
    past = next(each.key for each in wanted.contestants if each.label == "past count")
    days, first = scores[past], numbers(rows, "first_day")
    found = {"new": first >= cutoff.day - outcome.horizon, "one_time": days == 1, "repeat": days >= 2}
    if wanted.by is None:
        return found
    bare = wanted.by.removeprefix("traits.")
    counted = sorted(pc.value_counts(rows["by"]).to_pylist(), key=lambda each: (-each["counts"], each["values"]))
    for each in counted[:top]:
        there = pc.equal(rows["by"], each["values"]).to_numpy(zero_copy_only=False)
        found[f"{bare}={each['values']}"] = np.asarray(there, dtype=np.bool_)
    return found
