"""Whole processes beside each other: each way starts, reads what it needs, answers once and ends.

Ours opens a log that holds the events; pandas and Polars read the same events from a Parquet file in order of time,
customers as numbers, only the columns that they need, Polars lazily. Answers must be equal. retentioneering wants
versions of its own, so it takes part where an interpreter that has it is named.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench import retentioneering
from bench.answers import Answer, same
from bench.side import OURS, Compared, Took
from bench.ways import WAYS
from bench.words import Span
from cherish.store.duckdb import DuckDBStore

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Race(Compared):
    """One question of one log, each way in processes of its own."""

    question: str
    log: str
    events: int
    took: Mapping[str, Took]

    @property
    def passed(self) -> bool:
        """Whether all answers are equal and none came sooner than ours."""
        return self.equal and self.took[OURS].median <= min(each.median for each in self.took.values())


def run(
    store: DuckDBStore, name: str, log: Path, rounds: int, interpreter: str | None, *, together: bool = False
) -> Iterator[Race]:
    """Race after race on a log, which is closed first: four journeys, then what retentioneering can do.

    `together`: a process answers all four, where only the answers matter and most of the time goes into starting.
    """
    file, span, events = log.with_suffix(".parquet"), Span.of(store), store.facts.rows["events"]
    _write(store, file)
    store.close()
    for questions in [tuple(WAYS)] if together else [(each,) for each in WAYS]:
        asked = [sys.executable, "-m", "bench.ways", "|".join(questions)]
        told = [str(span.first), str(span.end), name]
        ways = {way: [*asked, way, str(log if way == OURS else file), *told] for way in (OURS, "polars", "pandas")}
        for question, took in zip(questions, compare(ways, rounds, json.loads, len(questions)), strict=True):
            yield Race(question, name, events, took)
    if interpreter and name == "visits":
        for question, (ours, theirs) in retentioneering.QUESTIONS.items():
            ways = {OURS: [sys.executable, "-c", ours, str(log)]}
            ways["retentioneering"] = [interpreter, "-c", theirs, str(file)]
            (took,) = compare(ways, rounds, retentioneering.answer)
            yield Race(question, name, events, took)


def compare(
    ways: Mapping[str, list[str]], rounds: int, read: Callable[[str], Answer], questions: int = 1
) -> list[dict[str, Took]]:
    """Every way in turn, each time a new process; for each of its questions what every way took, at equal shares."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    answers: dict[str, list[Answer]] = {}
    for _ in range(rounds):
        for name, words in ways.items():
            start = time.perf_counter()
            texts = _printed(words, questions)
            times[name].append((time.perf_counter() - start) / questions)
            answers[name] = [read(text) for text in texts]
    return [
        {
            name: Took(statistics.median(took), min(took), None, same(first, answers[name][place]))
            for name, took in times.items()
        }
        for place, first in enumerate(answers[OURS])
    ]


def _printed(words: list[str], lines: int) -> list[str]:
    # Their package reports its use over the network unless told not to.
    environment = {**os.environ, "RETENTIONEERING_NO_TRACK": "1"}
    done = subprocess.run(words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.splitlines()[-lines:]


def _write(store: DuckDBStore, file: Path) -> None:
    import pyarrow.parquet as parquet

    columns = "user_id::BIGINT AS customer_id, name, ts"
    parquet.write_table(store.query(f"SELECT {columns} FROM events ORDER BY ts, event_id"), file)
