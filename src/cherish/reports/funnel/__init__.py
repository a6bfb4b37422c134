"""How many go through these steps, how long do they take, and where are they lost?"""

from __future__ import annotations

from typing import Any, ClassVar, cast

from cherish.errors import QuestionError
from cherish.reports._rows import breakdowns, day_of_text
from cherish.reports.funnel import afterwards, any_order, laid_out, pictures
from cherish.reports.funnel.ask import Ask
from cherish.reports.funnel.choices import (
    COUNTINGS,
    EXCLUSIONS,
    ORDERS,
    PRESETS,
    REENTRIES,
    Choices,
    choices,
)
from cherish.reports.funnel.chosen import chosen
from cherish.reports.funnel.counted import counted, levels
from cherish.reports.funnel.quick import quick, suits
from cherish.reports.funnel.steps import STEPS, Selector, exclusions, refuse_number, steps
from cherish.spec.definition import DURATION, FLAG, NAMES, WHOLE, Card, Source, parameter
from cherish.spec.periods import Unit, render_duration
from cherish.spec.plan import Plan
from cherish.spec.report import Report, Run
from cherish.spec.view import View


class Funnel(Report):
    """How many customers go through a chain of steps in time, where they are lost, and how long they take.

    A step is an event name, several joined by + (any of them), each with filters of its own in brackets:
    `steps=Page[path=/pricing]|Product Added+Wishlist Added|Order Completed[value>=50;currency=EUR]`. Left out, the
    steps are the standard ones that the log has: a page, Product Viewed, Product Added, Checkout Started, Order
    Completed. A step that stands twice must happen twice.

    An attempt begins with its entry, an event of the first step in the range of days; a step counts if it and all steps
    before it come within `window` of the entry (the very end included, and also after the last day of the range). One
    row is later than another by its time, then by its event id. The choices, each of which changes the answer (`preset`
    makes a vendor's, and what you set yourself always wins):

    order      ordered: step j is the first such event later than step j - 1, whatever lies between. strict: the very
               next of the customer's events (of `active`, the steps and what is excluded) must be the next step.
               any_order: the entry may be any step (with `anchor` the first), and row j counts who did j of the steps
    reentry    first_entry: only the first entry in the range. best: the longest attempt of all entries, of equal ones
               the earliest. totals: a customer enters again after converting, after the window or an exclusion ended
               the attempt, and with order=strict where the chain broke
    counting   customers: everybody once. pairs: once for each customer and value of what is held constant. totals:
               every entry, with reentry=totals
    exclude    events that may not come after the first step and before the last; EVENT@2-3: after step 2, before
               step 3. An event that is both the next step and excluded is excluded
    exclusion  drop_at_exclusion: the attempt ends, what it reached counts. remove_customer: whose attempt was ended so
               is not counted at all (with reentry=best: any of their entries'). any_clean_path: a chain of other
               events of the same steps counts, if no excluded one lies between two steps
    hold       properties that must be equal on all steps (and on what is excluded); events without them take no part
    grace      seconds by which a step may come before the step that it follows, for clocks that differ

    Window-funnel engines' modes: their plain one is reentry=best; the one that stops at a repeated step (A|B|C|D) is
    exclude=A@1-4|B@2-4|C@3-4; the one that lets no other step come between is order=strict with active=A.

    Entries whose window is not over at the moment are counted unless open_entries=leave_out; `open` tells how many of
    those who dropped could still go on. A breakdown takes the value at the entry (by=name is shown as entry_name), and
    a trend has a row for every period from the first entry to the last. With `next_acts` the table shows instead what
    those who went no further did next (their first event of `active` or of a step at a later moment).

    Columns: the breakdowns, period (of the entry, with `trend`), step, name, reached, dropped (before the next step),
    open, step_rate (of the step before) and overall_rate (of the first step), the percentiles of the time (in
    seconds) since the step before and (total_) since the entry, and the rates' 95 % intervals by Wilson's score.
    """

    card: ClassVar[Card] = Card(
        family="E",
        formula="|{attempts with t_j - t_1 <= window for all steps up to k, in order}| / |{attempts}|",
        unit="share of customers",
        range=(0, None),
        source=Source("Mixpanel, Amplitude, PostHog", 2026, "documentation of funnels; Wilson 1927 for the intervals"),
        nulls={
            "first_step": "the first step follows no other",
            "nobody_before": "nobody reached the step before",
            "nobody_entered": "nobody entered the funnel",
        },
        example='log.report("funnel", steps="Product Viewed|Product Added|Order Completed", window="7d")',
    )

    active: str = parameter(
        "core", "for strict order and next_acts: the customers' own events, a set or names joined by |"
    )
    anchor: bool = parameter(False, "with order=any_order: the first step must come first", FLAG)
    by: tuple[str, ...] = parameter((), "up to two traits, or properties of the first step, to break down by", NAMES)
    counting: str | None = parameter(None, "what is counted (customers)", choices=COUNTINGS)
    exclude: tuple[str, ...] = parameter((), "events that end an attempt: EVENT, or EVENT@2-3 between two steps", STEPS)
    exclusion: str | None = parameter(None, "what an excluded event does (drop_at_exclusion)", choices=EXCLUSIONS)
    grace: int | None = parameter(None, "seconds by which a step may come too early (0)", WHOLE, least=0)
    hold: tuple[str, ...] = parameter((), "properties that must be equal on all steps", NAMES)
    next_acts: int | None = parameter(
        None, "show what those who dropped did next: so many events a step", WHOLE, least=1
    )
    open_entries: str = parameter("count", "entries whose window is not over", choices=("count", "leave_out"))
    order: str | None = parameter(None, "how steps follow each other (ordered)", choices=ORDERS)
    percentiles: tuple[str, ...] = parameter(("50", "90"), "percentiles of the time to convert", NAMES)
    preset: str | None = parameter(None, "a vendor's choices, for those you leave open", choices=tuple(PRESETS))
    reentry: str | None = parameter(None, "which entries count (first_entry)", choices=REENTRIES)
    since: str | None = parameter(None, "first day (YYYY-MM-DD) of entries")
    steps: tuple[str, ...] = parameter((), "two steps or more: NAME, NAME+NAME, NAME[FIELD=VALUE;FIELD=VALUE]", STEPS)
    top: int = parameter(10, "how many values of each breakdown to show; the rest is 'other'", WHOLE, least=1)
    trend: str | None = parameter(None, "a funnel for the entries of each period", choices=("day", "week", "month"))
    until: str | None = parameter(None, "the day after the last one of entries")
    window: int | None = parameter(None, "how long an attempt may take: 7d, 12h, 30min (7d)", DURATION)

    def check(self) -> None:
        self.choices()
        self.shares()
        since, until = day_of_text("since", self.since), day_of_text("until", self.until)
        if since is not None and until is not None and since >= until:
            raise QuestionError(f"since={self.since} until={self.until}: no day is left for an entry")
        refuse_number(self.steps)
        if self.next_acts is not None and (self.by or self.trend):
            raise QuestionError("next_acts has a table of its own: leave out by and trend")

    def choices(self) -> Choices:
        """Every choice made: yours, then the preset's, then the defaults."""
        names = ("order", "reentry", "exclusion", "counting", "window", "grace")
        return choices(self.preset, {name: getattr(self, name) for name in names})

    def shares(self) -> tuple[float, ...]:
        """The percentiles as shares of one.

        Raises:
            QuestionError: not numbers from 0 to 100.
        """
        try:
            found = tuple(float(text) / 100 for text in self.percentiles)
        except ValueError:
            found = (-1.0,)
        if any(not 0 <= share <= 1 for share in found) or len({f"{share:.6g}" for share in found}) < len(found):
            raise QuestionError(
                f"percentiles={'|'.join(self.percentiles)}: write different numbers from 0 to 100, as in 25|50|75"
            )
        return found

    def plan(self, view: View, run: Run) -> Plan:
        ask = self._ask(view)
        names = _names(ask)
        convention, notes = self._convention(view, ask), self._notes(ask)
        if self.next_acts is not None:
            most = self.next_acts
            found = afterwards.afterwards(view, ask, chosen(view, ask, run))
            return Plan(
                found, lambda rows: afterwards.laid_out(rows, names, most), afterwards.headline, convention, notes
            )
        people = quick(view, ask, run) if suits(ask) else levels(ask, chosen(view, ask, run))
        shape = laid_out.Shape(names, ask.by, self.shares(), ask.trend)
        return Plan(
            counted(view, ask, people, shape.shares, self.top, run),
            lambda rows: laid_out.laid_out(rows, shape),
            lambda table: laid_out.headline(table, shape),
            convention,
            notes,
        )

    def _ask(self, view: View) -> Ask:
        chain = steps(view, self.steps)
        ask = Ask(
            steps=chain,
            exclusions=exclusions(view, self.exclude, chain),
            choices=self.choices(),
            acts=tuple(dict.fromkeys([*view.active(self.active).events, *(n for each in chain for n in each.names)])),
            anchor=self.anchor,
            by=breakdowns(view, self.by),
            hold=self._hold(view, chain),
            since=day_of_text("since", self.since),
            until=day_of_text("until", self.until),
            settled=self.open_entries == "leave_out",
            trend=cast(Unit | None, self.trend),
        )
        if ask.choices.order == "any_order":
            any_order.kinds(ask)
        return ask.tolerant(mine=self.grace is not None)

    def _hold(self, view: View, chain: tuple[Selector, ...]) -> tuple[str, ...]:
        found = tuple(dict.fromkeys(view.field(name) for name in self.hold))
        if any(name.startswith("traits.") for name in found):
            raise QuestionError(f"hold={'|'.join(self.hold)}: traits are the same on all steps anyway; name properties")
        if "name" in found and not set.intersection(*(set(each.names) for each in chain)):
            raise QuestionError(f"hold={'|'.join(self.hold)}: no event name is in all steps, so nobody gets through")
        return found

    def _convention(self, view: View, ask: Ask) -> str:
        made = ask.choices
        parts = [f"funnel/{made.order}/{made.reentry}/{made.counting}@{self.card.version}"]
        parts += [f"window={render_duration(made.window)}", f"{ask.count}_steps", f"grace={made.grace}s"]
        parts += [f"{made.exclusion}={'|'.join(self.exclude)}"] if ask.exclusions else []
        parts += [f"hold={'|'.join(ask.hold)}"] if ask.hold else []
        parts += ["anchored"] if ask.anchor and made.order == "any_order" else []
        parts += [f"stream={view.active(self.active)}"] if made.order == "strict" or self.next_acts else []
        return " ".join([*parts, f"open_entries={self.open_entries}"])

    def _notes(self, ask: Ask) -> tuple[str, ...]:
        found = []
        if ask.choices.counting == "totals":
            found.append("Entries are counted, so a customer can be in the funnel several times.")
        if ask.choices.counting == "pairs" and ask.hold:
            found.append("A customer is counted once for each value of what is held constant.")
        if ask.trend and ask.choices.reentry != "totals":
            found.append("Everybody is in the period of one entry only; reentry=totals shows all entries of a period.")
        if self.open_entries == "count":
            found.append("Entries whose window is not over count as dropped for now: see `open`.")
        if ask.choices.order == "any_order":
            found.append("Row j counts who did j of the steps, whichever came first.")
        return tuple(found)

    def chart(self, table: Any) -> Any:
        if "did_next" in table.column_names:
            return None
        return pictures.picture(table, table.column_names[: table.column_names.index("step")])


def _names(ask: Ask) -> tuple[str, ...]:
    if ask.choices.order == "any_order":
        return tuple(f"{place} of {ask.count} steps" for place in range(1, ask.count + 1))
    return tuple(each.text for each in ask.steps)
