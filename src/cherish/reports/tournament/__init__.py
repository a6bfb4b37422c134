"""Which definition of engagement tells what customers do next, and does it add to what you know anyway?"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import pyarrow as pa

from cherish.errors import QuestionError
from cherish.reports.tournament import closer, contestants, cutoffs, frames, laid_out, leaks, moving, own, words
from cherish.reports.tournament.contestants import SCORES, Contestant
from cherish.reports.tournament.cutoffs import COUNT, Cutoff
from cherish.reports.tournament.frames import Field, Frame, Ready
from cherish.reports.tournament.guards import guards
from cherish.reports.tournament.judged import WHYS, Judgement, Rules, judged
from cherish.reports.tournament.outcomes import OF_ORDERS, Outcome, has_orders
from cherish.spec.definition import NAMES, REAL, WHOLE, WINDOW, Card, Source, parameter
from cherish.spec.plan import Plan
from cherish.spec.report import Report, Run
from cherish.spec.view import View

SHOWS = ("leaderboard", "verdicts", "cutoffs", "pairs", "deciles", "populations", "calibration", "guards")


class Tournament(Report):
    """Every definition is put on trial: scores frozen at cut-offs in the past, and what customers did after them.

    The population is everybody known at a cut-off, the same for all contestants; baselines always take part. The
    outcome is read in [cut-off + gap, cut-off + gap + horizon). Contestants are ranked by AUC (of two customers, one
    with the outcome and one without, the chance that the one with it scores higher, ties half), or by the Gini of
    money or orders where the outcome has amounts. Whoever is within the margin of the leader, or not told from it,
    ties.

    outcome  any_order, orders, revenue, retained (active in the last third), or an event's name
    scores   measures, with parameters where wanted: recency|rfm(count=days);
             left out: all of the catalogue that the data allow
    column   files with the columns customer, time (when it was known) and one column a score
    trait    numeric traits; nobody knows since when they hold, so they get figures, no verdict

    show=leaderboard   one row a score: figures over all cut-offs, distance to the leader, verdict
    show=verdicts      predicts, adds, moves: each in sentences with its figures
    show=cutoffs       the same figures at each cut-off
    show=pairs         paired differences to the leader and to every baseline, adjusted by Holm
    show=deciles       ten equal groups by each score and what they did
    show=populations   the order among new, one-time and repeat customers, and by a trait
    show=calibration   how near forecasts come
    show=guards        what was checked, and what would do where it failed

    predicts: the interval out of time lies above a constant's. adds: the gain over recency, count, spend and tenure,
    learned at earlier cut-offs and read at the last, lies above the margin after Holm. moves: an action drawn by lot
    raised both; only an experiment or a holdout tells that (trial=NAME), and all short of it is association only.
    """

    card: ClassVar[Card] = Card(
        family="P",
        formula="AUC = P(s1 > s0) + P(s1 = s0) / 2; Gini = (area under ordered cumulative outcome - .5) / (same of the "
        "perfect order)",
        unit="AUC",
        source=Source("DeLong, DeLong & Clarke-Pearson", 1988, "Comparing the Areas under Two or More Correlated ROC"),
        nulls=WHYS,
        apart=("decile", "rank", "cutoffs", "scores", "ties"),
        example='log.report("tournament", outcome="any_order", horizon="14d", cutoffs="2")',
    )

    active: str = parameter("core", "the set of events that count as activity, or event names joined by |")
    assignments: str | None = parameter(
        None, "a CSV or Parquet file of customer, arm and time: the lot that tells moves"
    )
    bootstraps: int = parameter(1000, "how many bootstraps of the customers", WHOLE, least=100)
    by: str | None = parameter(None, "a trait to tell sub-populations apart by")
    column: tuple[str, ...] = parameter((), "files with scores of your own: customer, time, score", own.FILES)
    currency: str | None = parameter(None, "keep only money in this currency")
    cutoffs: tuple[str, ...] = parameter(("3",), "how many cut-offs, or their days", COUNT)
    gap: int = parameter(0, "days between a cut-off and the outcome's window", WHOLE, least=0)
    horizon: int = parameter(90, "length of the outcome's window", WINDOW, least=1)
    lower: tuple[str, ...] = parameter((), "columns and traits of which the lower value is the better", NAMES)
    margin: float = parameter(0.005, "a difference of AUC that matters in practice", REAL, least=0.0)
    outcome: str | None = parameter(
        None, "any_order, orders, revenue, retained or an event; left out: the workspace's own (cherish questions)"
    )
    scores: tuple[str, ...] = parameter((), "the measures that take part; left out: all of the catalogue", SCORES)
    seed: int = parameter(1, "of the bootstrap", WHOLE, least=0)
    show: str = parameter("leaderboard", "which table", choices=SHOWS)
    step: int | None = parameter(None, "days between cut-offs; all: gap and horizon", WINDOW)
    trait: tuple[str, ...] = parameter((), "numeric traits that take part as scores", NAMES)
    trial: str | None = parameter(None, "the experiment or holdout of the log that tells moves")

    def check(self) -> None:
        """Refuse an outcome without an end."""
        if self.horizon is None:
            raise QuestionError("horizon=all: an outcome is read in a window, such as 90d")

    def plan(self, view: View, run: Run) -> Plan:
        """Count first; then one statement per cut-off that can be judged, the last of them as the plan's own."""
        outcome = self._outcome(view)
        outcome.check(view)
        base = contestants.baselines(view, outcome)
        named = contestants.chosen(view, outcome, self.scores, base) if self.scores else []
        laid = cutoffs.laid_out(view, self.cutoffs, self.horizon, self.gap, self.step or self.gap + self.horizon)
        counted = self._counted(view, laid, outcome, run)
        used = tuple(each for each in counted if not each.why)
        if not used:
            return self._refused(view, counted, outcome, [*base, *named])
        left: list[str] = []
        if not self.scores and not self.column and not self.trait:
            named, left = contestants.catalogue(view, outcome, base)
        wanted = self._field(view, [*base, *named])
        before = [frames.taken(view, each, outcome, wanted, run) for each in used[:-1]]
        last = frames.ready(view, used[-1], outcome, wanted, run)
        return self._planned(view, outcome, wanted, counted, before, last, left, run)

    def chart(self, table: Any) -> Any:
        """The leaderboard as dots with intervals; the other tables where a picture says more."""
        from cherish.reports.tournament.pictures import picture  # Altair is heavy, and only a chart needs it.

        return picture(self.show, table)

    def versions(self, view: View) -> dict[str, str]:
        return {"active": str(view.active(self.active))}

    # -- parts ------------------------------------------------------------------------------------------------------

    def _outcome(self, view: View) -> Outcome:
        stored = {"activity": "retained"}.get(view.facts.outcome or "", view.facts.outcome)
        name = self.outcome or stored or ("any_order" if has_orders(view) else "retained")
        return Outcome(name, self.horizon, self.active, self.currency)

    def _counted(self, view: View, laid: Sequence[Cutoff], outcome: Outcome, run: Run) -> tuple[Cutoff, ...]:
        able = [each for each in laid if not each.why]
        if not able:
            return tuple(laid)
        rows = run(frames.counts(view, able, outcome)).to_pylist()
        found = {row.pop("day"): row for row in rows}
        return tuple(each if each.why else each.counted(**found[each.day]) for each in laid)

    def _refused(
        self, view: View, counted: Sequence[Cutoff], outcome: Outcome, who: Sequence[Contestant]
    ) -> Plan:  # fmt: skip
        labels = [(each.label, each.role, each.definition) for each in who]
        table = laid_out.refused(labels, counted[-1].why, counted)
        if self.show == "guards":
            table = guards(counted, None, {})
        elif self.show != "leaderboard":
            table = _empty(self.show)
        told, ready_on = words.not_yet(view, counted, outcome, self.gap)
        able = [each for each in counted if each.customers] or list(counted)
        # One row is asked for, because a plan asks something: that there are customers.
        one = view.customers().limit(1).select("customer_id")
        return Plan(
            expression=one,
            finish=lambda rows: table,
            headline=lambda found: {"says": told, "ready_on": ready_on, "customers": able[-1].customers,
                                    "positives": able[-1].positives},
            convention=self._convention(view, outcome, ()),
            notes=words.notes(counted, (), (), (), bool(view.audience)),
            fits=self._digests((), self._files()),
        )  # fmt: skip

    def _files(self) -> tuple[own.OwnScores, ...]:
        return tuple(own.read(path) for path in self.column)

    def _field(self, view: View, taken: list[Contestant]) -> Field:
        """The contestants with the user's own columns behind them.

        Raises:
            QuestionError: `lower` names no column, or `by` no trait.
        """
        files: dict[str, tuple[own.OwnScores, str]] = {}
        found = [contestants.dated(view, each) for each in taken]
        for file in self._files():
            for score in file.scores:
                key = f"f{len(files)}"
                files[key] = (file, score)
                found.append(Contestant(self._own_label(score, found), "own", key, self._sign(score),
                                        undated=file.time is None))  # fmt: skip
        traits = {f"t{at}": own.trait(view, name) for at, name in enumerate(self.trait)}
        for key, full in traits.items():
            bare = full.removeprefix("traits.")
            found.append(Contestant(self._own_label(bare, found), "own", key, self._sign(bare), undated=True))
        unknown = set(self.lower) - {each.label for each in found if each.role == "own"}
        if unknown:
            raise QuestionError(f"lower={sorted(unknown)[0]!r}: no column or trait of that name takes part")
        return Field(tuple(found), files, traits, None if self.by is None else own.trait(view, self.by))

    def _own_label(self, name: str, taken: Sequence[Contestant]) -> str:
        return f"{name} (yours)" if name in {each.label for each in taken} else name

    def _sign(self, name: str) -> int:
        return -1 if name in self.lower else 1

    def _planned(
        self, view: View, outcome: Outcome, wanted: Field, counted: Sequence[Cutoff],
        before: Sequence[tuple[Ready, Frame]], last: Ready, left: Sequence[str], run: Run,
    ) -> Plan:  # fmt: skip
        made = [*(each for each, _ in before), last]
        ahead = leaks.looking_ahead(last, view, outcome, wanted.contestants, run)
        lots, told_by = moving.by_lot(view, run, outcome, wanted.contestants, self.trial, self.assignments)
        found: list[Judgement] = []

        def finish(rows: pa.Table) -> pa.Table:
            every = [*(each for _, each in before), frames.frame(last, rows, outcome, wanted)]
            reasons = _reasons(wanted, made, every, ahead)
            rules = Rules(self.margin, self.bootstraps, self.seed, lots)
            found.append(judged(every, wanted.contestants, outcome, rules, reasons))
            return self._table(found[-1], counted, made, outcome)

        failed = [f"{each.label} ({last.failed[each.key]})" for each in wanted.contestants if each.key in last.failed]
        used = [each.cutoff for each in made]
        return Plan(
            expression=last.expression,
            finish=finish,
            headline=lambda table: _headline(found[-1], outcome),
            convention=self._convention(view, outcome, used),
            notes=words.notes([each for each in counted if each.why], used, wanted.contestants, [*left, *failed],
                              bool(view.audience)),
            fits={**self._digests(made, [file for file, _ in wanted.files.values()]), **moving.digests(told_by)},
        )  # fmt: skip

    def _table(
        self, judgement: Judgement, counted: Sequence[Cutoff], made: Sequence[Ready], outcome: Outcome
    ) -> pa.Table:  # fmt: skip
        if self.show == "guards":
            return guards(counted, judgement, _set_aside(made))
        if self.show == "calibration":
            return closer.calibration(judgement, outcome)
        tables = {"leaderboard": laid_out.leaderboard, "verdicts": laid_out.verdicts,
                  "cutoffs": laid_out.cutoffs, "pairs": laid_out.pairs,
                  "deciles": closer.deciles, "populations": closer.populations}  # fmt: skip
        return tables[self.show](judgement)

    def _convention(self, view: View, outcome: Outcome, used: Sequence[Cutoff]) -> str:
        days = "|".join(each.name for each in used) or "no_cutoff"
        gap = f"/gap_{self.gap}d" if self.gap else ""
        active = f"/{view.active(self.active)}" if outcome.name not in OF_ORDERS else ""
        read = f"{outcome.name}{active}/{self.horizon}d{gap}/at_{days}"
        return f"tournament/{read}/nulls_last/ties_half/margin_{self.margin:g}"

    def _digests(self, made: Sequence[Ready], files: Sequence[own.OwnScores]) -> Mapping[str, str]:
        """One digest for all that was fitted, and one for the files that were read."""
        found = {}
        fits = sorted(f"{each.cutoff.name} {key} {fit.digest}" for each in made for key, fit in each.fits.items())
        if fits:
            found["fits"] = hashlib.md5("\n".join(fits).encode(), usedforsecurity=False).hexdigest()[:8]
        return found | {file.name: file.digest for file in files}


def _reasons(wanted: Field, made: Sequence[Ready], every: Sequence[Frame], ahead: set[str]) -> dict[str, str]:
    """By key why a contestant can't have a verdict, as far as that is known before anybody is ranked."""
    found = {each.key: "undated" for each in wanted.contestants if each.undated}
    found |= {key: "not_fitted" for each in made for key in each.failed}
    found |= dict.fromkeys(ahead, "sees_the_future")
    for key in wanted.files:
        empty = any(frame.nulls[key] == len(frame.ids) for frame in every)
        if empty and any(each.set_aside.get(key) for each in made):
            found[key] = "not_known_then"
    return found


def _set_aside(made: Sequence[Ready]) -> dict[str, int]:
    return {key: sum(each.set_aside.get(key, 0) for each in made) for each in made for key in each.set_aside}


def _empty(show: str) -> pa.Table:
    schemas = {"verdicts": laid_out.VERDICTS, "cutoffs": laid_out.CUTOFFS, "pairs": laid_out.PAIRS,
               "deciles": closer.DECILES, "populations": closer.POPULATIONS,
               "calibration": closer.CALIBRATION}  # fmt: skip
    return pa.Table.from_pylist([], schema=schemas[show])


def _headline(judgement: Judgement, outcome: Outcome) -> dict[str, Any]:
    last, leader = judgement.frames[-1], judgement.leader
    found: dict[str, Any] = {"says": words.says(judgement, outcome)}
    if leader is not None and leader.figures is not None:
        found |= {"leader": leader.label, "auc": leader.figures.auc.value}
    return found | {
        "ties": len(judgement.tied),
        "scores": len(judgement.entries),
        "cutoffs": len(judgement.frames),
        "customers": len(last.ids),
        "positives": int(last.happened.sum()),
    }
