"""The benchmarks of journeys in small: every way gives the same answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from bench.frames import frames
from bench.journeys import FUNNEL, LIFECYCLE, MATRIX, PATHS, SESSIONS, Journey
from bench.words import VISITS, Span

from bench import visits

JOURNEYS = [FUNNEL, SESSIONS, PATHS, MATRIX, LIFECYCLE]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return visits.build(Path(tmp_path_factory.mktemp("visits")), 1_500, 500)


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda journey: journey.name.split(":")[0])
def test_every_way_gives_the_same_answer(journey: Journey, store: Any) -> None:
    row = journey.row(store, VISITS, 1, frames(store))
    assert row.equal, {name: took.equal for name, took in row.took.items()}
    assert {"cherish", "sql"} <= set(row.took)


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda journey: journey.name.split(":")[0])
def test_the_statement_that_is_not_the_quickest_gives_the_same_answer_too(journey: Journey, store: Any) -> None:
    """What stands beside ours depends on the machine: so every statement is held against the other one."""
    one, other = (journey.plain(store.query(text)) for text in journey.statements(Span.of(store), VISITS).values())
    assert one == other
    assert one
