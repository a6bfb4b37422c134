"""`make bench`: every claim about speed, side by side; `make bench ARGS=--small` takes seconds."""

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
    experiment,
    growth,
    imported,
    loading,
    logs,
    page,
    points,
    processes,
    retention,
    rfm,
    serving,
    tournament,
    trends,
    visits,
)
from bench.frames import frames
from bench.journeys import FUNNEL, LIFECYCLE, MATRIX, PATHS, SESSIONS, Journey
from bench.side import Row
from bench.words import DEPARTMENTS, VISITS, Words

QUESTIONS = (actives, retention, growth, rfm, trends)
OF_VISITS = (SESSIONS, PATHS, MATRIX, LIFECYCLE)
OF_DEPARTMENTS = (FUNNEL, SESSIONS, PATHS, LIFECYCLE)
PARTS = (
    "import", "questions", "points", "journeys", "processes", "models", "experiment", "tournament", "serving",
    "loading",
)  # fmt: skip
PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "speed.md"
SEED = 1


def main(arguments: list[str] | None = None) -> int:
    """Run the parts asked for; exit code 1 where answers differ, or (in full size) a goal is missed."""
    options = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    options.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; all where left out")
    options.add_argument("--small", action="store_true", help="a seeded small copy of everything: answers, not speed")
    options.add_argument("--rounds", type=int, default=7, help="how many times each way is timed, in turn")
    options.add_argument("--retentioneering", metavar="PYTHON", help="an interpreter that has retentioneering 5.2")
    options.add_argument("--starlette", metavar="PYTHON", help="an interpreter that has Starlette and uvicorn")
    options.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON")
    options.add_argument(
        "--earlier", type=Path, metavar="FILE", action="append", default=[],
        help="figures of an earlier run (as --json wrote them), for the parts that are not run now",
    )  # fmt: skip
    options.add_argument("--write", action="store_true", help=f"write the figures to docs/explanation/{PAGE.name}")
    given = options.parse_args(arguments)
    wrong = sorted(set(given.parts) - set(PARTS))
    if wrong:
        options.error(f"no part is called {wrong[0]!r}; there are {', '.join(PARTS)}")
    before = [page.read(file) for file in given.earlier]
    with tempfile.TemporaryDirectory() as folder:
        asked = tuple(given.parts) or (() if before else PARTS)
        found = page.together([*before, _run(Path(folder), asked, given)])
    print(page.terminal(found.rows) if found.rows else "")
    once = filter(None, [experiment.line(found.tested), *tournament.lines(found.tried)])
    print("\n".join((*map(clv.line, found.fits), *once, *serving.lines(found.served), *loading.lines(found.loaded))))
    if given.json:
        given.json.write_text(json.dumps(asdict(found), indent=1))
    if given.write:
        PAGE.write_text(page.markdown(found))
    return int(not (found.equal if given.small else found.passed))


def _run(folder: Path, parts: tuple[str, ...], given: argparse.Namespace) -> page.Figures:
    found, small, rounds = page.Figures(), given.small, 1 if given.small else given.rounds
    asked = set(parts)
    if asked - {"points", "models", "experiment", "tournament", "serving", "loading"}:
        file = folder / "transactions.parquet"
        lines = logs.write(file, copies=1 if small else logs.COPIES, seed=SEED if small else None)
    if "import" in asked:
        found.imported = imported.run(file, lines)
        print(page.of_import(found.imported), flush=True)
    if "questions" in asked:
        found.rows += _told(_questions(logs.of_lines(folder / "lines", file), rounds))
    if asked & {"points", "journeys"}:
        clicked = clicks.build(folder / "clicks", *((20_000, 2_000) if small else (clicks.EVENTS, clicks.CUSTOMERS)))
        if "points" in asked:
            found.rows += _told(iter(points.run(clicked, rounds)))
        if "journeys" in asked:
            found.rows += _told(_journeys(clicked, (FUNNEL,), VISITS, rounds))
    if asked & {"journeys", "processes"}:
        size = (3_000, 800) if small else (visits.VISITS, visits.CUSTOMERS)
        kept = {
            "visits": (visits.build(folder / "visits", *size), OF_VISITS, VISITS),
            "departments": (logs.of_departments(folder / "departments", file), OF_DEPARTMENTS, DEPARTMENTS),
        }
        for name, (store, journeys, words) in kept.items():
            if "journeys" in asked:
                found.rows += _told(_journeys(store, journeys, words, rounds))
            if "processes" in asked:
                races = processes.run(store, name, folder / name, min(rounds, 3), given.retentioneering, together=small)
                for race in races:
                    print(page.of_race(race), flush=True)
                    found.races.append(race)
    if "models" in asked:
        found.fits = clv.run(small, rounds)
    if "experiment" in asked:
        found.tested = experiment.run(folder / "experiment", small, rounds)
    if "tournament" in asked:
        found.tried = tournament.run(folder / "tournament", small)
    if "serving" in asked:
        if lacks := serving.missing():
            print(lacks, flush=True)
        else:
            found.served = serving.run(folder, small, rounds, given.starlette)
    if "loading" in asked:
        found.loaded = loading.run(folder / "loading", small)
    return found


def _questions(store: logs.DuckDBStore, rounds: int) -> Iterator[Row]:
    kept = frames(store)
    for each in QUESTIONS:
        yield from each.QUESTION.rows(store, rounds, kept)


def _journeys(store: logs.DuckDBStore, asked: tuple[Journey, ...], words: Words, rounds: int) -> Iterator[Row]:
    kept = frames(store)
    for each in asked:
        yield each.row(store, words, rounds, kept)


def _told(rows: Iterator[Row]) -> list[Row]:
    found = []
    for row in rows:
        print(page.line(row), flush=True)
        found.append(row)
    return found


if __name__ == "__main__":
    sys.exit(main())
