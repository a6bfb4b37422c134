"""What an engine can't answer yet: each gap with the exact error, and gone from here on the day the engine can."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Gap:
    """A definition in one choice, as `Variant` writes it, an engine, and what the error says."""

    variant: str
    engine: str
    error: str


GAPS: tuple[Gap, ...] = ()


def gap(variant: str, engine: str) -> Gap | None:
    """The gap that is known of this variant on this engine."""
    return next((each for each in GAPS if (each.variant, each.engine) == (variant, engine)), None)
