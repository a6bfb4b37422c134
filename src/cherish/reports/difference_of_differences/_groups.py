"""The two groups: who was treated and since when, who was not, and whom the comparison has to leave out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import ibis

from cherish.errors import QuestionError
from cherish.reports._contacts import contacts
from cherish.spec.calendar import day_number
from cherish.spec.filters import Filter
from cherish.spec.report import Run
from cherish.spec.view import View

STAGGERED = 0.01
"""With a larger share of the treated who began at another time there are several starts, and no single comparison."""


@dataclass(frozen=True)
class Groups:
    """`people`: customer_id, treated (0 or 1), tenure (days known before the start). `who` names the treated, `start`
    is a day number; `began` counts the treated inside the window, `elsewhen` those outside it, who are left out."""

    people: Any
    who: str
    start: int
    began: int
    elsewhen: int

    @property
    def staggered(self) -> bool:
        """Whether too many began at another time."""
        return self.elsewhen > STAGGERED * (self.began + self.elsewhen)


def of_campaign(
    view: View, run: Run, sends: tuple[str, ...], named: tuple[str, ...], campaign: str | None, start: int | None,
    window: int,
) -> Groups:  # fmt: skip
    """Receivers of a campaign (the one with the most, unless named) against everybody who never got it.

    Raises:
        QuestionError: nothing was sent under that name.
    """
    rows = contacts(view, sends, named)
    each = rows.group_by("campaign").agg(receivers=rows.customer_id.nunique(), first=rows.d.min())
    found = run(each.order_by(ibis.desc("receivers"), "campaign")).to_pylist()
    chosen = next((row for row in found if campaign in (None, row["campaign"])), None)
    if chosen is None and campaign is None:
        return _of_nobody(view, view.day - window if start is None else start)
    if chosen is None:
        there = ", ".join(str(row["campaign"]) for row in found[:12]) or "none"
        raise QuestionError(f"campaign={campaign!r}: nothing was sent under that name; there are {there}")
    begin = chosen["first"] if start is None else start
    own = rows.filter(rows.campaign == chosen["campaign"])
    first = own.group_by("customer_id").agg(first=own.d.min())
    inside = (first["first"] >= begin) & (first["first"] < begin + window)
    counts = run(first.agg(began=first.count(where=inside), all=first.count())).to_pylist()[0]
    marked = first.select(getter="customer_id", inside=inside)
    people = _known(view, begin)
    joined = people.left_join(marked, people.customer_id == marked.getter)
    kept = joined.filter(joined.getter.isnull() | joined.inside)
    kept = kept.select("customer_id", treated=kept.getter.notnull().cast("int64"), tenure=begin - kept.first_day)
    began = int(counts["began"] or 0)
    return Groups(kept, f"receivers of {chosen['campaign']}", begin, began, int(counts["all"] or 0) - began)


def of_trait(view: View, text: str, start: int | None) -> Groups:
    """Customers with a trait against those without; traits are as known now.

    Raises:
        QuestionError: no start, or the filter is of no trait.
    """
    if start is None:
        raise QuestionError(f"treated={text!r}: since when? Give start=YYYY-MM-DD, the first day with the treatment")
    given = Filter.parse(text)
    named = replace(given, field=view.field(given.field))
    if not named.field.startswith("traits."):
        there = ", ".join(sorted(view.facts.traits)) or "none"
        raise QuestionError(f"treated={text!r}: groups are told apart by a trait of the customer; there are {there}")
    people = view.customers(traits=(named.field,))
    known = people.filter(people.first_day < start)
    kept = known.select(
        "customer_id", treated=named.on(known[named.field]).cast("int64"), tenure=start - known.first_day
    )
    return Groups(kept, text, start, 0, 0)


def _of_nobody(view: View, start: int) -> Groups:
    """Nothing was sent, so everybody is among the others."""
    people = _known(view, start)
    one = people.select("customer_id", treated=ibis.literal(0, type="int64"), tenure=start - people.first_day)
    return Groups(one, "receivers of nothing", start, 0, 0)


def _known(view: View, start: int) -> Any:
    """Everybody known before the start: newcomers have no days before it."""
    people = view.customers()
    return people.filter(people.first_day < start)


def day_of(text: Any) -> int | None:
    """A day as its number; None stays None."""
    return None if text is None else day_number(text)
