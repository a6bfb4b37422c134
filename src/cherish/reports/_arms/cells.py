"""Moments per arm and segment, added up by the engine: sums of distances to a centre, so that nothing cancels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, combinations_with_replacement
from typing import Any

import ibis

from cherish.proof.moments import Moments
from cherish.spec.filters import conjunction
from cherish.spec.report import Run


@dataclass(frozen=True)
class Columns:
    """The columns of one metric (or of several, joined) in a relation of one row per customer.

    `y` and `x` are the metric's two numbers, `before` and `before_x` the same before the assignment; `names` lists all,
    `titles` what moments call them. `size` is the column that says how many customers a row stands for.
    """

    name: str
    y: str
    x: str | None = None
    before: str | None = None
    before_x: str | None = None
    names: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    size: str = "size"

    @classmethod
    def of(cls, name: str, key: str, made: Mapping[str, Any]) -> Columns:
        """The columns that were made for a metric under this key."""
        there = {part: f"{key}{part}" for part in ("_x", "_before", "_before_x") if f"{key}{part}" in made}
        return cls(name, key, there.get("_x"), there.get("_before"), there.get("_before_x"), tuple(made))

    @classmethod
    def joined(cls, several: Sequence[Columns]) -> Columns:
        """All of them as one: only rows that have every metric count."""
        names = tuple(name for each in several for name in each.all_names)
        titles = tuple(title for each in several for title in each.all_titles)
        return cls("+".join(each.name for each in several), several[0].y, names=names, titles=titles)

    @property
    def all_names(self) -> tuple[str, ...]:
        """Every column."""
        return self.names if self.titles else tuple(filter(None, (self.y, self.x, self.before, self.before_x)))

    @property
    def all_titles(self) -> tuple[str, ...]:
        """What moments call every column."""
        if self.titles:
            return self.titles
        ends = {self.y: "", self.x: "/x", self.before: "/before", self.before_x: "/before/x"}
        return tuple(f"{self.name}{ends[name]}" for name in self.all_names)

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns without which a row has no value of the metric: what was before may be missing."""
        if self.titles:
            return tuple(n for n, t in zip(self.names, self.titles, strict=True) if "/before" not in t)
        return tuple(filter(None, (self.y, self.x)))

    @property
    def earlier(self) -> tuple[str, ...]:
        """The columns of the time before."""
        return tuple(name for name in self.all_names if name not in self.needed)


@dataclass(frozen=True)
class Centre:
    """What was learned of all rows together: about which numbers to count, and where values are missing.

    `means` are near the means of the columns, `lacking` counts rows without a value, `new` those without one before,
    `caps` are percentiles asked for.
    """

    means: Mapping[str, float]
    lacking: Mapping[str, int]
    new: Mapping[str, int]
    caps: Mapping[str, float]


def centred(run: Run, table: Any, sets: Sequence[Columns], cut: Mapping[str, float] | None = None) -> Centre:
    """One look at all rows; `cut` names columns of which a percentile (a share of one) is wanted."""
    asked: dict[str, Any] = {}
    for place, each in enumerate(sets):
        there = _there(table, each)
        asked[f"lacking_{place}"] = table.count(where=~there)
        if each.earlier:
            asked[f"new_{place}"] = table.count(where=there & ~_known(table, each))
    for name in dict.fromkeys(name for each in sets for name in each.all_names):
        asked[f"mean_{name}"] = table[name].mean()
    for name, share in (cut or {}).items():
        asked[f"cap_{name}"] = table[name].quantile(share)
    found = run(table.agg(**asked)).to_pylist()[0]
    means = {name[5:]: float(f"{value or 0.0:.9g}") for name, value in found.items() if name.startswith("mean_")}
    return Centre(
        means,
        {each.name: int(found[f"lacking_{place}"] or 0) for place, each in enumerate(sets)},
        {each.name: int(found.get(f"new_{place}") or 0) for place, each in enumerate(sets)},
        {name[4:]: float(value) for name, value in found.items() if name.startswith("cap_") and value is not None},
    )


def summed(table: Any, sets: Sequence[Columns], keys: Sequence[str], centre: Centre) -> Any:
    """The sums that moments are made of, a row per combination of the keys.

    A value that is missing of the time before is the mean, and a column TITLE/new says so with a 1.
    """
    made: dict[str, Any] = {}
    for place, each in enumerate(sets):
        columns = list(_shifted(table, each, centre).values())
        there = _there(table, each) if centre.lacking[each.name] else None
        made[f"n_{place}"] = table.count(where=there)
        for at, one in enumerate(columns):
            made[f"s_{place}_{at}"] = one.sum(where=there)
        for (at, one), (to, other) in combinations_with_replacement(enumerate(columns), 2):
            made[f"p_{place}_{at}_{to}"] = (one * other).sum(where=there)
    return table.group_by(*keys).agg(**made).order_by(*keys)


def moments(
    rows: Any, sets: Sequence[Columns], keys: Sequence[str], centre: Centre
) -> dict[tuple[str, ...], dict[str, Moments]]:
    """The moments of each set in each combination of the keys, from what `summed` gives (a `pyarrow.Table`)."""
    return {
        tuple(row[key] for key in keys): {
            each.name: _moments(row, place, each, _titles(each, centre), centre) for place, each in enumerate(sets)
        }
        for row in rows.to_pylist()
    }


def cells(
    run: Run, table: Any, sets: Sequence[Columns], keys: Sequence[str], centre: Centre
) -> dict[tuple[str, ...], dict[str, Moments]]:
    """The moments of each set in each combination of the keys, asked at once."""
    return moments(run(summed(table, sets, keys, centre)), sets, keys, centre)


def _titles(each: Columns, centre: Centre) -> tuple[str, ...]:
    return each.all_titles + ((f"{each.name}/new",) if centre.new.get(each.name) else ())


def _moments(row: Mapping[str, Any], place: int, each: Columns, titles: tuple[str, ...], centre: Centre) -> Moments:
    means = dict(zip(each.all_titles, (centre.means[name] for name in each.all_names), strict=True))
    sums = {title: row[f"s_{place}_{at}"] or 0.0 for at, title in enumerate(titles)}
    products = {
        (titles[at], titles[to]): row[f"p_{place}_{at}_{to}"] or 0.0
        for at, to in combinations_with_replacement(range(len(titles)), 2)
    }
    return Moments.about(int(row[f"n_{place}"]), {title: means.get(title, 0.0) for title in titles}, sums, products)


def _shifted(table: Any, each: Columns, centre: Centre) -> dict[str, Any]:
    """The columns as distances to the centre, by their titles."""
    made = {}
    for name, title in zip(each.all_names, each.all_titles, strict=True):
        apart = table[name] - ibis.literal(centre.means[name])
        made[title] = apart.fill_null(0.0) if name in each.earlier else apart
    if centre.new.get(each.name):
        made[f"{each.name}/new"] = (~_known(table, each)).cast("float64")
    return made


def _there(table: Any, each: Columns) -> Any:
    return conjunction([table[name].notnull() for name in each.needed])


def _known(table: Any, each: Columns) -> Any:
    return conjunction([table[name].notnull() for name in each.earlier])


def alike(run: Run, table: Any, sets: Sequence[Columns]) -> list[tuple[str, str]]:
    """Pairs of metrics that are above 0 for the same customers: one of them says what the other says already."""
    pairs = list(combinations([each for each in sets if each.x is None], 2))
    if not pairs:
        return []
    counts = {
        f"d_{place}": table.count(where=(table[one.y] > 0) != (table[other.y] > 0))
        for place, (one, other) in enumerate(pairs)
    }
    found = run(table.agg(n=table.count(), **counts)).to_pylist()[0]
    return [(one.name, other.name) for place, (one, other) in enumerate(pairs) if found[f"d_{place}"] == 0 < found["n"]]
