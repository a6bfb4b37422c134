"""What reading assignments hands on, from wherever they came; and how their texts are made alike on every engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import ibis

from cherish.points import bits
from cherish.reports._arms.guards import Counts
from cherish.spec.numbers import text_of
from cherish.spec.report import Run
from cherish.spec.view import UNKNOWN, View


@dataclass(frozen=True)
class Found:
    """Assignments before the population is looked at: `known` says whether customer_id is one of the log's."""

    table: Any
    name: str
    digest: str | None = None
    columns: tuple[str, ...] = ()
    known: bool = True
    units: bool = False
    roles: Mapping[str, str] = field(default_factory=dict)


def told(counts: Mapping[str, Any]) -> Counts:
    """Counts as an engine gives them, with nothing being 0."""
    plain = {name: int(value or 0) for name, value in counts.items() if name != "customers"}
    return Counts(arms={"": int(counts.get("customers") or 0)}, **plain)


def held(view: View, run: Run, table: Any) -> Any:
    """A relation that is asked several times: its rows, where the engine shares our memory; else as it is."""
    return view.log.temporary(run(table)) if bits.can(view) else table


def limit(view: View) -> Any:
    """The view's moment, to compare timestamps with."""
    return ibis.literal(view.as_of.replace(tzinfo=None), type="timestamp(6)")


def labelled(column: Any, missing: str = UNKNOWN) -> Any:
    """A column as texts that every engine writes alike: whole numbers without a point; what is missing has a word."""
    if column.type().is_boolean():
        return ibis.ifelse(column, "true", "false").fill_null(missing)
    return text_of(column).nullif("").fill_null(missing)
