"""The choices that make two honest retention figures differ, and which of them each vendor makes by default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

CRITERIA = ("on", "on_or_after", "on_or_before", "bracket", "streak")
CLOCKS = ("calendar", "rolling", "rolling_hour_floor")
AVERAGES = ("pooled", "simple", "mixpanel")
STARTS = ("first_ever", "first_in_range", "recurring")
REFERENCES = ("cohort_size", "previous_period")


@dataclass(frozen=True)
class Choices:
    """One value of each choice; the defaults are those of Cherish."""

    criterion: str = "on"
    clock: str = "calendar"
    averaging: str = "pooled"
    start: str = "first_ever"
    reference: str = "cohort_size"


# From the vendors' documentation (Amplitude 2026-03, Mixpanel 2026-08, PostHog as indexed). What a vendor leaves open
# stays as it is in Cherish.
PRESETS: Mapping[str, Mapping[str, str]] = {
    "amplitude": {
        "criterion": "on_or_after",
        "clock": "rolling_hour_floor",
        "averaging": "pooled",
        "start": "recurring",
    },
    "mixpanel": {"criterion": "on_or_after", "clock": "rolling", "averaging": "mixpanel", "start": "recurring"},
    "posthog": {"criterion": "on", "clock": "calendar", "averaging": "pooled"},
}


def choices(preset: str | None, **given: str | None) -> Choices:
    """What the user set, then what the preset says, then the defaults of Cherish."""
    vendor = PRESETS[preset] if preset else {}
    return Choices(
        **{each.name: given[each.name] or vendor.get(each.name, str(each.default)) for each in fields(Choices)}
    )
