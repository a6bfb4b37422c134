"""A question made ready: an expression for the engine and a finisher for what comes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Rows = Any
"""A `pyarrow.Table`."""


def no_headline(rows: Rows) -> Mapping[str, Any]:
    """The headline of a plan that has none."""
    return {}


def as_is(rows: Rows) -> Rows:
    """The finisher of a plan whose expression already is the answer."""
    return rows


@dataclass(frozen=True)
class Plan:
    """What a report or measure asks of the engine.

    `expression` runs once; `finish` turns its rows into the table people see; `headline` reads the few figures off
    that table that a sentence would quote. `convention` names the choices that make two honest answers differ;
    `notes` are sentences that must stand beside the figures.
    """

    expression: Any
    finish: Callable[[Rows], Rows] = as_is
    headline: Callable[[Rows], Mapping[str, Any]] = no_headline
    convention: str = ""
    notes: tuple[str, ...] = ()
    fits: Mapping[str, Any] = field(default_factory=dict)
