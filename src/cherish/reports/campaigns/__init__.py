"""What does each campaign claim, and what did it cause?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from cherish.errors import QuestionError
from cherish.points.fact import total
from cherish.points.rows import one_currency
from cherish.reports._contacts import CLICKS, NAMED, SENDS, properties
from cherish.reports._rows import day_of_text
from cherish.reports.campaigns import _claims, _lots, _picture, _tables, _words
from cherish.reports.campaigns._spans import Asked, Span, as_rows, spans
from cherish.reports.campaigns._told import Campaign, told
from cherish.spec.calendar import day_number
from cherish.spec.definition import DURATION, NAMES, REAL, WHOLE, WINDOW, Card, Source, parameter
from cherish.spec.plan import Later, Plan
from cherish.spec.report import Report, Run
from cherish.spec.roles import role
from cherish.spec.view import View


class Campaigns(Report):
    """Per campaign: what it can claim beside what it caused; with `campaign=NAME` the page of one.

    claimed_clicks  money of orders within `clicked_within` after a click, each order for the campaign clicked last
    claimed         all money of receivers in the campaign's window
    others          everybody else who is known at the moment: what they spent in the same days
    caused          money by lot: those meant to get it against those held out, times those meant, with its interval

    `difference_of_differences` is how much more a head receivers moved against the days before than the others did: an
    association only.

    What a campaign caused is known only where the lot decided who gets it: a holdout or an experiment of the
    campaign's name in the log (`lot` names another, `assignments` a file). All are compared as they were drawn, once
    the window is over. Without a lot the verdict is "not proven", whatever the days, the zone or an interval of the
    difference of differences say: receivers were chosen, and nobody knows what they would have spent without it.

    The window begins with the local day of the first send and ends with the day that the sends tell
    (`campaign_until`), else after `window`; `before` is as long unless said otherwise. `visible_per_head` is the
    smallest difference that a holdout of `held_out` per cent would show, `visible_by` the day from which it would show
    one as large as receivers' surplus over the others.
    """

    card: ClassVar[Card] = Card(
        family="Y",
        formula="caused = (mean of those meant to get it - mean of those held out, adjusted for before) * those meant",
        unit="money",
        source=Source("Deng, Xu, Kohavi & Walker", 2013, "Improving the Sensitivity of Online Controlled Experiments"),
        nulls=_words.REASONS,
        needs=("customer", "time", "orders"),
        apart=("campaigns",),
        rests={"per_head": "customers", "per_head_before": "customers"},
        example='log.report("campaigns")',
    )

    assignments: str | None = parameter(None, "with campaign: a CSV or Parquet file with customer, arm and time")
    before: int | None = parameter(None, "length of the time before the window; all: as long as the window", WINDOW)
    campaign: str | None = parameter(None, "the page of this campaign")
    clicked_within: int = parameter(604_800, "how long after a click an order counts for it", DURATION, least=1)
    clicks: tuple[str, ...] = parameter(CLICKS, "events that click on a campaign", NAMES)
    control: str | None = parameter(None, "with campaign: the arm that was held out, where its name doesn't say so")
    currency: str | None = parameter(None, "keep only money in this currency")
    held_out: float = parameter(10.0, "how many per cent a planned holdout holds out", REAL, least=0.1)
    lot: str | None = parameter(None, "with campaign: the holdout or experiment that decided who gets it")
    named: tuple[str, ...] = parameter(NAMED, "properties that name a campaign, the first that is told", NAMES)
    sends: tuple[str, ...] = parameter(SENDS, "events that send or deliver something", NAMES)
    since: str | None = parameter(None, "with campaign: the first day of its window (YYYY-MM-DD)")
    top: int = parameter(20, "how many campaigns to show, those with the most receivers", WHOLE, least=1)
    until: str | None = parameter(None, "with campaign: the day after the last of its window (YYYY-MM-DD)")
    window: int = parameter(28, "length of the window where sends don't tell its end", WINDOW)

    def check(self) -> None:
        since, until = day_of_text("since", self.since), day_of_text("until", self.until)
        given = [
            name for name in ("assignments", "control", "lot", "since", "until") if getattr(self, name) is not None
        ]
        if given and self.campaign is None:
            raise QuestionError(f"{given[0]} is about one campaign: give campaign=NAME as well")
        if self.window is None:
            raise QuestionError("window=all: a campaign's window is a number of days, such as 28d")
        if since is not None and until is not None and until <= since:
            raise QuestionError(f"until={self.until}: the window must end after it begins on {self.since}")
        if self.held_out > 50:
            raise QuestionError(f"held_out={self.held_out:g}: hold out half at most")

    def plan(self, view: View, run: Run) -> Plan:
        """The campaigns' days and lots first, then everybody's money in one statement."""
        one_currency(view, [total("orders", currency=self.currency)])
        found, there = spans(view, run, self._asked(view))
        bought = _claims.orders(view, self.currency)
        campaigns = as_rows(view, found)
        got = _claims.receipts(view, self._asked(view), campaigns)
        drawn = self._drawn(view, run, found, bought, got)
        clicked = self._clicked(view, run, bought)
        unit = _words.currency(view, self.currency)
        every: list[Campaign] = []

        def finish(rows: Any) -> Any:
            every[:] = self._told(view, found, rows, clicked, drawn)
            if self.campaign is None:
                return _tables.of_all(every)
            return _tables.of_one(every[0], self.clicked_within)

        expression = _claims.received(view, bought, got, campaigns)
        return Plan(
            expression=expression.order_by("place"),
            finish=finish,
            headline=lambda table: _headline(every, unit) if self.campaign else _headline_of_all(every, there),
            convention=self._convention(),
            notes=Later(lambda: self._notes(view, every, there, unit)),
            fits={f"lot_{name}": each.digest for name, each in drawn.items() if each.digest},
        )

    def chart(self, table: Any) -> Any:
        """The bar of each claim beside the interval of what was caused, or the words not proven."""
        return _picture.of_one(table) if "what" in table.column_names else _picture.of_all(table)

    def _asked(self, view: View) -> Asked:
        days = [None if text is None else day_number(text)
                for text in (day_of_text("since", self.since), day_of_text("until", self.until))]  # fmt: skip
        return Asked(
            role(view, self, "sends"), properties(view, self, "named"), self.campaign, self.top, self.window,
            self.before, *days,
        )  # fmt: skip

    def _drawn(
        self, view: View, run: Run, found: tuple[Span, ...], bought: Any, got: Any
    ) -> dict[str, _lots.Drawn]:  # fmt: skip
        """What the lots of these campaigns show, by campaign; those without a lot are not among them."""
        if self.assignments is not None and found:
            lot = _lots.Lot(assignments=self.assignments, control=self.control)
            return {found[0].name: _lots.drawn(view, run, lot, found[0], bought, got)}
        there = _lots.lots(view, run)
        if self.lot is not None and self.lot not in there:
            raise QuestionError(
                f"lot={self.lot!r}: the log tells of {', '.join(there) or 'no holdout and no experiment'}"
            )
        wanted = [(each, there.get(self.lot or each.name)) for each in found]
        return {
            each.name: _lots.drawn(view, run, replace(lot, control=self.control), each, bought, got)
            for each, lot in wanted
            if lot is not None
        }

    def _clicked(self, view: View, run: Run, bought: Any) -> Mapping[str, tuple[Any, int]] | None:
        """Money and customers by the campaign clicked last; None where no click of the log names a campaign."""
        names, named = role(view, self, "clicks", needed=False), properties(view, self, "named")
        if not names or not named:
            return None
        rows = run(_claims.clicked(view, bought, names, named, self.clicked_within).order_by("campaign")).to_pylist()
        return {row["campaign"]: (row["money"], row["customers"]) for row in rows}

    def _told(
        self, view: View, found: tuple[Span, ...], rows: Any, clicked: Mapping[str, tuple[Any, int]] | None,
        drawn: Mapping[str, _lots.Drawn],
    ) -> list[Campaign]:  # fmt: skip
        first = day_number(view.calendar.day_of(view.facts.first or view.as_of))
        by_place = {row["place"]: row for row in rows.to_pylist()}
        return [
            told(
                span, by_place[span.place], None if clicked is None else clicked.get(span.name, (0, 0)),
                drawn.get(span.name), first_day=first, today=view.day, held_out=self.held_out,
            )
            for span in found
        ]  # fmt: skip

    def _notes(self, view: View, every: Sequence[Campaign], there: int, unit: str) -> tuple[str, ...]:
        if self.campaign is not None:
            return tuple(each for one in every for each in _words.notes(one, unit, view.facts.zone, self.held_out))
        return _words.notes_of_all(every, there, view.facts.zone)

    def _convention(self) -> str:
        before = "as_long" if self.before is None else f"{self.before}d"
        days = f"{self.since or 'first_send'}_to_{self.until or f'told_or_{self.window}d'}"
        return f"campaigns/{days}/before_{before}/last_click/as_drawn/adjusted_for_before/95"


def _headline(every: Sequence[Campaign], unit: str) -> dict[str, Any]:
    each = every[0]
    return {
        "says": _words.says(each, unit), "campaign": each.span.name, "receivers": each.receivers.people,
        "others": each.others.people, "claimed": each.receivers.money,
        "claimed_clicks": None if each.clicked is None else each.clicked[0],
        "per_head": each.receivers.per_head, "others_per_head": each.others.per_head,
        "more_share": each.more, "before_more_share": each.more_before,
        "before_per_head": each.receivers.before, "others_before_per_head": each.others.before,
        **each.association, **each.proof, "verdict": each.verdict,
        "visible_per_head": each.planned.per_head, "visible_by": each.planned.day,
    }  # fmt: skip


def _headline_of_all(every: Sequence[Campaign], there: int) -> dict[str, Any]:
    largest = max(every, key=lambda each: (each.receivers.money, each.receivers.people), default=None)
    return {
        "says": _words.says_of_all(every, there), "campaigns": there,
        "largest_claim": None if largest is None else largest.span.name,
        "claimed": None if largest is None else largest.receivers.money,
    }  # fmt: skip
