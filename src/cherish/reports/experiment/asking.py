"""A readout step by step: who, the sample ratio, the metrics of everybody, effects, verdicts, words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from functools import cached_property
from typing import Any

import ibis

from cherish.errors import QuestionError
from cherish.proof.novelty import novelty
from cherish.reports._arms.assigning import assigned
from cherish.reports._arms.cells import Centre, Columns, alike, centred, moments, summed
from cherish.reports._arms.guards import Assigned
from cherish.reports._arms.logged import only
from cherish.reports._arms.measuring import NOVELTY, Sample, sampled
from cherish.reports._arms.metrics import Counted, Metric, metric
from cherish.reports.experiment import laid_out, words
from cherish.reports.experiment.checks import LOOK, Ratios, ratios
from cherish.reports.experiment.lines import PRIMARY, SECONDARY, Line, Reading, guarded, judged, line
from cherish.reports.experiment.segments import Context, explored, whole
from cherish.reports.experiment.terms import Terms, terms
from cherish.spec.periods import render_duration
from cherish.spec.plan import Plan
from cherish.spec.report import Run
from cherish.spec.view import View

CAP = 0.999
"""The percentile at which money is capped for a second look, over all arms together."""
CAPPED = ", capped"
SPANS = 4


@dataclass(frozen=True)
class Ask:
    """One question, the log it is asked of, and what was found on the way; each part is found once."""

    question: Any
    view: View
    run: Run

    def plan(self) -> Plan:
        """The readout, or the counts where the sample ratio forbids it."""
        if self.ratios.wrong:
            return self._blocked()
        expression = summed(self._table, self._sets, self.sample.keys, self._centre)
        figures: dict[str, Any] = {}

        def finish(rows: Any) -> Any:
            lines, said = self._read(rows)
            figures.update(self._figures(lines, said))
            return laid_out.table(lines)

        return Plan(expression, finish, lambda table: dict(figures), self._convention, self._notes, self._fits)

    # -- who, and by which terms ----------------------------------------------------------------------------------

    @cached_property
    def who(self) -> Assigned:
        """Who was assigned."""
        asked = self.question
        return assigned(
            self.view, self.run, experiment=self.name, assignments=asked.assignments, columns=asked.columns,
            control=asked.control, context=self.context, start=asked.start,
        )  # fmt: skip

    @cached_property
    def name(self) -> str | None:
        """The experiment's name; None of a file that nobody named."""
        asked = self.question
        if asked.experiment is not None or asked.assignments is not None:
            return asked.experiment  # type: ignore[no-any-return]  # a parameter of text
        return only(self.view, self.run)

    @cached_property
    def terms(self) -> Terms:
        """The terms of this reading."""
        return terms(self.view, self.question.given(), self.name)

    @cached_property
    def traits(self) -> tuple[str, ...]:
        """The full names of the traits to look at segments of: those asked for, and those declared."""
        declared = tuple(each for each in self.terms.interactions if _bare(each) in self.view.facts.traits)
        names = (*self.question.by, *(each for each in declared if each not in self.question.context))
        fields = tuple(dict.fromkeys(self.view.field(name) for name in names))
        wrong = [name for name in fields if not name.startswith("traits.")]
        if wrong:
            raise QuestionError(
                f"by={wrong[0]!r}: segments are of traits; a property of the exposure goes with context="
            )
        return fields

    @cached_property
    def context(self) -> tuple[str, ...]:
        """The properties of the exposure to look at segments of."""
        known = {_bare(each) for each in self.traits}
        declared = (each for each in self.terms.interactions if _bare(each) not in known)
        return tuple(dict.fromkeys((*self.question.context, *declared)))

    @cached_property
    def ratios(self) -> Ratios:
        """The sample ratio."""
        return ratios(self.view, self.run, self.who, self.terms.shares, self.traits)

    # -- what is counted ------------------------------------------------------------------------------------------

    @cached_property
    def metrics(self) -> tuple[Metric, ...]:
        """Every metric, each once."""
        return tuple(
            metric(self.view, self.run, each, self.terms.horizon, columns=self.who.columns, first=self.who.first,
                   roles=self.who.roles)
            for each in self.terms.every
        )  # fmt: skip

    @cached_property
    def reading(self) -> Reading:
        """How effects are read: of the declared day once it is there."""
        until = self.terms.until
        reached = until is not None and self.view.as_of.astimezone(UTC).replace(tzinfo=None) >= until
        return Reading(self.question.level, self.terms.planned, reached)

    @cached_property
    def sample(self) -> Sample:
        """Everybody's metrics; as of the declared day once it is over."""
        first = self.metrics[0]
        spans = SPANS if self.question.novelty and _splits(first) else 0
        return sampled(
            self.view, self.run, self.who, self.metrics, self.terms.horizon, cuped=self.question.cuped, by=self.traits,
            until=self.terms.until if self.reading.declared else None, spans=spans,
        )  # fmt: skip

    @cached_property
    def _learned(self) -> Centre:
        cut: dict[str, float] = {}
        for each, columns in zip(self.metrics, self.sample.columns, strict=False):
            if each.money and columns.x is None:
                cut |= dict.fromkeys(filter(None, (columns.y, columns.before)), CAP)
        return centred(self.run, self.sample.table, self.sample.columns, cut)

    @cached_property
    def _capped(self) -> tuple[Columns, ...]:
        return tuple(
            Columns(
                f"{each.name}{CAPPED}", f"{each.y}_cap", before=None if each.before is None else f"{each.before}_cap"
            )
            for each in self.sample.columns
            if each.y in self._learned.caps
        )

    @property
    def _sets(self) -> tuple[Columns, ...]:
        return (*self.sample.columns, *self._capped)

    @cached_property
    def _table(self) -> Any:
        table = self.sample.table
        caps = self._learned.caps
        return table.mutate(**{f"{name}_cap": ibis.least(table[name], ibis.literal(cap)) for name, cap in caps.items()})

    @cached_property
    def _centre(self) -> Centre:
        found = self._learned
        means = dict(found.means) | {f"{name}_cap": min(found.means[name], cap) for name, cap in found.caps.items()}
        base = {each.name: each.name.removesuffix(CAPPED) for each in self._capped}
        lacking = dict(found.lacking) | {name: found.lacking[of] for name, of in base.items()}
        return replace(
            found, means=means, lacking=lacking, new=dict(found.new) | {n: found.new[of] for n, of in base.items()}
        )

    # -- what comes of it -----------------------------------------------------------------------------------------

    def _read(self, rows: Any) -> tuple[list[Line], list[str]]:
        cells = moments(rows, self._sets, self.sample.keys, self._centre)
        arms, control = self.who.arms, self.who.control
        everybody = whole(cells, arms)
        lines = self._lines(everybody)
        contexts = self._contexts()
        whats = [(self._titles[name], name) for name in self.terms.metrics]
        lines += explored(cells, contexts, whats, arms, control, self.reading) if contexts else []
        said = []
        if NOVELTY in everybody:
            days = [(place + 0.5) * self.terms.horizon / SPANS / 86_400 for place in range(SPANS)]
            columns = [f"{NOVELTY}/{place}" for place in range(SPANS)]
            per = everybody[NOVELTY]
            said = [
                words.of_novelty(
                    self._titles[self.terms.metrics[0]], arm, novelty(per[arm], per[control], columns, days)
                )
                for arm in self.who.treated
            ]
        return lines, said

    def _lines(self, everybody: Mapping[str, Mapping[str, Any]]) -> list[Line]:
        made: list[Line] = []
        for role, names in ((PRIMARY, self.terms.metrics), (SECONDARY, self.terms.secondary)):
            made += [self._line(everybody, name, arm, role) for name in names for arm in self.who.treated]
        lower = {each.name: each.lower for each in self.metrics}
        found = judged(made, self.reading)
        found += [
            self._line(everybody, f"{name}{CAPPED}", arm, "capped")
            for name in dict.fromkeys((*self.terms.metrics, *self.terms.secondary))
            if f"{name}{CAPPED}" in everybody
            for arm in self.who.treated
        ]
        return found + [
            guarded(self._line(everybody, rail.metric, arm, "guardrail"), rail, lower[rail.metric])
            for rail in self.terms.guardrails
            for arm in self.who.treated
        ]

    def _line(self, everybody: Mapping[str, Mapping[str, Any]], name: str, arm: str, role: str) -> Line:
        base = name.removesuffix(CAPPED)
        title = self._titles[base] + name.removeprefix(base)
        return line(everybody[name], self.who.control, arm, (title, name), self.reading, "all", role)

    def _contexts(self) -> tuple[Context, ...]:
        before = self.terms.before(self.who.first)
        names = (*(name.removeprefix("traits.") for name in self.traits), *self.who.context)
        said = {each.removeprefix("traits.") for each in self.terms.interactions}
        return tuple(Context(name, place, before and name in said) for place, name in enumerate(names, 1))

    def _figures(self, lines: Sequence[Line], said: list[str]) -> dict[str, Any]:
        told = "\n".join([words.said(lines), *said, *words.of_corrections(lines)])
        found: dict[str, Any] = {"says": told, "customers": self.sample.customers}
        sizes = {lines[0].effect.control: lines[0].effect.n_control}
        sizes |= {each.arm: each.effect.n for each in lines if each.metric == lines[0].metric and each.among == "all"}
        found |= {f"in_{arm}": n for arm, n in sizes.items()}
        if self.sample.waiting:
            found["waiting"] = self.sample.waiting
        return found

    # -- what stands beside ---------------------------------------------------------------------------------------

    @cached_property
    def _titles(self) -> dict[str, str]:
        """What people call each metric."""
        return {each.name: each.title or each.name for each in self.metrics}

    def _titled(self, counts: Mapping[str, int]) -> dict[str, int]:
        return {self._titles[name]: count for name, count in counts.items() if name in self._titles}

    @cached_property
    def _notes(self) -> tuple[str, ...]:
        until = self.terms.until
        day = None if until is None else self.view.calendar.day_of(until.replace(tzinfo=UTC)).isoformat()
        doubts = [f"The sample ratio is doubtful ({each}): {LOOK}." for each in self.ratios.doubtful]
        return (
            *doubts, self.ratios.said, words.how_read(self.reading, self.terms, day),
            *words.of_terms(self.terms, self.terms.before(self.who.first)), *self.who.report.notes(),
            *words.of_missing(
                self._titled(self._learned.lacking), self._titled(self._learned.new), self.sample.waiting,
                self.terms.horizon,
            ),
            *self._of_money(), *self._alike(), *self._of_measures(),
        )  # fmt: skip

    def _of_money(self) -> list[str]:
        caps = self._learned.caps
        return [
            f"{self._titles[each.name]} is shown plain, and with values above {caps[each.y]:,.2f} taken as that "
            f"({CAP:.1%} of all customers have less): a few large ones must not decide."
            for each in self.sample.columns
            if each.y in caps
        ]

    def _alike(self) -> list[str]:
        judged = {*self.terms.metrics, *self.terms.secondary}
        plain = [each for each in self.sample.columns if each.name in judged]
        return words.of_alike(
            [(self._titles[one], self._titles[other]) for one, other in alike(self.run, self.sample.table, plain)]
        )

    def _of_measures(self) -> list[str]:
        found = []
        for each in self.metrics:
            if each.measure is None or isinstance(each.measure, Counted):
                continue
            found += [f"{each.name}: {note}" for note in each.measure.notes(self.view)]
            if each.fit is not None:
                found.append(f"{each.name}: fitted to everybody as of the first assignment, and held fixed.")
            if each.measure.stages:
                found.append(f"{each.name}: the mean of the stages' places.")
        return found

    @cached_property
    def _fits(self) -> dict[str, str]:
        fits = {each.name: each.fit.digest for each in self.metrics if each.fit is not None} if self._can else {}
        return self.who.fits | fits

    @property
    def _can(self) -> bool:
        return not self.ratios.wrong

    @property
    def _convention(self) -> str:
        read = "planned" if self.reading.declared else "always_valid"
        parts = [f"experiment/{read}/{'cuped' if self.question.cuped else 'plain'}@{self.question.card.version}"]
        parts += [f"horizon={render_duration(self.terms.horizon)}", f"control={self.who.control}"]
        parts += [f"level={self.question.level:g}", f"planned={self.terms.planned}"]
        return " ".join([*parts, *([self.terms.version] if self.terms.version else [])])

    def _blocked(self) -> Plan:
        counts = self.who.table.group_by("arm").agg(customers=self.who.table.count()).order_by("arm")
        wrong = self.ratios.wrong
        says = (
            f"Blocked: the arms are not as large as the lot meant them to be ({wrong[0]}). No effect is shown. {LOOK}."
        )
        p = laid_out.p_of(self.ratios.whole.log10_p)
        figures = {"says": says, "customers": self.who.report.customers, "sample_ratio_p": p}
        notes = (
            "Were the shares of the lot not alike? Say so: arms=ARM:SHARE|ARM:SHARE.",
            *(f"Blocked by {each}." for each in wrong[1:6]),
            *self.who.report.notes(),
        )
        convention = f"experiment/blocked@{self.question.card.version} control={self.who.control}"
        return Plan(
            counts, lambda rows: laid_out.blocked(self.ratios), lambda table: figures, convention, notes, self.who.fits
        )


def _splits(each: Metric) -> bool:
    """Whether a metric of the horizon is made of what happens in its spans."""
    if each.measure is None or each.ratio:
        return False
    if isinstance(each.measure, Counted):
        return each.measure.how in ("count", "revenue", "orders")
    return each.measure.additive


def _bare(name: str) -> str:
    return name.removeprefix("traits.")
