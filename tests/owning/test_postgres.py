"""A workspace whose state lies in Postgres: its backup is whole by itself, and can go into files or a new database."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from cherish.db import founding, journal
from cherish.db.keys import Keys
from cherish.db.quarantine import Quarantine
from cherish.db.tokens import Tokens
from cherish.load import Loader
from cherish.serve.backups import back_up, restore
from cherish.store.duckdb import DuckDBStore
from db.conftest import database as database
from db.conftest import server as server
from load.support import NOW, Works, line, put
from owning.support import event_id, ids, started, workspace
from owning.test_backup import meanwhile


@pytest.mark.parametrize("after", [1, 2, 3])
def test_a_backup_holds_state_and_journal_of_the_database(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    folder = tmp_path / "live"
    folder.mkdir()
    store = DuckDBStore(folder)
    with closing(founding.found(folder, database)) as state, closing(journal.open(state)) as kept:
        here = Works(state, kept, store, Loader(store, (kept,), state))
        key = Keys(state).add_source("web")
        token = Tokens(state).new_token("read")
        Quarantine(state).add("web", NOW, "no_user", "nobody", 0, b"{}")
        with store.owned():
            put(kept, [line(1), line(2)])
            here.load()
            put(kept, [line(3), line(4)])
            meanwhile(monkeypatch, after, here.load)
            made = back_up(workspace(folder), store, tmp_path / "kept", state=state)
    assert made.manifest.waiting == {"main": 2}
    assert set(made.manifest.files) == {"log.duckdb", "journal-main.sqlite", "state.sqlite"}

    restore(Path(made.place), workspace(tmp_path / "new"))
    with started(tmp_path / "new") as there:
        assert sorted(ids(there).items()) == sorted((event_id(f"m{number}"), 1) for number in range(1, 5))
        assert Keys(there.state).source_of(key.key) == key.source
        assert Tokens(there.state).scope_of(token) == "read"
        assert [each.code for each in Quarantine(there.state).listed()] == ["no_user"]
        assert there.store.check() == {}


def test_what_was_restored_can_move_into_another_database(database: str, tmp_path: Path, server: str) -> None:
    folder = tmp_path / "live"
    folder.mkdir()
    with closing(founding.found(folder, database)) as state, closing(journal.open(state)) as kept:
        key = Keys(state).add_source("web")
        put(kept, [line(1)])
        made = back_up(workspace(folder), DuckDBStore(folder), tmp_path / "kept", state=state)
    restore(Path(made.place), workspace(tmp_path / "new"))
    import psycopg

    with psycopg.connect(server.replace("postgres://", "postgresql://"), autocommit=True) as connection:
        connection.execute("CREATE SCHEMA restored")
    other = f"{server}&options=-csearch_path%3Drestored"
    with closing(founding.found(tmp_path / "new", other, move=True)) as state:
        assert Keys(state).source_of(key.key) == key.source
        with closing(journal.open(state)) as kept:
            assert kept.depth() == 1
    assert not list((tmp_path / "new").glob("*.sqlite"))
