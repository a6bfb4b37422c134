"""What a session is to each vendor, and a rule for sessions from whichever choices were made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cherish.errors import QuestionError
from cherish.points.relations.sessions import Sessions
from cherish.spec.names import is_company_act
from cherish.spec.periods import render_duration
from cherish.spec.view import View

CAMPAIGNS = ("campaign", "utm_campaign")
"""Properties that name a campaign, for presets that begin a session with a new one."""

GA4_MOST = (7 * 60 + 55) * 60
"""The longest timeout that Google Analytics 4 can be set to, in seconds."""
MOST = 7 * 86_400
"""The longest timeout: a pause of a week is not within a visit."""

_SPLIT = "campaign_split"
_WEB, _MOBILE, _DAY = 1_800, 300, 86_400
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
"""Lengths in seconds. Google Analytics 4 and Amplitude don't cut at midnight, and Google no longer at campaigns."""


def rule(view: View, preset: str | None, given: Mapping[str, Any]) -> tuple[Sessions, tuple[str, ...]]:
    """The sessions of a preset, with whatever is given in place of it, and what must be said about them.

    Of `given`, `midnight_reset` is yes or no; None leaves a choice to the preset, or else to the default of 30 minutes.
    Everything else goes to `Sessions` as it is.

    Raises:
        QuestionError: a choice that means nothing, such as a timeout of a month.
    """
    chosen = {**PRESETS.get(preset or "", {}), **{name: value for name, value in given.items() if value is not None}}
    notes: tuple[str, ...] = ()
    timeout, most = chosen.get("timeout", _WEB), GA4_MOST if preset == "ga4" else MOST
    if timeout > most:
        who = "Google Analytics 4 allows" if preset == "ga4" else "a visit ends after"
        raise QuestionError(
            f"timeout={render_duration(timeout)}: {who} {render_duration(most)} at most; write 30min or 1h"
        )
    if chosen.get(_SPLIT) == CAMPAIGNS:
        there = [name for name in CAMPAIGNS if name in view.facts.properties]
        chosen[_SPLIT] = there[0] if there else None
        if not there:
            notes = (f"Events carry no {' or '.join(CAMPAIGNS)}, so no session was cut where one changes.",)
    chosen["midnight_reset"] = chosen.get("midnight_reset") == "yes"
    made = Sessions(**chosen)
    return made, (*left_out(view, made.active, "never makes a session", "never make a session"), *notes)


def left_out(view: View, active: str, one: str, many: str) -> tuple[str, ...]:
    """What must be said where an active set names what the company does: of one such event, or of several."""
    acts = [name for name in view.active(active).events if is_company_act(name)]
    if not acts:
        return ()
    if len(acts) == 1:
        return (f"{acts[0]} is the company's doing and {one}.",)
    return (f"{', '.join(acts[:-1])} and {acts[-1]} are the company's doing and {many}.",)
