"""Campaigns and their days: whom each reached, when it ran, and the days before it that it is held against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis

from cherish.errors import QuestionError
from cherish.reports._contacts import contacts
from cherish.spec.calendar import day_from, day_number
from cherish.spec.report import Run
from cherish.spec.view import View

UNTIL = "campaign_until"
"""A property of a send: the day on which its campaign is over (YYYY-MM-DD), no longer part of it."""
_SHOWN = 12


@dataclass(frozen=True)
class Span:
    """One campaign: its name, and day numbers: `begins` (of the days before), `start`, `end` (half-open).

    `reached` counts all who ever got it, also outside these days.
    """

    place: int
    name: str
    begins: int
    start: int
    end: int
    reached: int

    @property
    def days(self) -> int:
        """How many days it ran."""
        return self.end - self.start

    @property
    def started(self) -> date:
        """Its first day."""
        return day_from(self.start)

    @property
    def until(self) -> date:
        """The day after its last."""
        return day_from(self.end)


@dataclass(frozen=True)
class Asked:
    """What the question says of campaigns: which one, how many, and their days."""

    sends: tuple[str, ...]
    named: tuple[str, ...]
    campaign: str | None
    top: int
    window: int
    before: int | None
    since: int | None
    until: int | None


def spans(view: View, run: Run, asked: Asked) -> tuple[tuple[Span, ...], int]:
    """The campaigns asked for, those with the most receivers first, and how many there are in all.

    Raises:
        QuestionError: there is no campaign of that name.
    """
    more = (UNTIL,) if UNTIL in view.facts.properties else ()
    rows = contacts(view, asked.sends, asked.named, more)
    rows = rows.mutate(told=rows[UNTIL].cast("string") if more else ibis.null("string"))
    each = rows.group_by("campaign").agg(receivers=rows.customer_id.nunique(), first=rows.d.min(), told=rows.told.max())
    found = run(each.order_by(ibis.desc("receivers"), "campaign")).to_pylist()
    chosen = found[: asked.top]
    if asked.campaign is not None:
        chosen = [row for row in found if row["campaign"] == asked.campaign]
        if not chosen:
            there = ", ".join(str(row["campaign"]) for row in found[:_SHOWN]) or "none"
            more_of_them = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
            raise QuestionError(
                f"campaign={asked.campaign!r}: nothing was sent under that name; there are {there}{more_of_them}"
            )
    return tuple(_span(place, row, asked) for place, row in enumerate(chosen)), len(found)


def _span(place: int, row: Mapping[str, Any], asked: Asked) -> Span:
    start = row["first"] if asked.since is None else asked.since
    if asked.until is not None and asked.until <= start:
        raise QuestionError(
            f"until={day_from(asked.until)}: {row['campaign']} begins on {day_from(start)}; name a later day"
        )
    end = asked.until or _told(row["told"]) or 0
    end = end if end > start else start + asked.window
    before = asked.before if asked.before is not None else end - start
    return Span(place, str(row["campaign"]), start - before, start, end, row["receivers"])


def _told(text: str | None) -> int | None:
    try:
        return None if text is None else day_number(date.fromisoformat(text[:10]))
    except ValueError:
        return None


def as_rows(view: View, found: tuple[Span, ...]) -> Any:
    """The campaigns as a relation of the engine: place, campaign, begins, start, end."""
    import pyarrow as pa

    columns = {name: pa.array([getattr(each, name) for each in found], pa.int64())
               for name in ("place", "begins", "start", "end")}  # fmt: skip
    names = pa.array([each.name for each in found], pa.string())
    return view.log.temporary(pa.table({**columns, "campaign": names}))
