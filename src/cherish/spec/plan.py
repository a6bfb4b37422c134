"""A question made ready: an expression for the engine and a finisher for what comes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

Rows = Any
"""A `pyarrow.Table`."""


def no_headline(rows: Rows) -> Mapping[str, Any]:
    """The headline of a plan that has none."""
    return {}


def as_is(rows: Rows) -> Rows:
    """The finisher of a plan whose expression already is the answer."""
    return rows


class Later(Sequence[str]):
    """Notes that are written when they are read, after `finish`, so that they may tell figures of the answer."""

    def __init__(self, write: Callable[[], tuple[str, ...]]) -> None:
        self._write = write

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...

    def __getitem__(self, place: int | slice) -> str | Sequence[str]:
        return self._write()[place]

    def __len__(self) -> int:
        return len(self._write())


@dataclass(frozen=True)
class Plan:
    """What a report or measure asks of the engine.

    `expression` runs once; `finish` turns its rows into the table people see; `headline` reads the few figures off
    that table that a sentence would quote. `convention` names the choices that make two honest answers differ;
    `notes` are sentences that must stand beside the figures; they are read after `finish`.
    """

    expression: Any
    finish: Callable[[Rows], Rows] = as_is
    headline: Callable[[Rows], Mapping[str, Any]] = no_headline
    convention: str = ""
    notes: Sequence[str] = ()
    fits: Mapping[str, Any] = field(default_factory=dict)
