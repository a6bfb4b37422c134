"""How much memory the engine of a server takes, and that a question beyond it is refused in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from cherish.errors import Unanswerable
from cherish.serve.opening import opened
from cherish.serve.room import engine_memory
from cherish.settings import Settings
from cherish.store.duckdb import DuckDBStore
from cherish.store.duckdb.connections import Limits
from cherish.workspace import Workspace


@pytest.mark.parametrize(
    ("machine", "limit"), [(8_000_000_000, "400MB"), (1_600_000_000, "400MB"), (1_000_000_000, "250MB")]
)
def test_a_quarter_of_a_small_machine_and_never_more_than_the_process_may_have(machine: int, limit: str) -> None:
    assert engine_memory(machine) == limit


def test_this_machine_has_some() -> None:
    assert 50 < int(engine_memory().removesuffix("MB")) <= 400


@pytest.mark.parametrize(("said", "megabytes"), [(None, 400), ("700MB", 700)])
def test_a_server_keeps_to_it_unless_a_setting_says_otherwise(tmp_path: Path, said: str | None, megabytes: int) -> None:
    with opened(Workspace(tmp_path / "ws", Settings(memory=said))) as parts, parts.store.owned() as store:
        limit = store.query("SELECT parse_formatted_bytes(current_setting('memory_limit')) AS l")["l"][0].as_py()
        assert limit <= megabytes * 1_000_000
        assert said is None or limit > 400_000_000


def test_a_question_that_takes_more_is_refused_and_says_what_helps(tmp_path: Path) -> None:
    store = DuckDBStore(tmp_path, limits=Limits(memory="30MB", threads=1))
    with store.owned(), pytest.raises(Unanswerable, match="CHERISH_MEMORY"):
        store.query("SELECT list(i ORDER BY i % 7) AS l FROM range(20_000_000) AS t(i)")
    assert store.facts.first is None
    store.close()
