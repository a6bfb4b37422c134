"""The contest: figures of all, paired differences by one bootstrap, what adds out of time, and a verdict on each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np

from cherish.proof.prediction.bootstrap import deviations, percentiles
from cherish.proof.prediction.compare import Contest, judge
from cherish.proof.prediction.influence import Estimate
from cherish.proof.prediction.nested import Gain, Kind, Moment, nested
from cherish.proof.verdict import NO_EXPERIMENT, Finding, Verdict, added, predicted
from cherish.reports.tournament.contestants import NESTED, Contestant
from cherish.reports.tournament.figures import Figures, Judge, bare, over_all, placed
from cherish.reports.tournament.frames import Floats, Frame
from cherish.reports.tournament.moving import Moved
from cherish.reports.tournament.outcomes import Outcome

THREADS = 2
LEAK = 0.95
"""An area above this (or below the rest of it) is too good to be a prediction, until somebody shows otherwise."""
WHYS = {
    "too_few": "too few customers have the outcome, or are without it, to rank anybody by it",
    "incomplete_window": "the window in which the outcome is read is not over yet",
    "nobody_known": "no customer was known before the cut-off",
    "no_values": "no customer has a value at the cut-offs",
    "same_for_all": "every customer has the same value, so it ranks nobody",
    "leak_suspected": "it tells the outcome too well to be a prediction: it may have been made with what came after",
    "sees_the_future": "it changes when what happened after the cut-off is taken away, so it looks ahead",
    "undated": "nobody can tell when its values became known: they may have been made with what came after",
    "not_known_then": "its values became known at or after the cut-off",
    "not_fitted": "it could not be fitted to what was known then",
    "one_cutoff": "what adds is learned at one cut-off and read at a later one, and there is one only",
    "in_the_baseline": "it is part of the baseline itself",
}
REFUSING = ("no_values", "leak_suspected", "sees_the_future", "undated", "not_known_then", "not_fitted")
"""Reasons for which no verdict is given."""


@dataclass(frozen=True)
class Rules:
    """How differences are judged; `lots` holds by key what an experiment says of a definition."""

    margin: float
    bootstraps: int
    seed: int
    lots: Mapping[str, Moved] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """One contestant with all that was found; `why` is the reason that it has no verdict, or ranks nobody."""

    contestant: Contestant
    figures: Figures | None
    by_cutoff: tuple[Figures, ...]
    nulls: int
    why: str = ""
    behind: Contest | None = None
    ahead: Mapping[str, Contest] = field(default_factory=dict)
    gain: Contest | None = None
    verdict: Verdict | None = None

    @property
    def label(self) -> str:
        """How it is called."""
        return self.contestant.label

    @property
    def eligible(self) -> bool:
        """Whether it can lead."""
        return self.figures is not None and self.why == "" and self.figures.area.value is not None

    @property
    def value(self) -> float:
        """What it is ranked by; those without a figure last."""
        found = None if self.figures is None else self.figures.area.value
        return -np.inf if found is None else found


@dataclass(frozen=True)
class Judgement:
    """All entries, the best first, those that can't lead last."""

    entries: tuple[Entry, ...]
    frames: tuple[Frame, ...]
    adds_why: str

    @property
    def leader(self) -> Entry | None:
        """Who stands first; None where nobody can be ranked."""
        return self.entries[0] if self.entries and self.entries[0].eligible else None

    @property
    def tied(self) -> tuple[Entry, ...]:
        """Those whom nothing tells from the leader, the leader left out."""
        return tuple(each for each in self.entries if each.behind is not None and each.behind.verdict == "tie")


def judged(
    frames: Sequence[Frame], contestants: Sequence[Contestant], outcome: Outcome, rules: Rules,
    reasons: Mapping[str, str],
) -> Judgement:  # fmt: skip
    """Everything that is said of the contestants; `reasons` holds by key why one can have no verdict."""
    rows, customers = placed([frame.ids for frame in frames])
    judges = [Judge(frame, outcome.graded) for frame in frames]

    def entry(each: Contestant) -> Entry:
        why = reasons.get(each.key, "")
        if any(each.key not in frame.scores for frame in frames):
            return Entry(each, None, (), 0, why or "not_fitted")
        parts = [judge_of(each.key) for judge_of in judges]
        why = why or _emptiness(frames, each) or _too_good(parts)
        nulls = sum(frame.nulls[each.key] for frame in frames)
        return Entry(each, over_all(parts, rows, customers), tuple(map(bare, parts)), nulls, why)

    with ThreadPoolExecutor(THREADS) as threads:
        entries = sorted(threads.map(entry, contestants), key=lambda each: (not each.eligible, -each.value, each.label))
    compared = _compared(entries, rules)
    adding = _adding(frames, compared, outcome, rules)
    return Judgement(tuple(_with_verdict(each, adding, outcome, rules) for each in compared), tuple(frames), adding.why)


def _emptiness(frames: Sequence[Frame], each: Contestant) -> str:
    if each.role == "baseline":
        return ""
    if any(frame.nulls[each.key] == len(frame.ids) for frame in frames):
        return "no_values"
    return "same_for_all" if all(np.ptp(frame.scores[each.key]) == 0 for frame in frames) else ""


def _too_good(parts: Sequence[Figures]) -> str:
    found = [part.auc.value for part in parts if part.auc.value is not None]
    return "leak_suspected" if any(value > LEAK or value < 1 - LEAK for value in found) else ""


# -- differences --------------------------------------------------------------------------------------------------


def _compared(entries: Sequence[Entry], rules: Rules) -> list[Entry]:
    """Each entry's differences to the leader and to every baseline, all from the same thousand bootstraps."""
    able = [each for each in entries if each.why not in REFUSING and _has_influence(each)]
    if not able or not able[0].eligible:
        return list(entries)
    found = [each.figures.area for each in able if each.figures is not None]
    drawn = deviations(
        [each.influence for each in found if each.influence is not None], times=rules.bootstraps, seed=rules.seed
    )
    places = {each.contestant.key: at for at, each in enumerate(able)}
    against = {"leader": 0} | {each.label: at for at, each in enumerate(able) if each.contestant.role == "baseline"}
    table = {
        name: judge(
            {each.contestant.key: _difference(found, drawn, at, other) for at, each in enumerate(able) if at != other},
            margin=rules.margin,
        )
        for name, other in against.items()
    }
    return [_placed_beside(each, table, places) for each in entries]


def _has_influence(each: Entry) -> bool:
    return each.figures is not None and each.figures.area.influence is not None


def _difference(found: Sequence[Estimate], drawn: Floats, one: int, other: int) -> Estimate:
    value = (found[one].value or 0.0) - (found[other].value or 0.0)
    return percentiles(Estimate(value), drawn[:, one] - drawn[:, other])


def _placed_beside(each: Entry, table: Mapping[str, Mapping[str, Contest]], places: Mapping[str, int]) -> Entry:
    key = each.contestant.key
    if key not in places:
        return each
    ahead = {name: contests[key] for name, contests in table.items() if name != "leader" and key in contests}
    return replace(each, behind=table["leader"].get(key), ahead=ahead)


# -- what adds ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Adding:
    """By key the gain over the baseline, and what baseline and score together are above a coin; or why there is
    none."""

    gains: Mapping[str, Contest] = field(default_factory=dict)
    above_coin: Mapping[str, Contest] = field(default_factory=dict)
    why: str = ""


def _adding(frames: Sequence[Frame], entries: Sequence[Entry], outcome: Outcome, rules: Rules) -> _Adding:
    """What each score adds, learned at earlier cut-offs and read at the last.

    Where the baseline ranks the later customers backwards, whatever draws it nearer to a coin gains: so what adds has
    to lie above a coin, too.
    """
    last = frames[-1]
    earlier = [frame for frame in frames[:-1] if frame.cutoff.end <= last.cutoff.day]
    if not earlier:
        return _Adding(why="one_cutoff")
    base = {each.label: each.contestant.key for each in entries if each.label in NESTED and each.figures is not None}
    keys = [each.contestant.key for each in entries
            if each.figures is not None and not _inside(each) and each.why not in REFUSING]  # fmt: skip

    def moment(frame: Frame) -> Moment:
        scores = {key: frame.scores[key] for key in keys}
        return Moment({name: frame.scores[key] for name, key in base.items()}, scores, _target(frame, outcome))

    found = nested([moment(frame) for frame in earlier], moment(last), _kind(outcome))
    gains: Mapping[str, Gain] = found.gains
    coin = 0.5 if found.measure == "AUC" else 0.0
    above = {key: gains[key].together.scaled(1.0, -coin) for key in keys}
    margin = rules.margin
    return _Adding(judge({key: gains[key].gain for key in keys}, margin=margin), judge(above, margin=margin))


def _kind(outcome: Outcome) -> Kind:
    kinds: dict[str, Kind] = {"revenue": "money", "orders": "count"}
    return kinds.get(outcome.name, "any")


def _target(frame: Frame, outcome: Outcome) -> Floats:
    return frame.amount if outcome.graded else frame.happened.astype(np.float64)


def _inside(each: Entry) -> bool:
    return each.contestant.role == "baseline" and each.label in (*NESTED, "constant")


# -- verdicts -----------------------------------------------------------------------------------------------------


def _with_verdict(each: Entry, adding: _Adding, outcome: Outcome, rules: Rules) -> Entry:
    gain = adding.gains.get(each.contestant.key)
    if each.why in REFUSING or each.figures is None:
        refused = Finding("not known", WHYS[each.why])
        verdict = Verdict(each.label, outcome.words, refused, refused, NO_EXPERIMENT)
        return replace(each, verdict=verdict)
    adds = Finding("not known", WHYS["in_the_baseline"] if _inside(each) else WHYS[adding.why or "one_cutoff"])
    if gain is not None and gain.difference.value is not None and gain.low is not None and gain.high is not None:
        of = "Spearman's correlation" if outcome.graded else "AUC"
        above = adding.above_coin[each.contestant.key].low
        adds = added(gain.difference.value, gain.low, gain.high, rules.margin, of=of, above_coin=above)
    lot = rules.lots.get(each.contestant.key, Moved(NO_EXPERIMENT))
    predicts = _predicts(each, outcome, rules)
    verdict = Verdict(each.label, outcome.words, predicts, adds, lot.finding, lot.ratio)
    return replace(each, gain=gain, verdict=verdict)


def _predicts(each: Entry, outcome: Outcome, rules: Rules) -> Finding:
    area = None if each.figures is None else each.figures.area
    if area is None or area.value is None or area.low is None or area.high is None:
        return Finding("not known", WHYS["same_for_all"] if each.why == "same_for_all" else "it has no interval")
    against = each.ahead.get("constant")
    holm = None if against is None else against.p
    return predicted(area.value, area.low, area.high, margin=rules.margin, holm=holm, of_money=outcome.graded)
