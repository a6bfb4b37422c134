"""What a session is to each vendor, and a rule for sessions from whichever choices were made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cherish.errors import QuestionError
from cherish.points.relations.sessions import Sessions
from cherish.spec.view import View

CAMPAIGNS = ("campaign", "utm_campaign")
"""Properties that name a campaign, for presets that begin a session with a new one."""

GA4_MOST = 7 * 60 + 55.0
"""The longest timeout that Google Analytics 4 can be set to, in minutes."""

_SPLIT = "campaign_split"
_WEB, _MOBILE, _DAY = 30.0, 5.0, 24 * 60.0
PRESETS: Mapping[str, Mapping[str, Any]] = {
    "ga4": {"timeout": _WEB, "boundary": "ge"},
    "universal_analytics": {"timeout": _WEB, "boundary": "ge", "midnight_reset": "yes", _SPLIT: CAMPAIGNS},
    "mixpanel": {"timeout": _WEB, "boundary": "ge", "midnight_reset": "yes"},
    "posthog": {"timeout": _WEB, "boundary": "gt", "max_length": _DAY},
    "amplitude": {"timeout": _WEB, "boundary": "ge"},
    "amplitude_mobile": {"timeout": _MOBILE, "boundary": "ge"},
    "heap": {"timeout": _WEB, "boundary": "ge"},
    "heap_mobile": {"timeout": _MOBILE, "boundary": "ge"},
}
"""Lengths in minutes. Google Analytics 4 and Amplitude don't cut at midnight, and Google no longer at campaigns."""


def rule(view: View, preset: str | None, given: Mapping[str, Any]) -> tuple[Sessions, tuple[str, ...]]:
    """The sessions of a preset, with whatever is given in place of it, and what must be said about them.

    Of `given`, `timeout` and `max_length` are minutes and `midnight_reset` is yes or no; None leaves the choice to the
    preset, or else to the default of 30 minutes. Everything else goes to `Sessions` as it is.

    Raises:
        QuestionError: a choice that means nothing, such as a pause of no length.
    """
    chosen = {**PRESETS.get(preset or "", {}), **{name: value for name, value in given.items() if value is not None}}
    notes: tuple[str, ...] = ()
    if preset == "ga4" and chosen["timeout"] > GA4_MOST:
        raise QuestionError(f"timeout={chosen['timeout']:g}: Google Analytics 4 allows {GA4_MOST:g} minutes at most")
    if chosen.get(_SPLIT) == CAMPAIGNS:
        there = [name for name in CAMPAIGNS if name in view.facts.properties]
        chosen[_SPLIT] = there[0] if there else None
        if not there:
            notes = (f"Events carry no {' or '.join(CAMPAIGNS)}, so no session was cut where one changes.",)
    for name in ("timeout", "max_length"):
        if chosen.get(name) is not None:
            chosen[name] = _seconds(name, chosen[name])
    chosen["midnight_reset"] = chosen.get("midnight_reset") == "yes"
    return Sessions(**chosen), notes


def _seconds(name: str, minutes: float) -> int:
    seconds = round(minutes * 60)
    if seconds < 1:
        raise QuestionError(f"{name}={minutes:g}: give minutes, and no less than a second (0.017)")
    return seconds
