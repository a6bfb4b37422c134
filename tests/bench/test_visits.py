"""The benchmarks of sessions, paths and lifecycle in small: every way gives the same answer."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from bench.logs import Span
from bench.question import FOLDER

from bench import lifecycle, paths, sessions, visits


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return visits.build(Path(tmp_path_factory.mktemp("visits")), 1_500, 500)


@pytest.mark.parametrize("question", [sessions, paths, lifecycle])
def test_every_way_gives_the_same_answer(question: ModuleType, store: Any) -> None:
    rows = question.run(store, 1)
    assert rows
    for row in rows:
        assert row.equal, {name: took.equal for name, took in row.took.items()}
        assert {"cherish", "sql"} <= set(row.took)


@pytest.mark.parametrize("question", [sessions, paths, lifecycle])
def test_the_statement_that_is_not_the_quickest_gives_the_same_answer_too(question: ModuleType, store: Any) -> None:
    """What stands beside ours depends on the machine: so every statement is held against the other one."""

    files = {
        "sessions": [(("sessions_begin", "sessions_openings"), sessions.plain)],
        "paths": [
            (("paths_numbered", "paths_leads"), paths.of_positions),
            (("matrix_numbered", "matrix_lists"), paths.of_matrix),
        ],
        "lifecycle": [(("lifecycle_bits", "lifecycle_lag"), lifecycle.plain)],
    }[question.__name__.rpartition(".")[2]]
    span = Span.of(store)
    places = {"end": span.end, **lifecycle.weeks(span)}
    for names, plain in files:
        one, other = (plain(store.query((FOLDER / f"{name}.sql").read_text().format(**places))) for name in names)
        assert one == other
        assert one
