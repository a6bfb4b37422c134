"""Scores from 1 to 5 by rank: where the cuts lie in a population, under every tie rule, and how they are applied.

Score = ceil(5 rank / n), rank ascending in goodness. Equal values share a rank (`average`, `min`, `max`) or are ordered
by md5 of seed and customer (`ordinal_random`: the same on every engine and every run). Ranks come from running counts
of grouped values in whole numbers, because engines number ties differently and floats would blur the cuts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from operator import add
from typing import Any

import ibis

from cherish.points.measure import Fit

SCORES = 5
Prefix = tuple[int, ...]
Cut = tuple[Any, str | None]
"""The least value that earns a score, and under `ordinal_random` the least md5 among customers with that value."""


@dataclass(frozen=True)
class Ties:
    """A tie rule; `seed` is used by `ordinal_random` only."""

    rule: str
    seed: int = 1

    @property
    def ordered(self) -> bool:
        """Whether equal values get different ranks."""
        return self.rule == "ordinal_random"


@dataclass(frozen=True)
class Cuts:
    """The frozen cuts of one value: per prefix (the scores it is nested in), the cuts of scores 2 to 5."""

    by_prefix: Mapping[Prefix, tuple[Cut | None, ...]]
    counts: Mapping[int, int]

    def plain(self) -> dict[str, Any]:
        """A JSON value that says the same."""
        shown = {
            "/".join(map(str, prefix)): [None if each is None else [str(each[0]), each[1]] for each in found]
            for prefix, found in sorted(self.by_prefix.items())
        }
        return {"cuts": shown, "counts": {str(score): count for score, count in sorted(self.counts.items())}}


def ranked(table: Any, key: str, prefix: tuple[str, ...], ties: Ties, run: Callable[[Any], Any]) -> Cuts:
    """The cuts of column `key` of a population, inside each combination of the score columns in `prefix`."""
    rows = _ordered(table, key, prefix, ties.seed) if ties.ordered else _shared(table, key, prefix, ties.rule)
    return _cuts(run(rows).to_pylist(), prefix)


def by_sum(table: Any, key: str, run: Callable[[Any], Any]) -> Cuts:
    """The cuts of a column where each fifth of its sum ends; values of zero or less earn 1 and add nothing."""
    groups = table.group_by(v=table[key]).agg(n=table.count())
    weight = ibis.greatest(groups.v, ibis.literal(0).cast(groups.v.type())).cast("float64") * groups.n
    weighed = groups.mutate(w=weight)
    running = weighed.w.sum().over(ibis.window(order_by=weighed.v, preceding=None, following=0))
    whole = weighed.w.sum().over(ibis.window())
    share = ((running - weighed.w / 2) / whole.nullif(0)).fill_null(0)
    score = ibis.least((share * SCORES).floor().cast("int64") + 1, SCORES)
    scored = weighed.select("v", "n", score=score)
    return _cuts(run(scored.group_by("score").agg(v=scored.v.min(), n=scored.n.sum())).to_pylist(), ())


def at_hand(values: Any, rule: str) -> dict[str, Cuts]:
    """The cuts of each column of a `pyarrow.Table`, not nested: `ranked` for values that are in memory already."""
    return {key: _of_column(values[key], rule) for key in values.column_names}


def _of_column(column: Any, rule: str) -> Cuts:
    import numpy as np
    import pyarrow.compute as pc

    if not len(column):
        return _cuts([], ())
    groups = pc.value_counts(column)
    order = pc.sort_indices(groups.field("values"))
    values, n = groups.field("values").take(order), groups.field("counts").take(order).to_numpy()
    running, size = n.cumsum(), int(n.sum())
    twice = {"average": 2 * running - n + 1, "min": 2 * (running - n) + 2, "max": 2 * running}[rule]
    scores = (SCORES * twice + 2 * size - 1) // (2 * size)
    found, places = np.unique(scores, return_index=True)
    counts = np.add.reduceat(n, places)
    rows = [
        {"score": score, "v": values[place].as_py(), "n": count}
        for score, place, count in zip(found.tolist(), places.tolist(), counts.tolist(), strict=True)
    ]
    return _cuts(rows, ())


def _shared(table: Any, key: str, prefix: tuple[str, ...], rule: str) -> Any:
    groups = table.group_by(*prefix, v=table[key]).agg(n=table.count())
    within = [groups[name] for name in prefix]
    running = groups.n.sum().over(ibis.window(group_by=within, order_by=groups.v, preceding=None, following=0))
    size = groups.n.sum().over(ibis.window(group_by=within))
    counted = groups.mutate(running=running, size=size)
    twice = {
        "average": 2 * counted.running - counted.n + 1,
        "min": 2 * (counted.running - counted.n) + 2,
        "max": 2 * counted.running,
    }[rule]
    score = ((SCORES * twice + 2 * counted.size - 1) // (2 * counted.size).nullif(0)).cast("int64")
    scored = counted.select(*prefix, "v", "n", score=score)
    return scored.group_by(*prefix, "score").agg(v=scored.v.min(), n=scored.n.sum())


def _ordered(table: Any, key: str, prefix: tuple[str, ...], seed: int) -> Any:
    rows = table.select(*prefix, v=table[key], tie=tie(table.customer, seed))
    within = [rows[name] for name in prefix]
    place = ibis.row_number().over(ibis.window(group_by=within, order_by=[rows.v, rows.tie])) + 1
    counted = rows.mutate(place=place, size=rows.count().over(ibis.window(group_by=within)))
    score = ((SCORES * counted.place + counted.size - 1) // counted.size.nullif(0)).cast("int64")
    scored = counted.select(*prefix, "v", "tie", "place", score=score)
    return scored.group_by(*prefix, "score").agg(
        v=scored.v.argmin(scored.place), tie=scored.tie.argmin(scored.place), n=scored.count()
    )


def tie(customer: Any, seed: int) -> Any:
    """The order of a customer among equals: md5 of seed and the customer's own id."""
    return (ibis.literal(f"{seed}:") + customer).hexdigest("md5")


def _cuts(rows: list[dict[str, Any]], prefix: tuple[str, ...]) -> Cuts:
    found: dict[Prefix, dict[int, Cut]] = {}
    counts: dict[int, int] = dict.fromkeys(range(1, SCORES + 1), 0)
    for row in rows:
        inside = tuple(int(row[name]) for name in prefix)
        found.setdefault(inside, {})[int(row["score"])] = (row["v"], row.get("tie"))
        counts[int(row["score"])] += int(row["n"])
    by_prefix = {
        inside: tuple(_at_least(cuts, score) for score in range(2, SCORES + 1)) for inside, cuts in found.items()
    }
    return Cuts(by_prefix, counts)


def _at_least(cuts: Mapping[int, Cut], score: int) -> Cut | None:
    # A score that nobody earned is passed over: its cut is that of the next one that somebody did.
    higher = [each for each in sorted(cuts) if each >= score]
    return cuts[higher[0]] if higher else None


def fixed(cuts: tuple[Any, ...]) -> Cuts:
    """Cuts given by a person: the least values for scores 2 to 5."""
    return Cuts({(): tuple((each, None) for each in cuts)}, {})


def score(column: Any, cuts: Cuts, prefix: tuple[Any, ...], customer_tie: Any = None) -> Any:
    """The score of a value under frozen cuts; null inside a combination of scores that the cuts never saw."""
    cases = []
    for inside, steps in sorted(cuts.by_prefix.items()):
        earned = [_reaches(column, each, customer_tie).cast("int64") for each in steps if each is not None]
        points = reduce(add, earned, ibis.literal(1, type="int64"))
        if not inside:
            return points
        cases.append((_one_number(inside), points))
    # Compared as one number, so that the statement holds the scores it is nested in once and not once per case.
    return _one_number(prefix).cases(*cases, else_=ibis.null("int64")) if cases else ibis.null("int64")


def _one_number(scores: tuple[Any, ...]) -> Any:
    """Several scores as the digits of one number."""
    return reduce(lambda number, digit: number * 10 + digit, scores)


def _reaches(column: Any, cut: Cut, customer_tie: Any) -> Any:
    value = ibis.literal(cut[0], type=column.type()) if isinstance(cut[0], Decimal) else ibis.literal(cut[0])
    if cut[1] is None or customer_tie is None:
        return column >= value
    return (column > value) | ((column == value) & (customer_tie >= cut[1]))


def fit(cuts: Mapping[str, Cuts]) -> Fit:
    """The cuts of several values as one frozen, named fit, with a warning where a score is far from its fifth."""
    plain = {key: each.plain() for key, each in cuts.items()}
    digest = hashlib.md5(json.dumps(plain, sort_keys=True).encode(), usedforsecurity=False).hexdigest()[:8]
    notes = tuple(note for key, each in cuts.items() for note in _uneven(key, each.counts))
    return Fit(digest, {"cuts": dict(cuts), "plain": plain}, notes)


def _uneven(key: str, counts: Mapping[int, int]) -> list[str]:
    size = sum(counts.values())
    shares = {number: count / size for number, count in counts.items()} if size else {}
    if all(abs(share - 1 / SCORES) <= 0.05 for share in shares.values()):
        return []
    realised = ", ".join(f"{number}: {share:.0%}" for number, share in sorted(shares.items()))
    return [f"{key.upper()} scores are uneven, because many customers share a value ({realised})"]
