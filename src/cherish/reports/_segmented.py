"""Every customer's segment: the label of a trait or two, a measure's stage, or the fifth by a measure.

Fifths are cut on the population as it is, equal values together, so a measure on which most are equal has few of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import ibis

from cherish.errors import QuestionError
from cherish.points import at, quintiles
from cherish.points.measure import Asked
from cherish.points.quintiles import SCORES, Ties
from cherish.reports._series import read
from cherish.spec.report import Run
from cherish.spec.view import UNKNOWN, View

MEASURE = "measure:"
FIFTHS = ("1 (least)", "2", "3", "4", "5 (most)")
BETWEEN = " / "


@dataclass(frozen=True)
class Segmented:
    """customer_id and segment of everybody, what the segments are of, and the digests of what was fitted for it."""

    rows: Any
    by: str
    fits: dict[str, str]


def segmented(view: View, by: tuple[str, ...], run: Run) -> Segmented:
    """The segments of one trait or two (`plan`, `plan|age`), or of a measure (`measure:monetary`).

    Raises:
        QuestionError: neither a trait nor a measure, more than two traits, or both kinds at once.
    """
    if not by or len(by) > 2 or (len(by) > 1 and any(name.startswith(MEASURE) for name in by)):
        raise QuestionError(f"by={'|'.join(by)!r}: give one trait, two traits, or one measure as measure:NAME")
    if by[0].startswith(MEASURE):
        return _by_measure(view, by[0], run)
    fields = tuple(view.field(name) for name in by)
    wrong = [name for name, field in zip(by, fields, strict=True) if not field.startswith("traits.")]
    if wrong:
        there = ", ".join(sorted(view.facts.traits)) or "none"
        raise QuestionError(f"by={wrong[0]!r}: segments are made of customers' traits; there are {there}")
    people = view.customers(fields)
    labels = [people[f"by_{place}"] for place in range(1, len(fields) + 1)]
    segment = labels[0] if len(labels) == 1 else labels[0] + BETWEEN + labels[1]
    if len(labels) == 2:
        segment = ibis.ifelse((labels[0] == UNKNOWN) & (labels[1] == UNKNOWN), UNKNOWN, segment)
    return Segmented(people.select("customer_id", segment=segment), "|".join(by), {})


def _by_measure(view: View, text: str, run: Run) -> Segmented:
    measure = read(view, text, "core")[0].measure
    if measure is None:
        raise QuestionError(f"by={text!r}: write measure:NAME or measure:NAME(parameter=value)")
    asked = Asked("m", measure)
    asked = replace(asked, fit=at.fitted(view, asked, run))
    found = at.evaluate(view, [asked])
    fits = {"measure": asked.fit.digest} if asked.fit else {}
    if measure.stages:
        labels = ibis.cases(*((found.m_y == place, name) for place, name in enumerate(measure.stages)), else_=UNKNOWN)
        return Segmented(found.select("customer_id", segment=labels), text, fits)
    single = isinstance(at.probed(view, asked).value.x, int)
    value = found.m_y if single else found.m_y.cast("float64") / found.m_x.cast("float64").nullif(0.0)
    rows = found.select("customer_id", v=value)
    cuts = quintiles.ranked(rows.filter(rows.v.notnull()), "v", (), Ties("average"), run)
    fifth = quintiles.score(rows.v, cuts, ())
    names = ibis.cases(*((fifth == place, name) for place, name in enumerate(FIFTHS, 1)), else_=UNKNOWN)
    label = ibis.ifelse(rows.v.isnull(), UNKNOWN, names)
    digest = quintiles.fit({"v": cuts}).digest
    return Segmented(rows.select("customer_id", segment=label), text, fits | {f"cuts_of_{SCORES}": digest})
