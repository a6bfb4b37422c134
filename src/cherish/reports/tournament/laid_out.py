"""The tables of the tournament: leaderboard, cut-offs, pairs, deciles, populations, calibration, guards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from cherish.proof.prediction.compare import Contest
from cherish.proof.prediction.influence import Estimate
from cherish.proof.verdict import ASSOCIATION, Verdict
from cherish.reports.tournament.cutoffs import Cutoff
from cherish.reports.tournament.figures import Figures
from cherish.reports.tournament.judged import REFUSING, Entry, Judgement

_TEXT, _REAL, _WHOLE, _YES = pa.string(), pa.float64(), pa.int64(), pa.bool_()
_FIGURES = [
    ("auc", _REAL), ("auc_low", _REAL), ("auc_high", _REAL), ("gini", _REAL), ("gini_low", _REAL),
    ("gini_high", _REAL), ("spend_gini", _REAL), ("lift_5", _REAL), ("lift_10", _REAL), ("lift_20", _REAL),
    ("top_10_share", _REAL), ("spearman", _REAL),
]  # fmt: skip
_POPULATIONS = ("new", "one_time", "repeat")
LEADERBOARD = pa.schema([
    ("score", _TEXT), ("role", _TEXT), ("standing", _TEXT), ("verdict", _TEXT), *_FIGURES, ("behind", _REAL),
    ("behind_low", _REAL), ("behind_high", _REAL), ("p_holm", _REAL), ("log10_p", _REAL),
    *((f"auc_{name}", _REAL) for name in _POPULATIONS), ("gain", _REAL), ("gain_low", _REAL), ("gain_high", _REAL),
    ("predicts", _TEXT), ("adds", _TEXT), ("moves", _TEXT), ("ratio", _REAL), ("ratio_low", _REAL),
    ("ratio_high", _REAL), ("association", _TEXT), ("rank", _WHOLE),
    ("customers", _WHOLE), ("positives", _WHOLE), ("nulls", _WHOLE), ("why", _TEXT), ("definition", _TEXT),
])  # fmt: skip
VERDICTS = pa.schema([
    ("score", _TEXT), ("verdict", _TEXT), ("predicts", _TEXT), ("adds", _TEXT), ("moves", _TEXT),
    ("association", _TEXT), ("words", _TEXT),
])  # fmt: skip
CUTOFFS = pa.schema([
    ("score", _TEXT), ("cutoff", pa.date32()), ("customers", _WHOLE), ("positives", _WHOLE), *_FIGURES,
    ("nulls", _WHOLE), ("association", _TEXT),
])  # fmt: skip
PAIRS = pa.schema([
    ("score", _TEXT), ("against", _TEXT), ("difference", _REAL), ("low", _REAL), ("high", _REAL),
    ("low_holm", _REAL), ("high_holm", _REAL), ("p_holm", _REAL), ("log10_p", _REAL), ("verdict", _TEXT),
    ("alike", _YES), ("association", _TEXT),
])  # fmt: skip
GUARDS = pa.schema([
    ("guard", _TEXT), ("cutoff", pa.date32()), ("score", _TEXT), ("passed", _YES), ("count", _WHOLE), ("figure", _REAL),
    ("needed", _TEXT), ("says", _TEXT),
])  # fmt: skip


def leaderboard(judgement: Judgement) -> pa.Table:
    """One row per contestant, the best first; those that can't be ranked last, with the reason."""
    return pa.Table.from_pylist([*_lines(judgement)], schema=LEADERBOARD)


def _lines(judgement: Judgement) -> Iterator[dict[str, Any]]:
    customers = sum(len(frame.ids) for frame in judgement.frames)
    positives = sum(int(frame.happened.sum()) for frame in judgement.frames)
    for place, each in enumerate(judgement.entries, 1):
        verdict, gain, behind = each.verdict, each.gain, each.behind
        groups = each.figures.groups if each.figures is not None else {}
        yield {
            "score": each.label,
            "role": each.contestant.role,
            "rank": place if each.eligible else None,
            **figures(each.figures),
            **_behind(behind),
            "standing": standing(each, judgement),
            **{f"auc_{name}": groups.get(name) for name in _POPULATIONS},
            "gain": None if gain is None else gain.difference.value,
            "gain_low": None if gain is None else gain.low,
            "gain_high": None if gain is None else gain.high,
            **_words(verdict, each.why),
            "customers": customers,
            "positives": positives,
            "nulls": each.nulls,
            "why": each.why or None,
            "definition": each.contestant.definition,
        }


def _words(verdict: Verdict | None, why: str) -> dict[str, Any]:
    if verdict is None:
        return {"verdict": "refused", "association": ASSOCIATION}
    return {
        "predicts": verdict.predicts.answer,
        "adds": verdict.adds.answer,
        "moves": verdict.moves.answer,
        **_ratio(verdict),
        "verdict": "refused" if why in REFUSING else verdict.word,
        "association": verdict.association,
    }


def _ratio(verdict: Verdict) -> dict[str, Any]:
    """The outcome's effect over the definition's, by lot; no interval where the lot hardly raised the definition."""
    found = verdict.wald
    return {} if found is None else {"ratio": found.value, "ratio_low": found.low, "ratio_high": found.high}


def verdicts(judgement: Judgement) -> pa.Table:
    """One row per contestant: the verdict and the sentences for it."""
    lines = [
        {"score": each.label, **_words(each.verdict, each.why), "words": each.verdict.words() if each.verdict else None}
        for each in judgement.entries
    ]
    return pa.Table.from_pylist(lines, schema=VERDICTS)


def _behind(behind: Contest | None) -> dict[str, Any]:
    if behind is None:
        return {}
    return {
        "behind": behind.difference.value,
        "behind_low": behind.difference.low,
        "behind_high": behind.difference.high,
        **_p(behind),
    }


def _p(contest: Contest) -> dict[str, Any]:
    """The adjusted p, and its logarithm for where no float is small enough."""
    p = contest.p
    return {"p_holm": p if p else None, "log10_p": _finite(contest.log10_p)}


def _finite(value: float | None) -> float | None:
    return value if value is not None and abs(value) < float("inf") else None


def standing(each: Entry, judgement: Judgement) -> str | None:
    """leads, ties or behind; null for those without a rank."""
    if judgement.leader is each:
        return "leads"
    if each.behind is None or each.behind.verdict is None:
        return None
    return "ties" if each.behind.verdict == "tie" else "behind"


def figures(found: Figures | None) -> dict[str, Any]:
    """The figures by column."""
    if found is None:
        return {}
    return {
        **_ends("auc", found.auc),
        **_ends("gini", found.gini),
        "spend_gini": found.spend_gini.value,
        **dict(zip(("lift_5", "lift_10", "lift_20"), found.lifts, strict=True)),
        "top_10_share": found.top_spend,
        "spearman": found.spearman.value,
    }


def _ends(name: str, found: Estimate) -> dict[str, Any]:
    return {name: _clean(found.value), f"{name}_low": _clean(found.low), f"{name}_high": _clean(found.high)}


def _clean(value: float | None) -> float | None:
    """Without the dust that rounding leaves of nothing."""
    return value if value is None or abs(value) > 1e-12 else 0.0


def refused(labels: Sequence[tuple[str, str, str]], why: str, cutoffs: Sequence[Cutoff]) -> pa.Table:
    """The leaderboard that there is not: who would have taken part, and why nobody is ranked."""
    customers, positives = (sum(getattr(each, name) for each in cutoffs) for name in ("customers", "positives"))
    lines = [
        {"score": label, "role": role, "verdict": "refused", "association": ASSOCIATION, "customers": customers,
         "positives": positives, "why": why, "definition": definition}
        for label, role, definition in labels
    ]  # fmt: skip
    return pa.Table.from_pylist(lines, schema=LEADERBOARD)


def cutoffs(judgement: Judgement) -> pa.Table:
    """One row per contestant and cut-off."""
    lines = [
        {
            "score": each.label,
            "cutoff": frame.cutoff.date,
            "customers": len(frame.ids),
            "positives": int(frame.happened.sum()),
            **figures(found),
            "nulls": frame.nulls.get(each.contestant.key, 0),
            "association": ASSOCIATION,
        }
        for each in judgement.entries
        for frame, found in zip(judgement.frames, each.by_cutoff, strict=False)
    ]
    return pa.Table.from_pylist(lines, schema=CUTOFFS)


def pairs(judgement: Judgement) -> pa.Table:
    """One row per contestant and whom it is compared with: the leader, and every baseline."""
    lines = []
    leader = judgement.leader
    for each in judgement.entries:
        contests: dict[str, Contest] = dict(each.ahead)
        if each.behind is not None and leader is not None:
            contests = {leader.label: each.behind, **contests}
        lines += [_pair(each.label, against, contest) for against, contest in contests.items()]
    return pa.Table.from_pylist(lines, schema=PAIRS)


def _pair(label: str, against: str, contest: Contest) -> Mapping[str, Any]:
    difference = contest.difference
    return {
        "score": label, "against": against, "difference": difference.value, "low": difference.low,
        "high": difference.high, "low_holm": contest.low, "high_holm": contest.high, **_p(contest),
        "verdict": contest.verdict, "alike": contest.alike, "association": ASSOCIATION,
    }  # fmt: skip
