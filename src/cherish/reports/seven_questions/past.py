"""Everybody known at a cutoff: what each definition of engagement said of them then, and what they did afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from cherish.errors import CherishError
from cherish.points.measure import Measure
from cherish.reports.tournament.contestants import Contestant, baselines, catalogue, chosen, possible
from cherish.reports.tournament.cutoffs import Cutoff
from cherish.reports.tournament.frames import Field, Floats, identified_then, numbers, ready, view_at
from cherish.reports.tournament.outcomes import Outcome
from cherish.spec.report import Run
from cherish.spec.view import UNKNOWN, View

Flags = NDArray[np.bool_]
Span = tuple[int, int, str]
"""The day number at which it ends, how many days it has, and the set of events that are active."""


@dataclass(frozen=True)
class Past:
    """The customers known at a cutoff, as arrays with an entry for each, and what came in the days from then on.

    `scores` hold what each definition said at the cutoff, greater for the more engaged, NaN where it has no value.
    `stayed` is whether somebody was active in the last third of the days after the cutoff; `spent` and `orders` are
    what came in all of them, None where the log has no orders, or several currencies. `labels` hold the trait that was
    asked for. `fits` are the digests of what was fitted.
    """

    scores: Mapping[str, Floats]
    stayed: Flags
    orders: Floats | None
    spent: Floats | None
    labels: NDArray[Any] | None
    fits: Mapping[str, str]

    @property
    def n(self) -> int:
        """How many customers were known at the cutoff."""
        return int(self.stayed.size)


def past(
    view: View, span: Span, run: Run, extra: Mapping[str, Measure], *,
    only: tuple[str, ...] | None = None, trait: str | None = None,
) -> Past:  # fmt: skip
    """Scores as they were at the begin of a span, and what came in it.

    Baselines, the definitions of the catalogue that the data allow (`only` those named), and the `extra` measures.
    """
    end, horizon, active = span
    outcome = Outcome("retained", horizon, active)
    cutoff = Cutoff(end - horizon, end - horizon, end)
    then = view_at(view, cutoff)
    if view.population == "identified" and _strangers(then, run):
        cutoff = cutoff.counted(0, 0, 1).refused("", "")
    wanted = _contestants(then, outcome, extra, only)
    made = ready(view, cutoff, outcome, Field(wanted, by=trait), run)
    rows = run(made.expression)
    rows = rows.take(pc.sort_indices(rows["customer"]))
    there = [each for each in wanted if each.key in rows.column_names and each.key not in made.failed]
    return Past(
        scores={each.label: each.sign * numbers(rows, each.key) for each in there},
        stayed=numbers(rows, "later_acts", 0.0) > 0,
        orders=numbers(rows, "later_orders", 0.0) if "later_orders" in rows.column_names else None,
        spent=numbers(rows, "later_spend", 0.0) if "later_spend" in rows.column_names else None,
        labels=None if trait is None else np.array(rows["by"].to_pylist(), dtype=object).astype(str),
        fits={name: fit.digest for name, fit in made.fits.items()},
    )


def _strangers(then: View, run: Run) -> bool:
    """Whether some of the population were known by no id of their own yet, and so were no customers at the cutoff."""
    people = then.customers().anti_join(identified_then(then), "customer_id")
    return bool(run(people.agg(n=people.count()))["n"][0].as_py())


def _contestants(
    then: View, outcome: Outcome, extra: Mapping[str, Measure], only: tuple[str, ...] | None
) -> tuple[Contestant, ...]:
    # The tournament's baseline ranks the newest first; here tenure is days as they are, and the longest are most loyal.
    taken = [
        replace(each, sign=1) if each.label == "tenure" else each
        for each in baselines(then, outcome)
        if each.measure is not None
    ]
    if only is None:
        found, _ = catalogue(then, outcome, taken)
    else:
        found = [each for name in only for each in _named(then, outcome, name, taken)]
    able = {label: each for label, each in extra.items() if _able(then, each)}
    more = [Contestant(label, "score", f"x{place}", 1, each) for place, (label, each) in enumerate(able.items())]
    return (*taken, *found, *more)


def _named(then: View, outcome: Outcome, name: str, taken: list[Contestant]) -> list[Contestant]:
    """The measure of this name, if the data allow it and it is no baseline."""
    try:
        return [replace(each, key=f"n_{name}") for each in chosen(then, outcome, (name,), taken)]
    except CherishError:
        return []


def _able(then: View, measure: Measure) -> bool:
    """Whether the data allow it: an instrument may have no whole, or other items than were asked."""
    try:
        possible(then, measure)
    except CherishError:
        return False
    return True


def known(labels: NDArray[Any]) -> Flags:
    """Of whom a trait is known."""
    return np.asarray(labels != UNKNOWN, dtype=np.bool_)
