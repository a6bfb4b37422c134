"""What all seven questions ask with: the moment, the days afterwards, the past that they share, and other reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cherish.errors import CherishError, QuestionError, Unanswerable
from cherish.instruments import registry
from cherish.points.measure import Measure
from cherish.points.relations.responses import lacking
from cherish.reports.seven_questions.past import Past, past
from cherish.reports.tournament.cutoffs import born, known_until
from cherish.spec.names import ANSWERS
from cherish.spec.registry import find
from cherish.spec.report import Run
from cherish.spec.view import View

AGES = ("age", "age_band", "age_group", "age_range")
"""Traits that hold an age, where nobody says which does."""
RETENTION = ("tenure", "latency", "relationship")
"""Loyalty as staying, where nobody was asked."""
QUALITIES = ("satisfaction", "effort")
"""Instruments that ask about an interaction: their mean is its quality."""


@dataclass(frozen=True)
class Found:
    """What another report answered."""

    table: Any
    headline: Mapping[str, Any]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asking:
    """One report's view and settings; what several questions need is found once."""

    view: View
    run: Run
    horizon: int
    active: str = "core"
    age: str | None = None
    young: float = 35.0
    definition: str = "active_days"
    trial: str | None = None
    assignments: str | None = None
    margin: float = 1.0
    cost: float = 0.0

    # -- the past -----------------------------------------------------------------------------------------------------

    @cached_property
    def end(self) -> int:
        """The day number up to which it is known what came: the moment's, or where the data end before it."""
        return known_until(self.view)

    @cached_property
    def days(self) -> int:
        """How many days count as afterwards: a third of the days there are, where those are fewer than asked for.

        Raises:
            Unanswerable: there are not even three days.
        """
        there = self.end - born(self.view)
        if there < 3:
            raise Unanswerable(
                f"the log has {there} whole day{'' if there == 1 else 's'}; what people did before and afterwards can "
                "be told apart from three days on"
            )
        return min(self.horizon, there // 3)

    @cached_property
    def past(self) -> Past:
        """Everybody known at the cutoff, what was known of them then, and what they did afterwards."""
        span = (self.end, self.days, self.active)
        return past(self.view, span, self.run, self.extra, only=self._few, trait=self.aged)

    @cached_property
    def everything(self) -> Past:
        """The same with every definition of the catalogue: fitting models takes seconds, so who needs it asks."""
        return past(self.view, (self.end, self.days, self.active), self.run, self.extra)

    @cached_property
    def before(self) -> Past:
        """The same one span earlier: a forecast is learned there and tried later."""
        span = (self.end - self.days, self.days, self.active)
        return past(self.view, span, self.run, self.extra, only=self._few)

    @property
    def _few(self) -> tuple[str, ...]:
        """The definitions that all questions but the first need."""
        return tuple(dict.fromkeys((*RETENTION, "active_days", self.definition)))

    # -- what the log has ---------------------------------------------------------------------------------------------

    @cached_property
    def aged(self) -> str | None:
        """The trait that holds an age, as a full name; None where there is none."""
        if self.age is not None:
            field = self.view.field(self.age)
            if not field.startswith("traits."):
                raise QuestionError(f"age={self.age!r} belongs to events; name a trait of customers")
            return field
        there = self.view.facts.traits
        return next((f"traits.{name}" for name in AGES if name in there), None)

    @cached_property
    def instruments(self) -> tuple[str, ...]:
        """The instruments with a file that the log has answers to."""
        if lacking(self.view, ANSWERS) is not None:
            return ()
        events = self.view.events(properties=("instrument",))
        column = events["properties.instrument"].cast("string")
        rows = events.filter(events.name.isin(ANSWERS), column.notnull()).select(it=column).distinct()
        there = set(self.run(rows)["it"].to_pylist())
        return tuple(name for name in registry.names(registry.beside(self.view.log)) if name in there)

    @cached_property
    def loyalties(self) -> dict[str, Measure]:
        """What customers said, as a score each: the instruments that have a whole."""
        return {f"survey_score({name})": find("measure", "survey_score").of(instrument=name)  # type: ignore[misc]  # a measure, by its registry
                for name in self.instruments}  # fmt: skip

    @cached_property
    def qualities(self) -> dict[str, Measure]:
        """The mean answer about interactions, of each instrument that asks about them."""
        return {f"mean {name}": find("measure", "survey_score").of(instrument=name, take="mean")  # type: ignore[misc]  # a measure, by its registry
                for name in self.instruments if name in QUALITIES}  # fmt: skip

    @cached_property
    def extra(self) -> dict[str, Measure]:
        """Scores beside those that every definition has by default."""
        return {**self.loyalties, **self.qualities}

    # -- other reports ------------------------------------------------------------------------------------------------

    def ask(self, name: str, **given: Any) -> Found:
        """The answer of another report at the same moment about the same customers.

        Raises:
            CherishError: the report's own refusal.
        """
        plan = find("report", name).of(**given).plan(self.view, self.run)  # type: ignore[attr-defined]  # a report, by its registry
        table = plan.finish(self.run(plan.expression))
        return Found(table, dict(plan.headline(table)), tuple(plan.notes))

    def possible(self, name: str, **given: Any) -> Found | None:
        """The answer of another report, or None where it refuses."""
        try:
            return self.ask(name, **given)
        except CherishError:
            return None
