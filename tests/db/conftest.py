"""Every test of the state and the journal runs on SQLite and on a Postgres server, each in a place of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import psycopg
import pytest

from cherish import db
from cherish.db import journal
from cherish.db.state import State
from conformance.server import programs, running

_number = count()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    bin_ = programs()
    if bin_ is None:
        pytest.skip("no Postgres server here: apt-get install -y postgresql")
    with running(bin_) as address:
        yield address


@pytest.fixture
def database(server: str) -> str:
    """The address of an empty schema, which is made faster than a database of its own."""
    schema = f"test_{next(_number)}"
    with psycopg.connect(server.replace("postgres://", "postgresql://"), autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
    return f"{server}&options=-csearch_path%3D{schema}"


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a new state may lie: a folder, or a database's address."""
    if request.param == "sqlite":
        return str(tmp_path / "workspace")
    address: str = request.getfixturevalue("database")
    return address


@pytest.fixture
def state(place: str) -> Iterator[State]:
    with closing(db.open(place)) as opened:
        yield opened


@pytest.fixture
def kept(state: State) -> Iterator[journal.Journal]:
    """A journal."""
    with closing(journal.open(state)) as opened:
        yield opened
