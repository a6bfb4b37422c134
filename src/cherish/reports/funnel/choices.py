"""The choices that make two honest funnels differ, and which of them each vendor makes by default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from cherish.errors import QuestionError
from cherish.spec.periods import render_duration

ORDERS = ("ordered", "strict", "any_order")
REENTRIES = ("first_entry", "best", "totals")
EXCLUSIONS = ("drop_at_exclusion", "remove_customer", "any_clean_path")
COUNTINGS = ("customers", "pairs", "totals")
DAY = 86_400
LONGEST = 36_525 * DAY
"""The longest window: a century, which every engine can add to a moment."""


@dataclass(frozen=True)
class Choices:
    """One value of each choice; `window` and `grace` in seconds. The defaults are those of Cherish."""

    order: str = "ordered"
    reentry: str = "first_entry"
    exclusion: str = "drop_at_exclusion"
    counting: str = "customers"
    window: int = 7 * DAY
    grace: int = 0


# Mixpanel's documentation of 2026-08, Amplitude's of 2026-03, PostHog's source. Amplitude's window is from memory.
PRESETS: Mapping[str, Mapping[str, Any]] = {
    "mixpanel": {"order": "ordered", "reentry": "first_entry", "exclusion": "drop_at_exclusion", "window": 7 * DAY,
                 "grace": 2},
    "amplitude": {"order": "ordered", "reentry": "best", "exclusion": "any_clean_path", "counting": "pairs",
                  "window": DAY, "grace": 1},
    "posthog": {"order": "ordered", "reentry": "best", "exclusion": "remove_customer", "window": 14 * DAY, "grace": 0},
}  # fmt: skip


def choices(preset: str | None, given: Mapping[str, Any]) -> Choices:
    """What the user set, then what the preset says, then the defaults of Cherish.

    Counting totals and entering again are one choice: either says both, unless each is given.

    Raises:
        QuestionError: two choices that contradict each other.
    """
    mine = {name: value for name, value in given.items() if value is not None}
    if mine.get("counting") == "totals" and mine.setdefault("reentry", "totals") != "totals":
        raise QuestionError(
            f"counting=totals counts every entry, and reentry={mine['reentry']} keeps one: leave one out"
        )
    if mine.get("reentry") == "totals":
        mine.setdefault("counting", "totals")
    merged = {**(PRESETS[preset] if preset else {}), **mine}
    made = Choices(**{each.name: merged.get(each.name, each.default) for each in fields(Choices)})
    if made.window <= 0:
        raise QuestionError("window=0: a funnel needs time to be gone through; write a length such as 7d, 12h or 30min")
    if made.window > LONGEST:
        raise QuestionError(f"window={render_duration(made.window)}: the longest is {render_duration(LONGEST)}")
    if made.grace and "grace" in mine:
        _tolerable(made)
    return made if made.order == "ordered" else Choices(**{**vars(made), "grace": 0})


def _tolerable(made: Choices) -> None:
    if made.order != "ordered":
        raise QuestionError(
            f"grace is for order=ordered: order={made.order} doesn't ask which of two events came first"
        )
    if made.grace > made.window:
        raise QuestionError(
            f"grace={made.grace}: it is for clocks that differ by seconds, and at most the window "
            f"({render_duration(made.window)})"
        )
