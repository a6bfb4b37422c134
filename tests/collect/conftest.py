"""What the import tests share: an empty log, files written by hand, and the data sets where they are there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cherish.collect.workbench import Workbench, workbench
from cherish.store.memory import memory

Write = Callable[[str, str], Path]


@pytest.fixture
def store() -> Iterator[Any]:
    log = memory()
    yield log
    log.close()


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8", newline="")
        return path

    return written


@pytest.fixture(scope="module")
def bench() -> Iterator[Workbench]:
    with workbench() as opened:
        yield opened


@pytest.fixture(scope="session")
def datasets() -> Path:
    default = Path(__file__).parents[3] / "shared" / "datasets"
    folder = Path(os.environ.get("CHERISH_DATASETS", default))
    if not folder.is_dir():
        pytest.skip(f"no data sets in {folder}; set CHERISH_DATASETS to their folder")
    return folder


def rows(store: Any, statement: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in store.query(statement).to_pylist()]


@pytest.fixture
def ask(store: Any) -> Callable[[str], list[tuple[Any, ...]]]:
    return lambda statement: rows(store, statement)
