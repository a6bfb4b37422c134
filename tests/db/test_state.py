from __future__ import annotations

import logging
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from stat import S_IMODE

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import insert, inspect, select, text
from sqlalchemy.exc import IntegrityError

from cherish import db
from cherish.db import migrate, tables
from cherish.db.state import State
from cherish.db.tables import accounts, tokens
from cherish.errors import Unsupported, WorkspaceError

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def rows(state: State) -> int:
    with state.reading() as connection:
        return len(connection.execute(select(accounts)).all())


def account(name: str) -> dict[str, object]:
    return {"id": name, "name": name, "role": "owner", "made_at": NOW}


def add(state: State, *added: dict[str, object]) -> None:
    with state.transaction() as connection:
        connection.execute(insert(accounts), list(added))


# -- steps ------------------------------------------------------------------------------------------------------------


def test_the_steps_make_the_tables_that_the_code_uses(state: State) -> None:
    parts = [tables.state, tables.journal_parts] if state.on_postgres else [tables.state]
    with state.transaction() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": migrate.VERSION_TABLE})
        assert compare_metadata(context, parts) == []


def test_the_last_step_is_the_one_that_the_code_names() -> None:
    config = Config()
    config.set_main_option("script_location", "cherish.db:migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [migrate.HEAD]


def test_a_state_is_opened_again_with_what_it_held(place: str) -> None:
    with closing(db.open(place)) as first:
        add(first, account("a"))
    with closing(db.open(place)) as again:
        assert rows(again) == 1


def test_a_state_of_a_newer_version_is_refused_and_untouched(place: str) -> None:
    with closing(db.open(place)) as state, state.transaction() as connection:
        connection.execute(text(f"UPDATE {migrate.VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(WorkspaceError, match=r"written by a newer Cherish \(step 9999.*upgrade Cherish"):
        db.open(place)
    with pytest.raises(WorkspaceError, match="9999"):
        db.open(place)


def test_a_state_that_no_step_leads_on_from_is_named(place: str) -> None:
    with closing(db.open(place)) as state, state.transaction() as connection:
        connection.execute(text(f"UPDATE {migrate.VERSION_TABLE} SET version_num = '0000'"))
    with pytest.raises(WorkspaceError, match=r"no step leads from here to .*restore a backup"):
        db.open(place)


def test_a_step_that_fails_leaves_nothing_of_itself(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "state.sqlite")) as file:
        file.execute("CREATE TABLE quarantine (mine)")
    with pytest.raises(WorkspaceError, match=r"state\.sqlite: the database refused"):
        db.open(tmp_path)
    with closing(sqlite3.connect(tmp_path / "state.sqlite")) as file:
        assert file.execute("SELECT name FROM sqlite_master").fetchall() == [("quarantine",)]


def test_states_of_several_places_are_made_at_once_in_one_process(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(lambda number: db.open(tmp_path / str(number)), range(8)))
    try:
        assert [inspect(each.engine).has_table("tokens") for each in opened] == [True] * 8
    finally:
        for each in opened:
            each.close()


def test_many_that_open_an_empty_state_at_once_make_it_once(place: str) -> None:
    with ThreadPoolExecutor(6) as pool:
        opened = list(pool.map(lambda _: db.open(place), range(6)))
    try:
        assert [inspect(each.engine).has_table("sources") for each in opened] == [True] * 6
    finally:
        for each in opened:
            each.close()


def test_two_processes_that_start_at_once_take_the_steps_once(place: str) -> None:
    code = "import sys; from cherish import db; db.open(sys.argv[1]).close()"
    command = [sys.executable, "-c", code, place]
    started = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    assert [(each.communicate(timeout=60)[1], each.returncode) for each in started] == [("", 0)] * 3
    with closing(db.open(place)) as state:
        assert inspect(state.engine).has_table("tokens")


def test_a_state_of_today_opens_without_loading_alembic(tmp_path: Path) -> None:
    db.open(tmp_path).close()
    code = f"import sys; from cherish import db; db.open({str(tmp_path)!r}).close(); print('alembic' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"


# -- the file ---------------------------------------------------------------------------------------------------------


def test_a_commit_is_flushed_keys_are_held_and_what_is_deleted_is_overwritten(tmp_path: Path) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1, "busy_timeout": 5000}
    with closing(db.open(tmp_path)) as state, state.reading() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}
    assert found == wanted


def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    with closing(db.open(folder)):
        modes = {file.name: S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
        assert modes == dict.fromkeys(("state.sqlite", "state.sqlite-wal", "state.sqlite-shm"), 0o600)
        assert S_IMODE(folder.stat().st_mode) == 0o700


def test_opening_a_state_twice_in_a_process_leaves_its_locks_alone(tmp_path: Path) -> None:
    """Closing any handle of a file drops all locks that the process holds on it: opening must make none."""
    with closing(db.open(tmp_path)) as first, first.transaction():
        with closing(db.open(tmp_path)):
            pass
        code = (
            f"import sqlite3; sqlite3.connect({str(tmp_path / 'state.sqlite')!r}, timeout=0).execute('BEGIN IMMEDIATE')"
        )
        other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "database is locked" in other.stderr


def test_what_was_deleted_is_in_no_file_after_scrubbing(tmp_path: Path) -> None:
    planted = "planted-7f3a"
    with closing(db.open(tmp_path)) as state:
        add(state, *(account(f"{planted}-{number}") for number in range(300)))
        assert planted.encode() in everything(tmp_path)
        with state.transaction() as connection:
            connection.execute(accounts.delete())
        assert planted.encode() in everything(tmp_path)
        assert state.scrub()
        assert planted.encode() not in everything(tmp_path)


def everything(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


def test_scrubbing_says_so_where_a_reader_stood_in_the_way(tmp_path: Path) -> None:
    with closing(db.open(tmp_path)) as state:
        with closing(sqlite3.connect(tmp_path / "state.sqlite")) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM accounts").fetchall()
            with state.transaction() as connection:
                connection.execute(insert(accounts).values(account("a")))
                connection.exec_driver_sql("PRAGMA busy_timeout = 0")
            assert not state.scrub()
        assert state.scrub()


# -- transactions -----------------------------------------------------------------------------------------------------


def test_a_transaction_that_fails_leaves_nothing(state: State) -> None:
    def fail() -> None:
        with state.transaction() as connection:
            connection.execute(insert(accounts).values(account("a")))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert rows(state) == 0


def test_more_threads_than_connections_write_without_a_failure(state: State) -> None:
    with ThreadPoolExecutor(24) as pool:
        list(pool.map(lambda number: add(state, account(f"{number}")), range(96)))
    assert rows(state) == 96


# -- errors -----------------------------------------------------------------------------------------------------------


def test_an_error_holds_no_value_of_a_row_and_chains_none(state: State, caplog: pytest.LogCaptureFixture) -> None:
    person = "ann@example.com"
    with caplog.at_level(logging.DEBUG), pytest.raises(WorkspaceError) as caught:
        add(state, account(person), account(person))
    assert person not in str(caught.value) + caplog.text
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_foreign_key_is_held(state: State) -> None:
    with state.reading() as connection:
        row = {"id": "t", "hash": "h", "scope": "read", "name": "", "account": "nobody", "made_at": NOW}
        with pytest.raises(IntegrityError):
            connection.execute(insert(tokens).values(row))


@pytest.mark.parametrize(
    "content", [b"this is no database at all, only a text " * 40, b"SQLite format 3\0" + b"\xff" * 9000]
)
def test_a_file_that_is_no_database_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "state.sqlite").write_bytes(content)
    with pytest.raises(WorkspaceError, match=r"state\.sqlite: it is (no SQLite database|damaged).*restore a backup"):
        db.open(tmp_path)
    assert (tmp_path / "state.sqlite").read_bytes() == content


def test_a_locked_file_is_named_after_the_wait(tmp_path: Path) -> None:
    db.open(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "state.sqlite")) as other, closing(db.open(tmp_path)) as state:
        other.execute("BEGIN IMMEDIATE")
        with state.reading() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout = 50")
        with pytest.raises(WorkspaceError, match="another process holds it locked"), state.transaction():
            pass
        assert rows(state) == 0, "reading waits for nobody"


@pytest.mark.parametrize("address", ["mysql://u:secret@h/d", "duckdb:///x", "sqlite:///x.db"])
def test_other_databases_are_refused(address: str) -> None:
    with pytest.raises(Unsupported, match="folder or in Postgres") as caught:
        db.open(address)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("host", ["/nowhere", "localhost:1"])
def test_a_server_out_of_reach_is_named_without_the_password(host: str) -> None:
    address = f"postgres://u:secret@{host}/d" if ":" in host else f"postgres://u:secret@/d?host={host}"
    with pytest.raises(WorkspaceError, match="can't be reached") as caught:
        db.open(address)
    assert "secret" not in str(caught.value)
    assert "***" in str(caught.value)


def test_a_password_among_the_options_is_hidden_too() -> None:
    with pytest.raises(WorkspaceError, match="can't be reached") as caught:
        db.open("postgres://u@/d?host=/nowhere&password=secret")
    assert "secret" not in str(caught.value)
    assert str(caught.value).startswith("postgresql://u@/d?host=")


def test_an_address_that_nobody_can_read_is_not_repeated() -> None:
    with pytest.raises(WorkspaceError, match="can't be read") as caught:
        db.open("postgres://u:secret@[h:x/d")
    assert "secret" not in str(caught.value)


def test_a_folder_that_can_not_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError, match="check the folder"):
        db.open(tmp_path / "file" / "workspace")


def test_postgres_answers_only_what_is_on_its_disk(database: str) -> None:
    with closing(db.open(f"{database}%20-csynchronous_commit%3Doff")) as state, state.reading() as connection:
        assert connection.execute(text("SHOW synchronous_commit")).scalar() == "on"
        assert connection.execute(text("SHOW lock_timeout")).scalar() == "5s"
