"""A step closer: deciles of each score, sub-populations, and how near forecasts come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from cherish.proof.prediction import forecast as near
from cherish.proof.prediction.influence import Estimate, pooled, undefined
from cherish.proof.prediction.ranking import auc
from cherish.proof.prediction.ranks import Ranks
from cherish.proof.verdict import ASSOCIATION
from cherish.reports.tournament.cutoffs import LEAST_POSITIVES
from cherish.reports.tournament.figures import placed
from cherish.reports.tournament.frames import Floats, Frame
from cherish.reports.tournament.judged import REFUSING, Entry, Judgement
from cherish.reports.tournament.outcomes import Outcome

TENTHS = 10
_TEXT, _REAL, _WHOLE, _YES = pa.string(), pa.float64(), pa.int64(), pa.bool_()
DECILES = pa.schema([
    ("score", _TEXT), ("decile", _WHOLE), ("customers", _WHOLE), ("positives", _REAL), ("rate", _REAL),
    ("amount", _REAL), ("spend_share", _REAL), ("lift", _REAL), ("monotone", _YES), ("association", _TEXT),
])  # fmt: skip
POPULATIONS = pa.schema([
    ("population", _TEXT), ("score", _TEXT), ("customers", _WHOLE), ("positives", _WHOLE), ("rank", _WHOLE),
    ("auc", _REAL), ("auc_low", _REAL), ("auc_high", _REAL), ("auc_why", _TEXT), ("association", _TEXT),
])  # fmt: skip
CALIBRATION = pa.schema([
    ("score", _TEXT), ("of", _TEXT), ("part", _TEXT), ("customers", _WHOLE), ("forecast", _REAL), ("happened", _REAL),
    ("happened_low", _REAL), ("happened_high", _REAL), ("rmse", _REAL), ("mae", _REAL), ("total_ratio", _REAL),
    ("brier", _REAL), ("log_loss", _REAL), ("intercept", _REAL), ("slope", _REAL), ("error", _REAL),
    ("association", _TEXT),
])  # fmt: skip


# -- deciles ------------------------------------------------------------------------------------------------------


def deciles(judgement: Judgement) -> pa.Table:
    """Ten equal groups by each score, the best first, added over the cut-offs; equal scores are spread evenly."""
    lines: list[dict[str, Any]] = []
    for each in judgement.entries:
        if each.figures is not None:
            lines += _tenths(each, judgement.frames)
    return pa.Table.from_pylist(lines, schema=DECILES)


def _tenths(each: Entry, frames: Sequence[Frame]) -> list[dict[str, Any]]:
    people = sum(len(frame.ids) for frame in frames)
    sums = {name: np.zeros(TENTHS) for name in ("hits", "amount", "spend")}
    for frame in frames:
        ranks = Ranks.of(frame.scores[each.contestant.key])
        columns = {"hits": frame.happened, "amount": frame.amount, "spend": frame.spend}
        for name, values in columns.items():
            if values is not None:
                sums[name] += _cut(ranks, ranks.sums(values))
    whole, spent = float(sums["hits"].sum()), float(sums["spend"].sum())
    means = sums["amount"] / (people / TENTHS)
    monotone = bool((np.diff(means) <= 1e-9 * max(float(np.abs(means).max()), 1.0)).all())
    return [
        {
            "score": each.label,
            "decile": at + 1,
            "customers": round(people * (at + 1) / TENTHS) - round(people * at / TENTHS),
            "positives": float(sums["hits"][at]),
            "rate": float(sums["hits"][at]) / (people / TENTHS),
            "amount": float(means[at]),
            "spend_share": float(sums["spend"][at]) / spent if spent > 0 else None,
            "lift": float(sums["hits"][at]) * TENTHS / whole if whole else None,
            "monotone": monotone,
            "association": ASSOCIATION,
        }
        for at in range(TENTHS)
    ]


def _cut(ranks: Ranks, sums: Floats) -> Floats:
    counts, reached = ranks.curve(sums)
    return np.diff(np.interp(np.linspace(0, ranks.n, TENTHS + 1), counts, reached))


# -- sub-populations ----------------------------------------------------------------------------------------------


def populations(judgement: Judgement) -> pa.Table:
    """The leaderboard within each sub-population: the order may be another one there."""
    names = list(dict.fromkeys(name for frame in judgement.frames for name in frame.groups))
    entries = [each for each in judgement.entries if each.figures is not None and each.why not in REFUSING]
    lines = [line for name in ("all", *names) for line in _within(name, judgement.frames, entries)]
    return pa.Table.from_pylist(lines, schema=POPULATIONS)


def _within(name: str, frames: Sequence[Frame], entries: Sequence[Entry]) -> Iterator[dict[str, Any]]:
    masks = [np.ones(len(frame.ids), dtype=np.bool_) if name == "all" else
             frame.groups.get(name, np.zeros(len(frame.ids), dtype=np.bool_)) for frame in frames]  # fmt: skip
    customers = sum(int(mask.sum()) for mask in masks)
    positives = sum(int(frame.happened[mask].sum()) for frame, mask in zip(frames, masks, strict=True))
    few = any(_few(frame, mask) for frame, mask in zip(frames, masks, strict=True))
    rows, total = placed([frame.ids[mask] for frame, mask in zip(frames, masks, strict=True)])
    found = []
    for each in entries:
        area = undefined("too_few")
        if not few:
            key = each.contestant.key
            parts = [auc(frame.scores[key][mask], frame.happened[mask])
                     for frame, mask in zip(frames, masks, strict=True)]  # fmt: skip
            area = parts[0] if len(parts) == 1 else pooled(parts, rows, total, within=(0.0, 1.0))
        found.append((each, area))
    found.sort(key=lambda pair: -(pair[1].value if pair[1].value is not None else -1.0))
    for place, (each, area) in enumerate(found, 1):
        yield {
            "population": name, "score": each.label, "customers": customers, "positives": positives,
            "rank": None if few else place, "auc": area.value, "auc_low": area.low, "auc_high": area.high,
            "auc_why": "too_few" if few else None, "association": ASSOCIATION,
        }  # fmt: skip


def _few(frame: Frame, mask: Any) -> bool:
    hits = int(frame.happened[mask].sum())
    return min(hits, int(mask.sum()) - hits) < LEAST_POSITIVES


# -- forecasts ----------------------------------------------------------------------------------------------------


def calibration(judgement: Judgement, outcome: Outcome) -> pa.Table:
    """How near forecasts come: those of models, and the plain ones, that all goes on as it was."""
    lines: list[dict[str, Any]] = []
    for label, of, forecast, happened in _forecasts(judgement, outcome):
        lines += _of_amount(label, of, forecast, happened)
    for label, chance, did in _chances(judgement, outcome):
        lines += _of_chance(label, chance, did)
    return pa.Table.from_pylist(lines, schema=CALIBRATION)


def _forecasts(judgement: Judgement, outcome: Outcome) -> Iterator[tuple[str, str, Floats, Floats]]:
    frames = judgement.frames
    for each in judgement.entries:
        of = each.contestant.forecasts(outcome) or _naive(each, outcome)
        if each.figures is None or not of or any(of not in frame.later for frame in frames):
            continue
        yield each.label, _UNITS[of], _stacked(frames, each), np.concatenate([frame.later[of] for frame in frames])
    yield from _at_the_old_rate(judgement, outcome)


_UNITS = {"later_days": "order days", "later_orders": "orders", "later_spend": "money", "later_acts": "acts"}


def _naive(each: Entry, outcome: Outcome) -> str:
    """The last period as a forecast of the next one: the same again."""
    if each.label != "last period":
        return ""
    if outcome.name == "revenue":
        return "later_spend"
    return "later_orders" if outcome.of_orders else ""


def _at_the_old_rate(judgement: Judgement, outcome: Outcome) -> Iterator[tuple[str, str, Floats, Floats]]:
    """Order days per day since the first, the first left out, as if that rate went on."""
    named = {each.label: each for each in judgement.entries}
    frames = judgement.frames
    if not {"past count", "tenure"} <= named.keys() or any("later_days" not in frame.later for frame in frames):
        return
    repeats, age = _stacked(frames, named["past count"]) - 1, _stacked(frames, named["tenure"]) - 1
    rate = np.where(age > 0, np.maximum(repeats, 0) / np.maximum(age, 1), 0.0)
    later = np.concatenate([frame.later["later_days"] for frame in frames])
    yield "past rate", _UNITS["later_days"], rate * outcome.horizon, later


def _stacked(frames: Sequence[Frame], each: Entry) -> Floats:
    """The values under each other, as they are and not as they rank; who has none is forecast nothing."""
    key = each.contestant.key
    parts = []
    for frame in frames:
        values = frame.scores[key]
        missing = values == values.min() if frame.nulls[key] else np.zeros(len(values), dtype=np.bool_)
        parts.append(np.where(missing, 0.0, each.contestant.sign * values))
    return np.concatenate(parts)


def _of_amount(label: str, of: str, forecast: Floats, happened: Floats) -> Iterator[dict[str, Any]]:
    about = {"score": label, "of": of, "association": ASSOCIATION}
    yield {
        **about, "part": "all", "customers": len(happened), "forecast": float(forecast.mean()),
        "happened": float(happened.mean()), "rmse": _value(near.rmse(forecast, happened)),
        "mae": _value(near.mae(forecast, happened)), "total_ratio": _value(near.total_ratio(forecast, happened)),
    }  # fmt: skip
    ranks, tenth = Ranks.of(forecast), len(happened) / TENTHS
    means = [_cut(ranks, ranks.sums(each))[::-1] / tenth for each in (forecast, happened)]
    for at in range(TENTHS):
        yield {
            **about, "part": f"tenth {at + 1}", "customers": round(tenth), "forecast": float(means[0][at]),
            "happened": float(means[1][at]),
        }  # fmt: skip


def _chances(judgement: Judgement, outcome: Outcome) -> Iterator[tuple[str, Floats, Any]]:
    """Columns of the user that lie between 0 and 1 where the outcome is a yes or no: they can be read as chances."""
    if outcome.graded:
        return
    frames = judgement.frames
    for each in judgement.entries:
        if each.contestant.role != "own" or each.contestant.sign < 0 or each.figures is None or each.nulls:
            continue
        chance = _stacked(frames, each)
        if chance.min() >= 0 and chance.max() <= 1 and np.unique(chance).size > 2:
            yield each.label, chance, np.concatenate([frame.happened for frame in frames])


def _of_chance(label: str, chance: Floats, did: Any) -> Iterator[dict[str, Any]]:
    about = {"score": label, "of": "chance", "association": ASSOCIATION}
    bent = near.calibration(chance, did)
    yield {
        **about, "part": "all", "customers": len(did), "forecast": float(chance.mean()), "happened": float(did.mean()),
        "brier": _value(near.brier(chance, did)), "log_loss": _value(near.log_loss(chance, did)),
        "intercept": bent.intercept, "slope": bent.slope, "error": _value(near.calibration_error(chance, did)),
    }  # fmt: skip
    for each in near.reliability(chance, did):
        yield {
            **about, "part": f"{each.low:.1f} to {each.high:.1f}", "customers": each.customers,
            "forecast": each.chance, "happened": each.share, "happened_low": each.share_low,
            "happened_high": each.share_high,
        }  # fmt: skip


def _value(found: Estimate) -> float | None:
    return found.value
