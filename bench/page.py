"""The figures as people read them: a line while it runs, a table at the end, a page for the docs."""

from __future__ import annotations

import platform
from datetime import date
from importlib.metadata import version

from bench.imported import Imported
from bench.side import HAND, OURS, Row, Took

_PACKAGES = ("duckdb", "ibis-framework", "pandas", "polars")


def line(row: Row) -> str:
    """One comparison, as it is done."""
    verdict = "answers equal" if row.equal else "ANSWERS DIFFER"
    slow = "" if row.passed or not row.equal else ", over the goal"
    return f"{row.question} ({row.source}): {row.ratio:.2f} times {row.hand}, {verdict}{slow}"


def of_import(taken: Imported) -> str:
    """The import, in a sentence."""
    return (
        f"import: {taken.rows:,} order lines became {taken.orders:,} orders in {taken.seconds:.1f} s, "
        f"{taken.rate:,.0f} lines a second, {taken.peak / 1e9:.2f} GB at its peak"
    )


def terminal(rows: list[Row]) -> str:
    """All comparisons as a table of plain text."""
    table = [("question", "from", "Cherish", "SQL by hand", "ratio", "Polars", "pandas"), *map(_cells, rows)]
    widths = [max(len(row[place]) for row in table) for place in range(len(table[0]))]
    return "\n".join(
        "  ".join(text.ljust(width) if place < 2 else text.rjust(width) for place, (text, width) in
                  enumerate(zip(row, widths, strict=True))).rstrip()
        for row in table
    )  # fmt: skip


def markdown(taken: Imported | None, rows: list[Row]) -> str:
    """The page of the docs."""
    versions = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    lines = [
        "# Speed",
        "",
        f"Made by `make bench ARGS=--write` on {date.today():%d %B %Y}; two cores, Python {platform.python_version()}, "
        f"{versions}.",
        "",
        "Every way was asked in turn in one warm process; seconds are medians, memory is what the process grew by. All "
        "answers were compared and are equal. *SQL by hand* is the quicker of two DuckDB statements that we wrote for "
        "the question (`bench/hand_sql/`). Cherish's seconds are those of the whole answer: planned, compiled, run and "
        "laid out. pandas and Polars start from a frame in memory; the goal is 1.5 times the SQL.",
        "",
        "| question | from | Cherish | SQL by hand | ratio | Polars | pandas |",
        "|---|---|--:|--:|--:|--:|--:|",
        *("| " + " | ".join(_cells(row)) + " |" for row in rows),
    ]
    if taken:
        sentence = of_import(taken)
        lines += ["", f"{sentence[0].upper()}{sentence[1:]} (a process of its own, its start included)."]
    return "\n".join(lines) + "\n"


def _cells(row: Row) -> tuple[str, ...]:
    ways = [_took(row.took.get(name)) for name in (OURS, HAND)]
    frames = [_took(row.took.get(name)) for name in ("polars", "pandas")]
    return (row.question.split(":")[0], f"{row.source}, {row.events:,}", *ways, f"{row.ratio:.2f}", *frames)


def _took(took: Took | None) -> str:
    if took is None:
        return ""
    memory = "" if took.memory is None else f", {took.memory / 1e6:,.0f} MB"
    return f"{took.median:.3f} s{memory}"
