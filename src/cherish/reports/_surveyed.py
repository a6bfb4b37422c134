"""From a survey's sums to the table that people read: a row per group, period and figure, and what is quoted of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from cherish.instruments.answers import STRAIGHT_ITEMS
from cherish.instruments.figures import Figure, Sums, figures, rest, together
from cherish.instruments.scoring import Scoring
from cherish.statistics.intervals import Interval, wilson

FEW = 30
"""Below so many answers no change is shown."""
NOBODY = "no_answers"
SHARE = "share of "
ABOUT = "responses"
"""The part that is none: figures about who answered, and how."""
ANSWERED = "share of customers who answered"
COLUMNS = ("period", "part", "figure", "n", "count", "coverage", "value", "low", "high", "weighted", "weighted_low",
           "weighted_high", "difference", "difference_low", "difference_high", "change", "change_low", "change_high",
           "alpha", "omega", "complete", "item_total", "best", "why")  # fmt: skip


@dataclass(frozen=True)
class Setting:
    """What the finishing part must know of the question."""

    scoring: Scoring
    titles: tuple[str, ...]
    level: float
    weights: bool
    periods: bool
    parts: frozenset[str]

    @property
    def labels(self) -> tuple[str, ...]:
        """The columns of the engine's rows that hold the group."""
        return tuple(f"by_{place}" for place in range(1, len(self.titles) + 1))


def table(found: pa.Table, setting: Setting) -> pa.Table:
    """The finished table."""
    rows = [row for row in _rows(found.to_pylist(), setting) if row["part"] in setting.parts]
    names = [*setting.titles, *(name for name in COLUMNS if _shown(name, setting))]
    return pa.table({name: pa.array([row.get(name) for row in rows], _type(name, setting)) for name in names})


def _shown(name: str, setting: Setting) -> bool:
    if name == "period" or name.startswith("change"):
        return setting.periods
    if name.startswith("weighted"):
        return setting.weights
    if name.startswith("difference"):
        return bool(setting.titles) and not setting.periods
    return name not in ("alpha", "omega", "complete", "item_total", "best") or bool(setting.scoring.scales)


def _type(name: str, setting: Setting) -> pa.DataType:
    if name in (*setting.titles, "part", "figure", "why"):
        return pa.string()
    return (
        pa.int64() if name in ("n", "count", "complete", "best") else pa.date32() if name == "period" else pa.float64()
    )


def _rows(found: list[dict[str, Any]], setting: Setting) -> Iterator[dict[str, Any]]:
    keys = (*setting.labels, *(["period"] if setting.periods else []))
    sums = [{name: value for name, value in row.items() if name not in keys} for row in found]
    every = together(sums)
    before: dict[tuple[Any, ...], Sums] = {}
    for row, own in zip(found, sums, strict=True):
        group = tuple(row[label] for label in setting.labels)
        key = dict(zip(setting.titles, group, strict=True)) | ({"period": row["period"]} if setting.periods else {})
        other = rest(every, own) if setting.titles and not setting.periods else None
        for line in (*_lines(own, other, before.get(group), setting), *_quality(own, setting)):
            yield key | line
        before[group] = own


def _lines(own: Sums, other: Sums | None, before: Sums | None, setting: Setting) -> Iterator[dict[str, Any]]:
    about = _reliability(own, setting.scoring)
    responses = int(own["responses"] or 0)
    for figure in figures(setting.scoring):
        n = figure.count(own)
        line = {"part": figure.part.name, "figure": figure.label, "n": n, **about.get(figure.part.name, {})}
        line |= {"best": figure.best(own), "count": figure.hits(own)}
        line["coverage"] = n / responses if responses else None
        line |= _named(("value", "low", "high"), figure.interval(own, setting.level))
        if setting.weights:
            line |= _named(_three("weighted"), figure.weighted(own, setting.level))
        if other is not None:
            line |= _named(_three("difference"), figure.gap(own, other, setting.level))
        if before is not None and min(n, figure.count(before)) >= FEW:
            line |= _named(_three("change"), figure.gap(own, before, setting.level))
        yield line | {"why": _why(figure, own, before, setting)}


def _quality(own: Sums, setting: Setting) -> Iterator[dict[str, Any]]:
    """Who answered, and how: shares with their Wilson intervals."""
    items = len(setting.scoring.items)
    shares = [("customers who answered", "respondents", "customers", NOBODY)] if "customers" in own else []
    shares += [("responses in a straight line", "straight", "long", "too_short")] if items >= STRAIGHT_ITEMS else []
    shares += [("responses given too fast", "fast", "timed", "no_times")] if items > 1 else []
    for label, hits, whole, why in [*shares, ("answers refused", "refused", "given", NOBODY)]:
        n = int(own[whole] or 0)
        count = int(own[hits] or 0)
        ends = _named(("value", "low", "high"), wilson(count, n, setting.level))
        yield {"part": ABOUT, "figure": f"{SHARE}{label}", "n": n, "count": count, **ends, "why": None if n else why}


def _three(name: str) -> tuple[str, str, str]:
    return name, f"{name}_low", f"{name}_high"


def _why(figure: Figure, own: Sums, before: Sums | None, setting: Setting) -> str | None:
    n = figure.count(own)
    if not n:
        return NOBODY
    few = n < FEW or (before is not None and figure.count(before) < FEW)
    return "few_answers" if setting.periods and few else None


def _named(names: tuple[str, str, str], interval: Interval) -> dict[str, float | None]:
    return {name: _known(value) for name, value in zip(names, interval, strict=True)}


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _reliability(sums: Sums, scoring: Scoring) -> dict[str, dict[str, Any]]:
    """Alpha and omega of each scale, and of each item how it goes with the others of its smallest scale."""
    found: dict[str, dict[str, Any]] = {}
    for scale, each in scoring.reliabilities(sums):
        found.setdefault(scale.name, {}).update(alpha=each.alpha, omega=each.omega, complete=each.n)
        for place, correlation in zip(scale.places, each.item_total, strict=True):
            found.setdefault(scoring.items[place].name, {})["item_total"] = correlation
    return found


def headline(finished: pa.Table, setting: Setting) -> Mapping[str, Any]:
    """The figures that a sentence would quote; nothing but the instrument where there are groups or periods."""
    instrument = setting.scoring.instrument
    quoted: dict[str, Any] = {"instrument": instrument.name}
    if setting.titles or setting.periods:
        return quoted
    lines = finished.to_pylist()
    if lines[0]["part"] == ABOUT:
        return quoted
    quoted |= {name: lines[0][name] for name in ("figure", "n", "value", "low", "high")}
    quoted |= {
        name: lines[0][name] for name in ("weighted", "alpha", "omega", "complete") if name in finished.column_names
    }
    quoted |= {row["figure"].replace(" ", "_"): row["value"] for row in lines[1:]
               if row["figure"].startswith(SHARE)}  # fmt: skip
    counts = {row["figure"]: row["count"] for row in lines}
    if "share of answers refused" in counts:
        quoted["refused"] = counts["share of answers refused"]
    n = lines[0]["n"]
    if not n:
        return quoted | {"why": NOBODY}
    said = [f"Only {n} answers: read the interval, not the figure."] if n < FEW else []
    customers = counts.get(ANSWERED)
    if customers is not None and n > customers:
        said.append(f"{n:,} answers of {customers:,} customers: one person's answers are taken for independent ones.")
    return quoted | ({"note": " ".join(said)} if said else {})


def notes(setting: Setting) -> tuple[str, ...]:
    """What must stand beside the figures."""
    form = setting.scoring.instrument.form
    said = ["Answers outside their item's scale, such as a code for 'no answer', are refused and counted, never taken."]
    if form.scoring == "promoters":
        said.append("The score is in points from -100 to 100, with the adjusted Wald interval of Rocks (2016).")
    if setting.weights:
        said.append("Weighted intervals of shares rest on Kish's effective number of answers.")
    if setting.periods:
        said.append(f"No change is shown where either period has fewer than {FEW} answers.")
    if setting.titles and not setting.periods:
        said.append("The difference is to everybody else; of shares by Newcombe's hybrid score interval.")
    if form.terms:
        said.append(" ".join(form.terms.split()))
    return tuple(said)
