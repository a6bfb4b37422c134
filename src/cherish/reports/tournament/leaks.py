"""Does a score look ahead? It is asked again of a log that ends at the cut-off, and must answer the same."""

from __future__ import annotations

import inspect
from dataclasses import replace
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from cherish.points import at
from cherish.points.at import Distinct
from cherish.points.measure import Asked
from cherish.reports.tournament.contestants import Contestant
from cherish.reports.tournament.cutoffs import Cutoff
from cherish.reports.tournament.frames import Ready, identified_then, later_of, view_at
from cherish.reports.tournament.outcomes import Outcome
from cherish.spec.registry import FOLDERS
from cherish.spec.report import Run
from cherish.spec.view import View

SAMPLE = 2_000
"""So many customers are asked twice, of those who had the outcome: what looks ahead differs for them."""
SMALL = 2_000_000
"""Up to so many events every score is asked twice, in greater logs those that don't come with Cherish."""


class Until:
    """A log without the rows at or after a moment: what it would have been then."""

    def __init__(self, log: Any, moment: datetime) -> None:
        self._log = log
        self._limit = ibis.literal(moment.replace(tzinfo=None), type="timestamp(6)")

    def events(self, properties: tuple[str, ...] = ()) -> Any:
        """The events before the moment."""
        table = self._log.events(properties)
        return table.filter(table.ts < self._limit)

    def activity(self) -> None:
        """None: maintained days may hold later events, so they are derived."""

    def orders(self) -> None:
        """None: maintained orders may have changed later, so they are derived."""

    def customers(self, traits: tuple[str, ...] = ()) -> Any:
        """The customers seen before the moment, last seen before it, too."""
        kept = self._log.customers(traits)
        if kept is None:
            return None
        kept = kept.filter(kept.first_seen < self._limit)
        return kept.mutate(last_seen=ibis.least(kept.last_seen, self._limit))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)


def looking_ahead(made: Ready, view: View, outcome: Outcome, contestants: tuple[Contestant, ...], run: Run) -> set[str]:
    """The keys of the scores whose facts change when what came at or after the cut-off is taken away.

    A score is an expression of its facts, and its fit was made on them, so that facts which stay are enough.
    """
    few = view.facts.rows.get("events", SMALL + 1) <= SMALL
    asked = [
        Asked(each.key, each.measure, made.fits.get(each.key))
        for each in contestants
        if each.measure is not None and each.key not in made.failed and (few or not _comes_along(each.measure))
    ]
    if not asked:
        return set()
    then = replace(made.view, members=view.log.temporary(run(_sample(view, made.cutoff, outcome))))
    distinct = at.distinct_facts(then, asked)
    changed = _differing(*(run(_facts(each, distinct)) for each in (then, _cut(then))))
    return {each.name for each in asked for fact in at.own_facts(then, each)
            if distinct.alias[f"{each.name}_{fact}"] in changed}  # fmt: skip


def _cut(view: View) -> View:
    return replace(view, log=Until(view.log, view.as_of))


def _facts(view: View, distinct: Distinct) -> Any:
    return at.gather(view, distinct.facts).select("customer_id", *distinct.facts).order_by("customer_id")


def _sample(view: View, cutoff: Cutoff, outcome: Outcome) -> Any:
    then = view_at(view, cutoff, identified_then(view_at(view, cutoff)) if cutoff.unknown_then else None)
    people = later_of(then.customers(), view, cutoff, outcome)
    return people.filter(outcome.happened(people)).order_by("customer_id").limit(SAMPLE).select("customer_id")


def _differing(whole: Any, cut: Any) -> set[str]:
    """The columns that are not the same (numbers to nine digits); all of them where somebody is missing."""
    if not whole["customer_id"].equals(cut["customer_id"]):
        return set(whole.column_names)
    return {name for name in whole.column_names if not _same(whole[name], cut[name])}


def _same(one: Any, other: Any) -> bool:
    if not pa.types.is_floating(one.type):
        return bool(one.equals(other.cast(one.type)))
    left, right = (each.to_numpy().astype(np.float64) for each in (one, other))
    return bool(np.allclose(left, right, rtol=1e-9, atol=1e-9, equal_nan=True))


def _comes_along(measure: Any) -> bool:
    """Whether the measure is a file of this package; one that another package brings is trusted less."""
    folder = Path(str(import_module(FOLDERS["measure"]).__file__)).resolve().parent
    return Path(inspect.getfile(type(measure))).resolve().parent == folder
