"""Windows of time: what lies in one, and the same question one window earlier, so that moves can be counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import ibis

from cherish.spec.calendar import zone
from cherish.spec.view import View


def before(view: View, window: int | None) -> View | None:
    """The view at the moment at which this window begins; None where the window begins with the data.

    The two windows touch and don't overlap: the earlier one ends at the local time at which the later one begins.
    """
    if window is None:
        return None
    local = view.calendar.local_of(view.as_of) - timedelta(days=window)
    if view.whole:
        return replace(view, as_of=view.calendar.starts(local.date()))
    return replace(view, as_of=local.replace(tzinfo=zone(view.calendar.name)).astimezone(view.as_of.tzinfo))


def covered(view: View, earlier: View | None, window: int | None) -> bool:
    """Whether the window before lies in the data: else who was active in it may seem not to have been."""
    return earlier is not None and window is not None and _since(view) <= _begins(earlier, window)


def _begins(earlier: View, window: int) -> date:
    return earlier.calendar.local_of(earlier.as_of).date() - timedelta(days=window)


def _since(view: View) -> date:
    return view.calendar.day_of(view.facts.first or view.as_of)


def note(view: View, earlier: View | None, window: int | None) -> tuple[str, ...]:
    """What must be said of the window before: that there is none, or that the data don't cover it."""
    if earlier is None or window is None:
        return ("With window=all there is no window before it, so nobody's moves are counted.",)
    begins, since = _begins(earlier, window), _since(view)
    if since <= begins:
        return ()
    return (
        f"The window before begins on {begins}, the data on {since}: it isn't full, and shares of moves aren't told.",
    )


def inside(view: View, ts: Any, window: int | None) -> Any:
    """Whether a moment lies in the window that ends at the view's."""
    if window is None:
        return ibis.literal(True)
    start = view.calendar.local_of(view.as_of) - timedelta(days=window)
    return view.calendar.local(ts) >= ibis.literal(start, type="timestamp(6)")
