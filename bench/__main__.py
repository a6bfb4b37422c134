"""`make bench`: every claim about speed, side by side in one process; `make bench ARGS=--small` takes seconds."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from bench import (
    actives,
    clicks,
    clv,
    funnel,
    growth,
    imported,
    lifecycle,
    logs,
    page,
    paths,
    points,
    retention,
    rfm,
    sessions,
    trends,
    visits,
)
from bench.frames import frames
from bench.side import Row

QUESTIONS = (actives, retention, growth, rfm, trends)
JOURNEYS = (sessions, paths, lifecycle)
PARTS = ("import", "questions", "points", "journeys", "models")
PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "speed.md"
SEED = 1


def main(arguments: list[str] | None = None) -> int:
    """Run the parts asked for; exit code 1 where answers differ, or (in full size) a goal is missed."""
    options = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    options.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; all where left out")
    options.add_argument("--small", action="store_true", help="a seeded small copy of everything: answers, not speed")
    options.add_argument("--rounds", type=int, default=7, help="how many times each way is timed, in turn")
    options.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON")
    options.add_argument("--write", action="store_true", help=f"write the figures to docs/explanation/{PAGE.name}")
    given = options.parse_args(arguments)
    wrong = sorted(set(given.parts) - set(PARTS))
    if wrong:
        options.error(f"no part is called {wrong[0]!r}; there are {', '.join(PARTS)}")
    rounds = 1 if given.small else given.rounds
    with tempfile.TemporaryDirectory() as folder:
        parts = tuple(given.parts) or PARTS
        taken, rows = _run(Path(folder), parts, given.small, rounds)
    fits = clv.run(given.small, rounds) if "models" in parts else []
    print(page.terminal(rows) if rows else "")
    print("\n".join(map(clv.line, fits)))
    if given.json:
        figures = {"import": taken and asdict(taken), "questions": [asdict(row) for row in rows],
                   "models": [asdict(fit) for fit in fits]}  # fmt: skip
        given.json.write_text(json.dumps(figures, indent=1))
    if given.write:
        PAGE.write_text(page.markdown(taken, rows))
    if given.small:
        return int(not all(each.equal for each in (*rows, *fits)))
    return int(not all(each.passed for each in (*rows, *fits)) or not (taken is None or taken.passed))


def _run(folder: Path, parts: tuple[str, ...], small: bool, rounds: int) -> tuple[imported.Imported | None, list[Row]]:
    taken, rows = None, []
    if "import" in parts or "questions" in parts:
        file = folder / "transactions.parquet"
        lines = logs.write(file, copies=1 if small else logs.COPIES, seed=SEED if small else None)
        if "import" in parts:
            taken = imported.run(file, lines)
            print(page.of_import(taken), flush=True)
        if "questions" in parts:
            lined = logs.of_lines(folder / "lines", file)
            rows += _told(_questions(lined, rounds))
            rows += _told(iter(lifecycle.run(lined, rounds)))
    if "points" in parts or "journeys" in parts:
        size = (20_000, 2_000) if small else (clicks.EVENTS, clicks.CUSTOMERS)
        clicked = clicks.build(folder / "clicks", *size)
        if "points" in parts:
            rows += _told(iter(points.run(clicked, rounds)))
        if "journeys" in parts:
            rows += _told(_journeys(folder, clicked, small, rounds))
    return taken, rows


def _questions(store: logs.DuckDBStore, rounds: int) -> Iterator[Row]:
    kept = frames(store)
    for each in QUESTIONS:
        yield from each.QUESTION.rows(store, rounds, kept)


def _journeys(folder: Path, clicked: logs.DuckDBStore, small: bool, rounds: int) -> Iterator[Row]:
    yield from funnel.run(clicked, rounds)
    size = (3_000, 800) if small else (visits.VISITS, visits.CUSTOMERS)
    store = visits.build(folder / "visits", *size)
    for each in JOURNEYS:
        yield from each.run(store, rounds)


def _told(rows: Iterator[Row]) -> list[Row]:
    found = []
    for row in rows:
        print(page.line(row), flush=True)
        found.append(row)
    return found


if __name__ == "__main__":
    sys.exit(main())
