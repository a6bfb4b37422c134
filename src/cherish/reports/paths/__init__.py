"""Which way do customers go: what follows what, where are they at each step, and which paths are the most trodden?"""

from __future__ import annotations

from typing import Any, ClassVar

import ibis

from cherish.errors import QuestionError
from cherish.points.relations._session_presets import left_out
from cherish.reports import _single
from cherish.reports._rows import daily
from cherish.reports.paths import laid_out, pictures, walks
from cherish.spec.definition import DURATION, FLAG, NAMES, WHOLE, Card, Source, parameter
from cherish.spec.periods import render_duration
from cherish.spec.plan import Plan
from cherish.spec.report import Report, Run
from cherish.spec.view import View

MOST = 20
"""So many steps at most."""


class Paths(Report):
    """What customers do one after another: transitions between events, a step matrix, or the most frequent paths.

    A path is a session (`within=session`: events without a pause of `timeout`), or everything that a customer ever did
    (`within=customer`). `start` keeps paths with that event, from its first occurrence on; `end` keeps those with that
    event, up to its first occurrence (after the start). With an end and no start, steps are counted back: 0, -1 ...
    The `top` events are shown by name, all others are one event called other; repeats of an event are made one.

    show=transitions   from each event to the next: origin, target, count, customers, of (how often the origin is left
                       or is the last), share. The beginning and the end of a path stand in brackets.
    show=matrix        at each step the share of paths that are at each event: step, event, paths, of (all), share.
                       A path that is over is at (end), so that the shares of a step add up to 1.
    show=positions     the most frequent paths by their first `steps` events (last, if steps are counted back):
                       step_1, step_2 ... (null where a path is shorter), paths, customers, of (all paths), share.
    """

    card: ClassVar[Card] = Card(
        family="E",
        formula="share(a, b) = |steps from a to b| / |steps from a|; share(E, n) = |paths at E in step n| / |paths|",
        unit="share of paths or steps",
        range=(0, None),
        source=Source("Retentioneering", 2020, "Step matrix and transition graph"),
        example='log.report("paths", show="positions", start="Page Viewed", steps="4")',
    )

    active: str = parameter("core", "the events that make paths: a named set, or event names joined by |")
    collapse: bool = parameter(True, "whether repeats of an event in a row count as one", FLAG)
    end: tuple[str, ...] = parameter((), "the event (or one of these) that a path leads to", NAMES)
    limit: int = parameter(20, "how many paths to show with show=positions", WHOLE, least=1)
    show: str = parameter("transitions", "which table", choices=("transitions", "matrix", "positions"))
    start: tuple[str, ...] = parameter((), "the event (or one of these) that a path begins with", NAMES)
    steps: int = parameter(5, "how many steps of a path, at least two", WHOLE, least=2)
    timeout: int = parameter(1_800, "the pause that ends a session", DURATION, least=1)
    top: int = parameter(10, "how many events to show by name, besides start and end", WHOLE, least=1)
    within: str = parameter("session", "what a path is made of", choices=("session", "customer"))

    def check(self) -> None:
        """Refuse paths that could not be shown."""
        if self.steps > MOST:
            raise QuestionError(f"steps={self.steps}: {MOST} at most")
        both = sorted(set(self.start) & set(self.end))
        if both:
            raise QuestionError(f"start and end are both {both[0]!r}: such a path has no way; leave one of them out")
        if self.timeout is None:
            raise QuestionError("timeout=none: for paths without a pause write within=customer")

    def plan(self, view: View, run: Run) -> Plan:
        """The events to show first; then one pass over the steps."""
        ask = self.ask(view, run)
        layout = laid_out.Layout(ask)
        if self.show == "transitions":
            expression, finish = walks.transitions(walks.walked(view, ask), ask), layout.transitions
        elif self.show == "positions":
            expression, finish = walks.sequences(walks.paths(view, ask), ask, self.limit), layout.positions
        elif ask.timeout is None:
            expression, finish = walks.numbered(walks.walked(view, ask), ask), layout.matrix
        else:
            expression, finish = walks.matrix(walks.paths(view, ask), ask), layout.matrix
        return Plan(expression, finish, laid_out.HEADLINES[self.show], self._convention(view), self._notes(view, ask))

    def ask(self, view: View, run: Run) -> walks.Ask:
        """The question with the events that are shown by name, most frequent first.

        Raises:
            QuestionError: an anchor that is not among the events that make paths.
        """
        acts = walks.Ask(self.active, (), False, (), (), 2, None).rule.acts(view)
        for role, given in (("start", self.start), ("end", self.end)):
            wrong = [name for name in given if name not in acts]
            if wrong:
                raise QuestionError(
                    f"{role}: {wrong[0]!r} is not among the events of active={self.active}: {', '.join(acts)}"
                )
        anchors = tuple(dict.fromkeys((*self.start, *self.end)))
        rows = daily(view)
        counts = rows.group_by("name").agg(n=rows.n.sum())
        ranked = [name for name in run(counts.order_by(ibis.desc("n"), "name"))["name"].to_pylist() if name in acts]
        shown = [name for name in ranked if name not in anchors][: self.top]
        names = (*(name for name in ranked if name in shown or name in anchors), *(set(anchors) - set(ranked)))
        timeout = self.timeout if self.within == "session" else None
        return walks.Ask(self.active, names, self.collapse, self.start, self.end, self.steps, timeout)

    def chart(self, table: Any) -> Any:
        """A heat map of transitions or steps; paths as lines from step to step, the wider the more trodden."""
        return pictures.PICTURES[self.show](table)

    def _convention(self, view: View) -> str:
        within = f"session_{render_duration(self.timeout)}" if self.within == "session" else "customer"
        anchors = [f"{role}={'|'.join(names)}" for role, names in (("start", self.start), ("end", self.end)) if names]
        repeats = "repeats_as_one" if self.collapse else "every_event"
        steps = [] if self.show == "transitions" else [f"{self.steps}_steps"]
        return "/".join(["paths", self.show, str(view.active(self.active)), within, repeats, *anchors, *steps])

    def _notes(self, view: View, ask: walks.Ask) -> tuple[str, ...]:
        acts = ask.rule.acts(view)
        hidden = len(set(acts) - set(ask.names))
        notes = (
            *_single.note(view, acts, "active", "no path leads from one event to another"),
            *left_out(view, self.active, "never makes a step", "never make a step"),
        )
        if hidden:
            notes = (*notes, f"Events of {hidden} more kind{'s' if hidden > 1 else ''} are shown as other.")
        if ask.backwards and self.show != "transitions":
            notes = (*notes, "Steps are counted back from the end, which is step 0.")
        return notes
