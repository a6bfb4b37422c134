"""What the answering of one kind of question hands back, before it becomes a result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Made:
    """A finished table with its headline; `shape` says what a row is: customer, group, day, or report."""

    table: Any
    headline: Mapping[str, Any]
    convention: str
    expression: Any
    shape: str
    notes: tuple[str, ...] = ()
    fits: tuple[str, ...] = ()
    about: Mapping[str, str] = field(default_factory=dict)
