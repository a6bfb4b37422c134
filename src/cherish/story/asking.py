"""Asks the log for the story: every question once, every number as a figure that can be re-derived."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from cherish.answer import Query, answer
from cherish.clock import system_clock
from cherish.errors import Unanswerable
from cherish.result import Result
from cherish.spec.relations import ActiveSet, Facts
from cherish.spec.view import default_active
from cherish.story import words
from cherish.story.discreet import FEW_BEHIND, discreet
from cherish.story.sentence import Part
from cherish.story.words import Acts, People
from cherish.verify import Figure, Selector, cell, figure

FEW = 30
"""Below this many customers the story counts and leaves shares alone."""


class Asking:
    """A log and the words to speak of it in."""

    def __init__(self, log: Any, people: People | None = None, *, share: bool = False) -> None:
        self.log = log
        self.share = share
        self.facts: Facts = log.facts
        self._now = system_clock()
        self._given = people
        self._asked: dict[str, Result] = {}

    def report(self, name: str, **arguments: Any) -> Result:
        """The answer of a report; the same question is asked once."""
        query = Query.from_args("report", name, {**self._whom, **arguments})
        if query.to_json() not in self._asked:
            found = answer(self.log, query, self._now)
            self._asked[query.to_json()] = discreet(found) if self.share else found
        return self._asked[query.to_json()]

    @cached_property
    def _whom(self) -> dict[str, str]:
        # Where nobody has an id of their own, browsers and devices are all there is to tell of.
        nameless = self.facts.rows.get("anonymous", 0)
        return {"population": "all"} if nameless and nameless == self.facts.rows.get("customers") else {}

    # -- what the words depend on ---------------------------------------------------------------------------------

    @cached_property
    def overview(self) -> Result:
        """What is in the log."""
        return self.report("overview", **self.money)

    @cached_property
    def customers(self) -> int:
        """How many customers there are."""
        return int(self.overview.headline["customers"])

    @cached_property
    def few(self) -> bool:
        """Whether there are too few customers for shares."""
        return self.customers < FEW

    @cached_property
    def has_orders(self) -> bool:
        """Whether there are orders."""
        return self.facts.rows.get("orders", 0) > 0

    @cached_property
    def has_money(self) -> bool:
        """Whether the orders carry money."""
        return self.has_orders and bool(self.overview.headline["value"])

    @cached_property
    def active(self) -> ActiveSet:
        """What counts as being active."""
        return self.facts.active.get("core") or ActiveSet("core", default_active(self.facts))

    @cached_property
    def acts(self) -> Acts:
        """The words for being active."""
        return words.acts_of(self.active.events)

    @cached_property
    def people(self) -> People:
        """The words for the customers."""
        return self._given or words.people_of(None, self.has_orders)

    @cached_property
    def money(self) -> dict[str, str]:
        """The currency to ask for, where the log has several and no rates: the one most orders are in."""
        used = {name: orders for name, orders in self.facts.currencies.items() if orders}
        if len(used) < 2 or self.facts.rates:
            return {}
        return {"currency": max(sorted(used), key=lambda name: used[name])}

    @cached_property
    def currency(self) -> str:
        """The currency that amounts are in, or nothing where it isn't known."""
        used = [name for name, orders in self.facts.currencies.items() if orders]
        return self.money.get("currency") or self.facts.currency or (used[0] if len(used) == 1 else "")

    # -- figures --------------------------------------------------------------------------------------------------

    def count(self, result: Result, selector: str | Selector) -> Figure:
        """A count."""
        return self._figure(result, selector, words.count)

    def few_or_none(self, result: Result, selector: str | Selector) -> Figure:
        """A count that says `none` for nought."""
        return self._figure(result, selector, words.few)

    def mean(self, result: Result, selector: str | Selector) -> Figure:
        """A mean count of people."""
        return self._figure(result, selector, words.mean)

    def percent(self, result: Result, selector: str | Selector) -> Figure:
        """A share."""
        return self._figure(result, selector, words.percent)

    def text(self, result: Result, selector: str | Selector) -> Figure:
        """A name that the data hold, as it is."""
        return self._figure(result, selector, str)

    def day(self, result: Result, selector: str | Selector) -> Figure:
        """A day."""
        return self._figure(result, selector, words.day)

    def amount(self, result: Result, selector: str | Selector, exact: bool = False) -> Figure:
        """Money with its currency."""
        unit = f" {self.currency}" if self.currency else ""
        return self._figure(result, selector, lambda value: words.amount(value, exact) + unit)

    def cell(self, result: Result, column: str, write: Callable[[Any], str], **row: Any) -> Part:
        """One cell of a picture's table: a figure like those of the sentences, or empty where there is no value."""
        place = cell(column, **row)
        value = place.read(result)
        return Part("") if value is None else _part(figure(result, place, write(value)))

    def paid(self, value: Any) -> str:
        """Money with its currency, as text."""
        return words.amount(value) + (f" {self.currency}" if self.currency else "")

    def _figure(self, result: Result, selector: str | Selector, write: Callable[[Any], str]) -> Figure:
        place = Selector(headline=selector) if isinstance(selector, str) else selector
        value = place.read(result)
        if value is None and self.share:
            raise Unanswerable(FEW_BEHIND.format(result.about["shared"]))
        return figure(result, place, write(value))


def _part(found: Figure) -> Part:
    return Part(found.text, found)
