"""A place is held by one process, and by nobody once that ends."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from cherish import db
from cherish.db import engines, places
from cherish.db.places import Taken
from cherish.db.state import State
from cherish.errors import WorkspaceError

ENDS = text(
    "SELECT pg_terminate_backend(l.pid, 10000) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid "
    "WHERE l.locktype = 'advisory' AND a.pid <> pg_backend_pid()"
)


def test_a_file_is_held_once_and_let_go(tmp_path: Path) -> None:
    file = tmp_path / "collect-a.lock"
    with places.in_folder(file) as place:
        place.keep()
        assert places.held(tmp_path, "collect-*.lock") == ("collect-a",)
        with pytest.raises(Taken, match=r"process \d+"), places.in_folder(file):
            pass
    assert places.held(tmp_path, "collect-*.lock") == ()
    with places.in_folder(file):
        pass


def test_a_name_in_a_database_is_held_once_and_let_go(database: str) -> None:
    with closing(db.open(database)) as one, closing(db.open(database)) as two:
        with places.in_postgres(one, "collect a") as place:
            place.keep()
            with pytest.raises(Taken, match="holds the place of collect a"), places.in_postgres(two, "collect a"):
                pass
            with places.in_postgres(two, "collect b"):
                pass
        with places.in_postgres(two, "collect a"):
            pass


def test_a_place_whose_connection_broke_is_taken_again(database: str) -> None:
    with (
        closing(db.open(database)) as one,
        closing(db.open(database)) as two,
        places.in_postgres(one, "main") as place,
    ):
        with two.reading() as connection:
            assert connection.execute(ENDS).scalars().all() == [True]
        place.keep()
        with pytest.raises(Taken), places.in_postgres(two, "main"):
            pass


def test_a_place_that_somebody_else_took_meanwhile_is_told_as_lost_until_they_leave(database: str) -> None:
    with (
        closing(db.open(database)) as one,
        closing(db.open(database)) as two,
        places.in_postgres(one, "main") as place,
    ):
        with two.reading() as connection:
            connection.execute(ENDS)
        with places.in_postgres(two, "main"):
            for _ in range(2):
                with pytest.raises(Taken):
                    place.keep()
        place.keep()


def test_a_database_out_of_reach_is_an_error_and_not_a_place() -> None:
    engine = engines.postgres("postgres://u:secret@localhost:1/d")
    with closing(State(engine, engines.named(engine.url), None)) as state:
        said = r"u:\*\*\*@localhost:1/d: the server can't be reached"
        with pytest.raises(WorkspaceError, match=said), places.in_postgres(state, "main"):
            pass
