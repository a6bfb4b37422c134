"""What the loader's tests share: a workspace with a journal, a log and a loader."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from load.support import Works, works


@pytest.fixture
def free(tmp_path: Path) -> Iterator[Works]:
    """Nobody has the log's file yet."""
    with works(tmp_path) as opened:
        yield opened


@pytest.fixture
def shop(free: Works) -> Iterator[Works]:
    """The log is owned, as by a server."""
    with free.store.owned():
        yield free
