"""Where cells add up: rows along each key, and columns of which one is the sum of others. There one hidden cell among
shown ones can be worked out, so that another must be hidden with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise, product
from typing import Any

Row = Mapping[str, Any]
MOST_TERMS, SAMPLE = 7, 400
AGAIN = frozenset({"after_event", "bucket", "bucket_end", "step"})
"""Keys along which the same customers are counted again and again, so that nothing adds up."""


def along_keys(rows: Sequence[Row], keys: Sequence[str]) -> list[list[int]]:
    """The lines of a table: for each key the groups of rows that differ in that key only.

    A key that follows from another (a step's name from its number) tells nothing apart by itself.
    """
    found: dict[tuple[int, ...], None] = {}
    for along in (key for key in keys if key not in AGAIN):
        fixed = [key for key in keys if key != along and not _follows(rows, key, along)]
        groups: dict[tuple[Any, ...], list[int]] = {}
        for place, row in enumerate(rows):
            groups.setdefault(tuple(row[key] for key in fixed), []).append(place)
        found |= dict.fromkeys(tuple(group) for group in groups.values() if len(group) > 1)
    return [list(line) for line in found]


def _follows(rows: Sequence[Row], key: str, along: str) -> bool:
    """Whether each value of `along` has one value of `key`."""
    seen: dict[Any, Any] = {}
    return all(seen.setdefault(row[along], row[key]) == row[key] for row in rows)


def sums(rows: Sequence[Row], counts: Sequence[str]) -> list[tuple[str, ...]]:
    """Sets of columns of which one is a sum or difference of the others in every row.

    Of one row only sums are looked for: any three numbers are a sum or a difference of some others.
    """
    import numpy as np

    whole = [row for row in rows if all(row[name] is not None for name in counts)][:SAMPLE]
    named = [name for name in counts if any(row[name] for row in whole)]
    if len(named) < 2 or len(named) > MOST_TERMS + 1:
        return []
    table = np.array([[int(row[name]) for name in named] for row in whole])
    steps = (0, 1) if len({tuple(row) for row in table.tolist()}) < 2 else (-1, 0, 1)
    found: dict[frozenset[str], None] = {}
    for place, name in enumerate(named):
        others = [each for each in range(len(named)) if each != place]
        signs = np.array(list(product(steps, repeat=len(others))))
        holds = (table[:, others] @ signs.T == table[:, [place]]).all(axis=0)
        for terms in signs[holds]:
            inside = frozenset([name, *(named[others[at]] for at in np.nonzero(terms)[0])])
            if len(inside) > (2 if len(whole) < 2 else 1):
                found[inside] = None
    return [tuple(name for name in counts if name in inside) for inside in _least(list(found))]


def summed(rows: Sequence[Row], counts: Sequence[str], totals: Row) -> list[str]:
    """Columns whose sum is told as a figure of the same name."""
    return [name for name in counts if len(rows) > 1 and totals.get(name) == sum(row[name] or 0 for row in rows)]


def again(rows: Sequence[Row], counts: Sequence[str]) -> list[tuple[tuple[int, str], tuple[int, str]]]:
    """Pairs of cells that are one number: where each row's count is another count of the row after it."""
    pairs = list(pairwise(rows))
    found = [
        (one, other) for one in counts for other in counts
        if one != other and any(row[one] for row, _ in pairs) and all(row[one] == after[other] for row, after in pairs)
    ]  # fmt: skip
    return [((at, one), (at + 1, other)) for one, other in found for at in range(len(pairs)) if rows[at][one]]


def _least(sets: list[frozenset[str]]) -> Iterator[frozenset[str]]:
    """Those that hold no smaller one."""
    return (each for each in sets if not any(other < each for other in sets))


def follow(lines: Sequence[Sequence[int]], hidden: Sequence[int]) -> list[int]:
    """Which hidden places can be worked out from the totals of all lines and what is shown.

    A value is fixed by the equations where no solution of the homogeneous ones changes it.
    """
    import numpy as np

    where = {place: at for at, place in enumerate(hidden)}
    touched = [[where[place] for place in line if place in where] for line in lines]
    equations = np.zeros((len(lines), len(hidden)))
    for number, places in enumerate(touched):
        equations[number, places] = 1.0
    equations = equations[equations.any(axis=1)]
    if not len(equations):
        return []
    _, sizes, directions = np.linalg.svd(equations, full_matrices=True)
    free = directions[int((sizes > 1e-9).sum()) :]
    moves = np.atleast_1d(np.abs(free).max(axis=0, initial=0.0)).tolist()
    in_a_line = equations.sum(axis=0).tolist()
    return [place for place, at in where.items() if in_a_line[at] and moves[at] < 1e-7]
