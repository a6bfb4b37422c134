"""One question about two audiences, side by side: every row says whose it is, the headline how far they differ."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from cherish.answer.ask import view_of
from cherish.audiences.members import marked
from cherish.audiences.reading import of_text
from cherish.audiences.rule import Rule
from cherish.errors import CherishError
from cherish.query import REST, Query
from cherish.result import Result
from cherish.show.sides import AGAINST, DIFFERENCE, segment_of

_END = re.compile(r"(^|_)(low|high)$")
"""Ends of an interval: what lies between two ends subtracted is no interval of the difference."""


def answered(log: Any, query: Query, ask: Callable[[Query], Result]) -> Result:
    """The answers among both, as one: asked at the same moment, the other's rows below.

    The headline holds each figure of the first under its own name, of the other with `against_` before it, and with
    `difference_` what the first has more, of means and rates: counts and sums differ because audiences differ in size.
    Ends of intervals are not subtracted: what comes out would bound nothing.
    """
    rule = of_text(query.among or "")
    other = rule.opposite() if query.against == REST else of_text(query.against or "")
    first = ask(query.changed(against=None))
    moment = first.query.as_of
    try:
        second = ask(query.changed(against=None, among=other.to_json(), as_of=moment))
    except CherishError as error:
        raise type(error)(f"against {other.name or 'the other audience'}: {error}") from None
    names = segment_names(rule, other, rest=query.against == REST)
    return replace(
        first,
        query=query.changed(as_of=moment),
        name=f"{first.name} against {other.label}",
        convention=f"{first.convention} against {other.label}",
        table=_stacked(first.table, second.table, names),
        headline=_headlines(first.headline, second.headline),
        notes=tuple(dict.fromkeys((*first.notes, *second.notes, *_overlap(log, query, moment, rule, other)))),
        about={**first.about, "among": names[0], "against": names[1]},
        origin=None if first.origin is None else replace(first.origin, ask=ask),
    )


def segment_names(rule: Rule, other: Rule, *, rest: bool) -> tuple[str, str]:
    """What the two are called in the table: their names, or their labels where those would be the same."""
    names = (rule.name or rule.label, "rest" if rest else other.name or other.label)
    return names if names[0] != names[1] else (rule.label, f"{other.label} (against)")


def _stacked(first: Any, second: Any, names: tuple[str, str]) -> Any:
    import pyarrow as pa

    column = segment_of(first, second)
    sides = [
        side.add_column(0, column, pa.array([name] * side.num_rows, pa.string()))
        for side, name in zip((first, second), names, strict=True)
    ]
    return pa.concat_tables(sides, promote_options="permissive")


def _headlines(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(first)
    found |= {f"{AGAINST}{name}": value for name, value in second.items()}
    for name, value in first.items():
        other = second.get(name)
        if isinstance(value, float) and isinstance(other, float) and not _END.search(name):
            found[f"{DIFFERENCE}{name}"] = value - other
    return found


def _overlap(log: Any, query: Query, moment: str | None, rule: Rule, other: Rule) -> tuple[str, ...]:
    if query.against == REST:
        return ()
    view = view_of(log, query.changed(among=None, against=None, filters=(), as_of=moment))
    found = marked(view, {"one": rule, "other": other})
    both = int(log.run(found.agg(both=(found.one & found.other).sum()))["both"][0].as_py() or 0)
    return (f"{both:,} customers are in both",) if both else ()
