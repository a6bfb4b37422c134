from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from stat import S_IMODE

import pytest

from cherish import db
from cherish.db import journal
from cherish.db.journal import SQLiteJournal
from cherish.db.quarantine import Quarantine
from cherish.db.state import State
from cherish.errors import WorkspaceError
from db.journal.support import NOW, bodies, claimed, put


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    with closing(db.open(tmp_path)) as opened:
        yield opened


def test_each_process_has_a_file_of_its_own_for_its_owner_alone(state: State, tmp_path: Path) -> None:
    with closing(journal.open(state)) as main, closing(journal.open(state, "collector-2")) as second:
        put(main, b"a")
        put(second, b"b")
        files = list(tmp_path.glob("journal-*"))
        assert {file.name for file in files} >= {"journal-main.sqlite", "journal-collector-2.sqlite"}
        assert {S_IMODE(file.stat().st_mode) for file in files} == {0o600}
        assert journal.names(state) == ("collector-2", "main")
        assert (bodies(claimed(main)), bodies(claimed(second))) == ([b"a"], [b"b"])


@pytest.mark.parametrize("name", ["", "a/b", "..", "a.b", "ä", "a" * 61])
def test_a_name_that_is_no_file_name_is_refused(state: State, name: str) -> None:
    with pytest.raises(WorkspaceError, match="can't be named"):
        journal.open(state, name)


def test_a_commit_is_flushed_and_what_is_deleted_is_overwritten(state: State) -> None:
    with closing(SQLiteJournal(Path(str(state.folder)), "main", Quarantine(state))) as kept:
        with kept._reading() as connection:
            found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("synchronous", "secure_delete")]
        assert found == [2, 1]


def test_a_journal_of_a_newer_version_is_refused(state: State, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "journal-main.sqlite")) as file:
        file.execute("PRAGMA user_version = 99")
    with pytest.raises(WorkspaceError, match=r"newer Cherish \(version 99\); upgrade"):
        journal.open(state)


def test_marking_a_claim_does_not_write_the_bodies_again(state: State, tmp_path: Path) -> None:
    log = tmp_path / "journal-main.sqlite-wal"
    with closing(journal.open(state)) as kept:
        put(kept, *(b"x" * 100_000 for _ in range(40)))
        assert kept.scrub()
        assert log.stat().st_size == 0
        claim = claimed(kept)
        assert len(claim.payloads) == 40
        assert log.stat().st_size < 400_000
        kept.release(claim.id)
        assert log.stat().st_size < 800_000


def test_what_is_gone_is_in_no_file_after_scrubbing(state: State, tmp_path: Path) -> None:
    planted = b"planted-91c4"
    with closing(journal.open(state)) as kept:
        put(kept, *(planted * 1000 for _ in range(20)))
        put(kept, b"stays")
        kept.done(claimed(kept, 20).id)
        assert planted in everything(tmp_path)
        assert kept.scrub()
        assert planted not in everything(tmp_path)
        assert b"stays" in everything(tmp_path)


def test_a_file_that_a_backlog_made_large_shrinks_when_it_is_scrubbed(state: State, tmp_path: Path) -> None:
    file = tmp_path / "journal-main.sqlite"
    with closing(journal.open(state)) as kept:
        put(kept, *(b"x" * 2_000_000 for _ in range(12)))
        put(kept, b"stays")
        kept.done(claimed(kept, 12).id)
        assert file.stat().st_size > 20_000_000
        assert kept.scrub()
        assert file.stat().st_size < 100_000
        assert bodies(claimed(kept)) == [b"stays"]


def everything(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.glob("journal-*"))


def test_a_locked_file_fails_what_was_put_and_only_that(state: State, tmp_path: Path) -> None:
    with closing(SQLiteJournal(tmp_path, "main", Quarantine(state), busy=0.1)) as kept:
        put(kept, b"before")
        with closing(sqlite3.connect(tmp_path / "journal-main.sqlite")) as other:
            other.execute("BEGIN IMMEDIATE")
            failed = kept.put(b"during", source="s", events=5, received_at=NOW)
            with pytest.raises(WorkspaceError, match=r"journal-main\.sqlite: another process holds it locked"):
                failed.result(30)
            with pytest.raises(WorkspaceError, match="locked"):
                kept.claim(10)
            assert kept.depth() == 1
        put(kept, b"after")
        assert bodies(claimed(kept)) == [b"before", b"after"]
        assert len(kept.claims()) == 1
