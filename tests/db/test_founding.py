"""A workspace's state in Postgres: who owns it, and how what lies in files comes there."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cherish import db
from cherish.db import founding, home, journal, places
from cherish.db.accounts import Accounts
from cherish.db.keys import Keys
from cherish.db.quarantine import Quarantine, Refused
from cherish.db.state import State
from cherish.db.tokens import Tokens
from cherish.errors import WorkspaceError
from cherish.settings import Settings
from cherish.workspace import Workspace
from conformance.server import empty
from db.journal.support import NOW, bodies, claimed, put


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "workspace"
    place.mkdir()
    return place


def refused(number: int) -> Refused:
    return Refused("shop", NOW, "unknown_type", f"number {number}", number, b"{%d" % number)


def fill(folder: Path) -> dict[str, Any]:
    """A workspace on files that was used: what must be found again elsewhere."""
    with closing(db.open(folder)) as state, closing(journal.open(state)) as main:
        strict = Keys(state).add_source("Shop", strict=True)
        old = Keys(state).add_key(strict.source)
        Keys(state).revoke(old.key)
        account = Accounts(state).add("owner")
        token = Tokens(state).new_token("read", name="t", account=account.id)
        Quarantine(state).add_all(refused(number) for number in range(450))
        put(main, b"1\n", b"2\n")
        claimed(main, events=1)
        with closing(journal.open(state, "collector-1")) as beside:
            put(beside, b"3\n")
        return {"keys": Keys(state).all(), "token": token, "login": Accounts(state).new_login(account)}


def found(state: State) -> list[bytes]:
    """What waits in the database's journal."""
    with closing(journal.open(state)) as kept:
        return sorted(bodies(claimed(kept)))


def test_a_move_brings_keys_accounts_quarantine_and_what_waits_and_leaves_no_files(folder: Path, database: str) -> None:
    held = fill(folder)
    with closing(founding.found(folder, database, move=True)) as state:
        assert Keys(state).all() == held["keys"]
        assert len(held["keys"]) == 1
        assert Tokens(state).bearer(held["token"]) is not None
        assert Accounts(state).log_in(held["login"]) is not None
        assert [each.place for each in Quarantine(state).listed(limit=1_000)] == list(reversed(range(450)))
        assert Quarantine(state).add_all([refused(450)]) == (451,), "the database goes on counting"
        assert found(state) == [b"1\n", b"2\n", b"3\n"]
    assert [file.name for file in folder.iterdir()] == [home.NOTE]


def test_without_being_told_nothing_is_left_behind(folder: Path, database: str) -> None:
    fill(folder)
    with pytest.raises(WorkspaceError, match=r"holds keys that clients use, or events that wait.*--move"):
        founding.found(folder, database)
    assert not (folder / home.NOTE).exists()
    with closing(db.open(folder)) as state:
        assert len(Keys(state).all()) == 1


def test_a_workspace_that_never_was_served_needs_no_move(folder: Path, database: str) -> None:
    db.open(folder).close()
    founding.found(folder, database).close()
    assert [file.name for file in folder.iterdir()] == [home.NOTE]
    founding.found(folder, database).close()


@pytest.mark.parametrize("step", ["settle", "finish", "prepare"])
def test_a_process_that_dies_on_the_way_leaves_a_move_that_can_be_taken_up(
    folder: Path, database: str, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = fill(folder)
    with monkeypatch.context() as patched:
        patched.setattr(home, step, dies)
        with pytest.raises(ZeroDivisionError):
            founding.found(folder, database, move=True)
    with closing(founding.found(folder, database, move=True)) as state:
        assert Keys(state).all() == held["keys"]
        assert Quarantine(state).count() == 450
        assert found(state) == [b"1\n", b"2\n", b"3\n"]
    assert [file.name for file in folder.iterdir()] == [home.NOTE]


def dies(*_: object) -> None:
    raise ZeroDivisionError


def test_a_process_that_dies_while_events_are_brought_loses_none(
    folder: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(folder)
    with monkeypatch.context() as patched:
        patched.setattr(journal.SQLiteJournal, "done", dies)
        with pytest.raises(ZeroDivisionError):
            founding.found(folder, database, move=True)
    with closing(founding.found(folder, database, move=True)) as state:
        assert set(found(state)) == {b"1\n", b"2\n", b"3\n"}, "what is there twice counts once, by the events' ids"


def test_a_collector_that_runs_on_files_holds_up_the_move(folder: Path, database: str) -> None:
    fill(folder)
    said = "collect-collector-1 still takes events into files here; end it"
    with places.in_folder(folder / "collect-collector-1.lock"), pytest.raises(WorkspaceError, match=said):
        founding.found(folder, database, move=True)
    assert (folder / "state.sqlite").exists()


# -- whose it is -------------------------------------------------------------------------------------------------------


def test_a_database_keeps_one_workspace(folder: Path, database: str, tmp_path: Path) -> None:
    founding.found(folder, database).close()
    (other := tmp_path / "other").mkdir()
    with pytest.raises(WorkspaceError, match=r"belongs to another workspace than .*other"):
        founding.found(other, database)
    assert list(other.iterdir()) == []


def test_of_two_workspaces_that_come_at_once_one_gets_it(database: str, tmp_path: Path) -> None:
    folders = [tmp_path / str(number) for number in range(4)]
    for each in folders:
        each.mkdir()
    with ThreadPoolExecutor(4) as pool:
        got = list(pool.map(lambda each: attempt(lambda: founding.found(each, database)), folders))
    assert sum(each is None for each in got) == 1, got
    assert sum((each / home.NOTE).exists() for each in folders) == 1


def attempt(opening: Callable[[], State]) -> WorkspaceError | None:
    try:
        opening().close()
    except WorkspaceError as error:
        return error
    return None


def test_a_workspace_whose_state_lies_in_a_database_is_not_begun_anew(folder: Path, database: str) -> None:
    founding.found(folder, f"{database}&application_name=secret").close()
    state_of = Workspace(folder, Settings()).state
    with pytest.raises(WorkspaceError, match=r"its keys and its journal lie in postgresql://cherish@/.*--database"):
        state_of()
    assert "secret" not in (folder / home.NOTE).read_text()
    assert [file.name for file in folder.iterdir()] == [home.NOTE]
    Workspace(folder, Settings(database=database)).state().close()


def test_a_database_that_is_nobodys_does_not_take_the_place_of_the_workspaces_own(
    folder: Path, database: str, server: str
) -> None:
    founding.found(folder, database).close()
    with pytest.raises(WorkspaceError, match=r"is nobody's yet: the keys .* lie in .*remove .*database.toml"):
        founding.found(folder, empty(server))


def test_who_collects_needs_a_server_that_began(folder: Path, database: str) -> None:
    for settings in (Settings(), Settings(database=database)):
        with pytest.raises(WorkspaceError, match="no server ever began"):
            Workspace(folder, settings).state()
    assert list(folder.iterdir()) == []


def test_a_note_that_can_not_be_read_is_named(folder: Path, database: str) -> None:
    (folder / home.NOTE).write_text("id = 7")
    with pytest.raises(WorkspaceError, match=r"database\.toml can't be read \(KeyError\); restore it"):
        founding.found(folder, database)


@pytest.mark.parametrize("address", ["", "cherish", "db.example.com/cherish"])
def test_what_is_no_address_is_not_taken_for_a_folder(
    folder: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    for opening in (lambda: founding.found(folder, address), Workspace(folder, Settings(database=address)).state):
        with pytest.raises(WorkspaceError, match="address can't be read; write postgres://"):
            opening()
    assert list(folder.iterdir()) == []
