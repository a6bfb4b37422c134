"""What was sent to whom: one row per contact with its campaign, be it told as a send or as a delivery."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ibis

from cherish.errors import QuestionError
from cherish.spec import numbers
from cherish.spec.calendar import number
from cherish.spec.definition import Definition
from cherish.spec.names import MESSAGE_CLICKS
from cherish.spec.view import View

NAMED = ("campaign", "campaign_name", "campaign_id")
"""Properties that name the campaign of a contact or of a click; the first that an event has holds."""
SENT = ("Message Sent", "Email Sent", "Campaign Sent")
ARRIVED = ("Message Delivered", "Email Delivered", "Push Notification Received", "Campaign Received")
SENDS = (*SENT, *ARRIVED)
CLICKS = (*MESSAGE_CLICKS, "Coupon Redeemed")
UNNAMED = "(unnamed)"
"""The campaign of contacts that name none."""


def properties(view: View, definition: Definition, parameter: str) -> tuple[str, ...]:
    """Those of a parameter's properties that the log has; names that somebody gave must all be there.

    Raises:
        QuestionError: a given property is not in the log.
    """
    wanted: tuple[str, ...] = getattr(definition, parameter)
    default = next(each.default for each in definition.parameters() if each.name == parameter)
    found = tuple(name for name in wanted if name in view.facts.properties)
    missing = [name for name in wanted if name not in found]
    if missing and wanted != default:
        there = ", ".join(sorted(view.facts.properties)) or "none"
        raise QuestionError(
            f"{parameter}={'|'.join(wanted)!r}: no property is called {missing[0]!r}; there are {there}"
        )
    return found


def text_of(events: Any, names: Iterable[str]) -> Any:
    """The first of these properties that an event tells, as text; null where it tells none."""
    found = ibis.null("string")
    for name in reversed(tuple(names)):
        found = numbers.text_of(events[f"properties.{name}"]).nullif("").fill_null(found)
    return found


def contacts(view: View, names: tuple[str, ...], named: tuple[str, ...], more: Iterable[str] = ()) -> Any:
    """customer_id, ts, d (local day number), name, event_id, campaign, and the properties in `more` by their own names.

    Where a campaign tells of both, its deliveries are left out: they are the same contacts again.
    """
    others = tuple(dict.fromkeys(more))
    events = view.events(properties=tuple(dict.fromkeys((*named, *others))))
    events = events.filter(events.name.isin(names))
    rows = events.select(
        "customer_id", "ts", "event_id", "name",
        d=number(events.day).cast("int64"),
        campaign=text_of(events, named).fill_null(UNNAMED),
        **{name: events[f"properties.{name}"] for name in others},
    )  # fmt: skip
    there = [name for name in names if name in view.facts.names]
    if not any(name in SENT for name in there) or not any(name in ARRIVED for name in there):
        return rows
    both = rows.mutate(as_sent=rows.name.isin(SENT).cast("int64"))
    marked = both.mutate(told=both.as_sent.max().over(ibis.window(group_by="campaign")))
    kept = marked.filter((marked.told == 0) | ~marked.name.isin(ARRIVED))
    return kept.drop("as_sent", "told")
