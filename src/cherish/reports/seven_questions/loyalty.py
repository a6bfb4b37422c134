"""Is loyalty "infinitely" more predictive of profit? What it adds, out of time, to recency, count and spend."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cherish.proof.prediction.compare import MARGIN, Contest, judge
from cherish.proof.prediction.influence import REASONS, Estimate
from cherish.proof.prediction.nested import Gain, Nested, nested
from cherish.proof.prediction.nested import Moment as Known
from cherish.proof.prediction.ranking import auc, spearman
from cherish.reports.seven_questions.answers import Answer, Figure, between, count, number, unknown
from cherish.reports.seven_questions.asking import RETENTION, Asking
from cherish.reports.seven_questions.past import Flags, Past
from cherish.reports.tournament.frames import ranked_last

NAME = "5 loyalty predicts"
QUESTION = 'Is loyalty "infinitely" more predictive of profit than older measures?'
OLDER = ("recency", "past count", "past spend")
LEAST = 50
"""Customers whose loyalty is known, at each of the two cutoffs."""
ALONE, TOGETHER, GAIN = "alone", "recency, count and spend together", "gain over recency, count and spend"
MISSING = (
    "nobody was asked about loyalty: ask whether customers would recommend you (docs/how-to/surveys.md), import the "
    "answers (cherish import FILE --survey LAYOUT), and ask again when two rounds lie {days} days apart"
)


@dataclass(frozen=True)
class Tried:
    """One measure of loyalty, judged on customers of the later cutoff."""

    name: str
    n: int
    alone: Estimate
    older: Estimate
    gain: Gain
    asked: bool


def answer(asking: Asking) -> Answer:
    """Alone, together with older measures, and the paired gain with Holm over all measures of loyalty there are."""
    tried = list(_tried(asking))
    if not tried:
        return unknown(MISSING.format(days=asking.days))
    contests = judge({each.name: each.gain.gain for each in tried})
    best = max(tried, key=lambda each: (each.asked, each.n, each.gain.gain.value or 0.0, each.name))
    measured = "rank correlation with later spend" if asking.past.spent is not None else "AUC for staying"
    figures = [figure for each in tried for figure in _figures(each, contests[each.name], measured, each is best)]
    why = None if best.asked else MISSING.format(days=asking.days)
    return Answer(_sentence(best, contests[best.name], figures, asking), tuple(figures), why)


def _tried(asking: Asking) -> Iterator[Tried]:
    if asking.past.n < LEAST:
        return
    before, later = asking.before, asking.past
    older = [name for name in OLDER if name in before.scores and name in later.scores]
    there = [name for name in (*asking.loyalties, *RETENTION) if name in before.scores and name in later.scores]
    for name in there:
        asked = name in asking.loyalties
        rows = [np.isfinite(each.scores[name]) | (not asked) for each in (before, later)]
        if min(int(each.sum()) for each in rows) < LEAST:
            continue
        known = [_known(each, older, name, there) for each, there in zip((before, later), rows, strict=True)]
        found = nested(known[0], known[1], "any" if later.spent is None else "money")
        n = int(rows[1].sum())
        yield Tried(name, n, _alone(known[1], name, later.spent is None), found.baseline, _gain(found, name), asked)


def _gain(found: Nested, name: str) -> Gain:
    return found.gains[name]


def _known(past: Past, older: list[str], name: str, rows: Flags) -> Known:
    outcome = past.stayed.astype(np.float64) if past.spent is None else past.spent
    columns = {each: ranked_last(past.scores[each])[0][rows] for each in (*older, name)}
    return Known({each: columns[each] for each in older}, {name: columns[name]}, outcome[rows])


def _alone(known: Known, name: str, staying: bool) -> Estimate:
    outcome = np.asarray(known.outcome)
    return auc(known.scores[name], outcome > 0) if staying else spearman(known.scores[name], outcome)


def _figures(tried: Tried, contest: Contest, measured: str, leading: bool) -> Iterator[Figure]:
    for what, found in ((ALONE, tried.alone), (TOGETHER, tried.older)):
        yield _figure(f"{measured}, {what}", tried, found, None, leading)
    yield _figure(f"{measured}, {GAIN}", tried, tried.gain.gain, contest, leading)


def _figure(measured: str, tried: Tried, found: Estimate, contest: Contest | None, leading: bool) -> Figure:
    why = REASONS.get(found.why) if found.why else None
    p = None if contest is None else contest.p
    return Figure(measured, tried.name, found.value, found.low, found.high, tried.n, p, why, leading)


def _sentence(best: Tried, contest: Contest, figures: list[Figure], asking: Asking) -> str:
    alone, older, gain = (each for each in figures if each.of == best.name)
    said = {
        "win": "It adds, and not infinitely", "loss": "No, it makes the forecast worse",
        "tie": _tie(contest),
    }.get(contest.verdict or "", "Not known")  # fmt: skip
    kind = "what customers said" if best.asked else "staying, for nobody was asked about loyalty"
    return (
        f"{said}. By {best.name} ({kind}), learned {asking.days} days earlier and tried on {count(best.n)}: "
        f"{alone.measured.partition(',')[0]} alone {between(alone)}; of recency, count and spend {between(older)}, and "
        f"{number(gain.value or 0.0)} ({_ends(gain)}) more with both"
    )


def _tie(contest: Contest) -> str:
    if contest.alike:
        return "No, as good as nothing is added"
    if contest.p is not None and contest.p < 0.05 and (contest.difference.value or 0.0) > 0:
        return f"It adds something, and whether that is more than {MARGIN:g}, which would matter, is open"
    return "Not shown: the interval leaves much open"


def _ends(figure: Figure) -> str:
    if figure.low is None or figure.high is None:
        return figure.why_not or "no interval"
    return f"{number(figure.low)} to {number(figure.high)}"
