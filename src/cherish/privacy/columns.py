"""What the columns of an answer are: counts of customers, figures that rest on them, and what rows are told apart by.

A whole number that nobody declared to be something else is taken for a count of customers: a count of orders below k
comes from fewer than k customers, too. What a definition declares as `Card.apart` (positions, days, groups) is not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

APART = frozenset({
    "after_event", "bucket", "bucket_end", "buckets", "cohorts", "days", "groups", "labels",
    "least_idle", "most_idle", "names", "part", "parts", "period_number", "periods", "place", "position",
    "rank", "series", "step", "steps", "year",
})  # fmt: skip
_APART = re.compile(r"_(days|weeks|months|hours|minutes|seconds)$")
BASES = ("customers", "known", "members", "size", "n", "reached", "active", "buyers", "entered")
"""What a row is about as a whole, the first of these that it has; other counts are parts of it or happen beside it."""
FIGURE, SCORE = "figure", "score"
"""The key of tables whose rows are figures, and the figure that tells the last of its shares beside the others."""
_WORDS = re.compile(r"(^|_)(why|why_not|advice|answer|note|notes|about|convention|verdict|method)$")
_OF_ONE = re.compile(r"(^|_)(least|most|min|max|minimum|maximum|greatest|smallest|largest)(_|$)")
_QUANTILE = re.compile(r"(^|_)(median|p\d\d)(_|$)")
_RUNNING = re.compile(r"(^|_)(cumulative|running|at_least|at_most|at_or_above|at_or_below|or_more|holds)(_|$)")
"""`holds`: a rung's condition holds for those on the rungs above it, too."""
_DAY_OF_ONE = re.compile(r"^(first|last)_")


@dataclass(frozen=True)
class Columns:
    """The columns by what they are; `base` is the count that a whole row rests on."""

    keys: tuple[str, ...]
    counts: tuple[str, ...]
    values: tuple[str, ...]
    base: str | None
    declared: Mapping[str, str]

    def rests(self, value: str) -> tuple[str, ...]:
        """The counts that a value rests on: the row's own, and those declared or named in its name, else all."""
        said = self.declared.get(value)
        found = [each for each in self.counts if each == said or _names(value, each)] or list(self.counts)
        return tuple(dict.fromkeys([*found, *([self.base] if self.base else [])]))


@dataclass(frozen=True)
class Declared:
    """What a definition says of its columns: which whole numbers count nobody, and on which count a value rests."""

    apart: tuple[str, ...] = ()
    rests: Mapping[str, str] = field(default_factory=dict)


NOTHING = Declared()


def of_table(table: Any, said: Declared = NOTHING) -> Columns:
    """The columns of a `pyarrow.Table`."""
    return of_kinds({each.name: _kind(each.name, str(each.type)) for each in table.schema}, said)


def of_headline(headline: Mapping[str, Any], said: Declared = NOTHING) -> Columns:
    """The figures of a headline, as the columns of one row."""
    return of_kinds({name: _kind_of(name, value) for name, value in headline.items()}, said)


def of_kinds(kinds: Mapping[str, str], said: Declared) -> Columns:
    """The columns of these kinds (`whole`, `number`, `key`, `words`)."""
    declared = set(said.apart)
    wholes = [name for name, kind in kinds.items() if kind == "whole"]
    counts = [name for name in wholes if name not in declared and name not in APART and not _APART.search(name)]
    keys = [name for name, kind in kinds.items() if kind == "key" or (kind == "whole" and name not in counts)]
    values = [name for name, kind in kinds.items() if kind == "number" and name not in declared]
    base = next((name for name in BASES if name in counts), counts[0] if counts else None)
    return Columns(tuple(keys), tuple(counts), tuple(values), base, dict(said.rests))


def of_one(name: str) -> bool:
    """Whether a value of this name is one customer's: the least, the greatest."""
    return _OF_ONE.search(name) is not None


def running(name: str) -> bool:
    """Whether a column of this name adds up the rows before or after: beside it no single hidden row is safe."""
    return _RUNNING.search(name) is not None


def is_change(name: str) -> bool:
    """Whether a column of this name is a difference to the period before."""
    return name == "change" or name.startswith("change_")


def tail(name: str) -> float | None:
    """The smaller side of a quantile named in a column: of p90 and p10 a tenth, of the median a half."""
    found = _QUANTILE.search(name)
    if found is None:
        return None
    share = 0.5 if found[2] == "median" else int(found[2][1:]) / 100
    return min(share, 1 - share)


def _names(value: str, count: str) -> bool:
    return re.search(rf"(^|_){re.escape(count)}(_|$)", value) is not None


def _kind(name: str, kind: str) -> str:
    if kind.startswith(("int", "uint")):
        return "whole"
    if kind.startswith(("float", "double", "decimal")):
        return "number"
    if kind.startswith(("date", "timestamp")) and _DAY_OF_ONE.match(name):
        return "number"
    return "words" if _WORDS.search(name) or kind.startswith(("list", "null")) else "key"


def _kind_of(name: str, value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return "words"
    if isinstance(value, int):
        return "whole"
    if isinstance(value, (float, Decimal)):
        return "number"
    return "number" if isinstance(value, date) and _DAY_OF_ONE.match(name) else "key"
