"""Days as bits of a whole number: days are told apart by `or`, and counted without grouping or sorting them first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ibis

from cherish.points.fact import Fact
from cherish.spec.view import View

WIDTH = 62
"""So many bits fit one whole number of every engine without touching its sign."""
_ENGINES = ("duckdb",)
# Elsewhere the plain way is taken: Ibis 12 has no such aggregate for Spark, and shifts narrow numbers on ClickHouse.


@ibis.udf.scalar.builtin(name="bit_count")  # type: ignore[untyped-decorator]  # Ibis ships no types
def _bit_count(number: int) -> int:  # type: ignore[empty-body]  # only the signature counts: the engine has the body
    """How many bits are set."""


def can(view: View) -> bool:
    """Whether the log's engine gathers bits."""
    # Not part of what a log promises: only a faster way hangs on it.
    return getattr(view.log, "dialect", "") in _ENGINES


def fit(facts: Iterable[Fact]) -> bool:
    """Whether every fact that counts days counts those of what customers did, in a window of so many days."""
    return all(
        fact.relation == "activity" and fact.window is not None and fact.window < WIDTH
        for fact in facts
        if fact.kind == "days"
    )


def gathered(place: Any, where: Any = None) -> Any:
    """A number in which a bit is set for every place (from 0) among the rows, or those of them that `where` keeps."""
    # The engine may shift rows that the condition leaves out: their places must be possible, too.
    inside = ibis.greatest(ibis.least(place, WIDTH), 0)
    return (ibis.literal(1, type="int64") << inside).bit_or(where=where)


def count(number: Any) -> Any:
    """How many bits are set."""
    return _bit_count(number).cast("int64")
