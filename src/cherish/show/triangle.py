"""Cohorts laid out as people know them: a row per cohort, a column per bucket, the averages below."""

from __future__ import annotations

from typing import Any

from cherish.show.numbers import DASH, decimals, text

NEEDED = ("cohort", "size", "bucket", "rate")
COHORTS = 16
MARK = "*"
"""Behind the size of a cohort of few customers."""
_ASIDE = ("bucket_end", "retained", "value", "mature", "reference", "why", "average")


def fits(table: Any) -> bool:
    """Whether a table is one of cohorts and buckets, one row each."""
    return set(NEEDED) <= set(table.column_names) and table.num_rows > 0


def laid_out(table: Any, share: bool, small: tuple[int, ...] = ()) -> tuple[list[tuple[str, bool]], list[list[str]]]:
    """Titles (with whether numbers stand there) and rows of texts; shares in per cent without the sign.

    `small` are the rows of the table whose size is marked as small.
    """
    extra = [name for name in table.column_names if name not in (*NEEDED, *_ASIDE)]
    buckets: list[Any] = []
    lines: dict[tuple[Any, ...], dict[Any, Any]] = {}
    few = set(small)
    marked: set[tuple[Any, ...]] = set()
    for place, row in enumerate(table.to_pylist()):
        label = row["cohort"] if row["cohort"] is not None else row.get("average")
        key = (*(row[name] for name in extra), label, row["size"])
        if place in few:
            marked.add(key)
        lines.setdefault(key, {})[row["bucket"]] = row["rate"]
        if row["bucket"] not in buckets:
            buckets.append(row["bucket"])
    scale = 100.0 if share else 1.0
    filled = [each * scale for line in lines.values() for each in line.values() if each is not None]
    places = 1 if share else decimals(filled)
    titles = [*((name, False) for name in (*extra, "cohort")), *((str(each), True) for each in ("size", *buckets))]

    def sign(key: tuple[Any, ...]) -> str:
        return "" if not marked else MARK if key in marked else " "

    rows = [
        [*map(text, key[:-1]), text(key[-1]) + sign(key), *(_cell(line.get(each), scale, places) for each in buckets)]
        for key, line in lines.items()
    ]
    return titles, rows


def _cell(value: Any, scale: float, places: int) -> str:
    return DASH if value is None else f"{value * scale:,.{places}f}"
