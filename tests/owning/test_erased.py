"""Who was erased after a backup was taken does not come back with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cherish.customers import erase as erasing
from cherish.errors import WorkspaceError
from cherish.serve.backups import back_up, restore
from cherish.store.duckdb import DuckDBStore, tombstones
from load.support import line, put, works
from owning.support import event_id, ids, started, workspace

PLANTED = "anna-who-left"


def erase(folder: Path, key: str) -> None:
    with erasing.here(workspace(folder)) as place:
        erasing.erase(place, key)


def test_whom_the_workspace_has_erased_since_is_erased_from_what_is_restored(tmp_path: Path) -> None:
    live = tmp_path / "live"
    with works(live) as here, here.store.owned():
        put(here.journal, [line(n, user_id=PLANTED, anonymous_id="a1") for n in range(3)] + [line(10, user_id="u1")])
        put(here.journal, [line(20, user_id="erased-before")])
        here.load()
    erase(live, "erased-before")
    with works(live) as here, here.store.owned():
        put(here.journal, [line(30, user_id=PLANTED, properties={"waits": 1}), line(31, user_id="u2")])
        made = back_up(workspace(live), here.store, tmp_path / "kept")
        here.load()
    erase(live, PLANTED)
    with works(live) as here, here.store.owned():
        put(here.journal, [line(40, user_id="only-later")])
        here.load()
    erase(live, "only-later")

    plain = restore(Path(made.place), workspace(tmp_path / "plain"))
    assert (plain.rows["events"], plain.erased) == (4, 0), "the backup itself still has the person"
    assert PLANTED.encode() in (tmp_path / "plain" / "log.duckdb").read_bytes()

    found = restore(Path(made.place), workspace(tmp_path / "new"), workspace(live))
    assert found.erased == 1
    assert found.waiting == {"main": 0}, "what waited was loaded, and refused"
    with started(tmp_path / "new") as there:
        assert set(ids(there)) == {event_id("m10"), event_id("m31")}
        put(there.journal, [line(41, user_id="only-later"), line(42, user_id=PLANTED)])
        there.load()
        assert set(ids(there)) == {event_id("m10"), event_id("m31")}, "who is erased stays out"
        assert there.store.check() == {}
    assert PLANTED.encode() not in (tmp_path / "new" / "log.duckdb").read_bytes()


def test_a_backup_of_a_log_without_erasures_learns_them(tmp_path: Path) -> None:
    with works(tmp_path / "live") as here, here.store.owned():
        put(here.journal, [line(1, user_id=PLANTED), line(2, user_id="u1")])
        here.load()
        made = back_up(workspace(tmp_path / "live"), here.store, tmp_path / "kept")
    assert restore(Path(made.place), workspace(tmp_path / "one"), workspace(tmp_path / "live")).erased == 0
    erase(tmp_path / "live", PLANTED)
    found = restore(Path(made.place), workspace(tmp_path / "two"), workspace(tmp_path / "live"))
    assert (found.erased, found.rows["events"]) == (1, 1)


def test_erasures_of_another_log_are_refused(tmp_path: Path) -> None:
    for name in ("one", "other"):
        with works(tmp_path / name) as here, here.store.owned():
            put(here.journal, [line(1, user_id=PLANTED)])
            here.load()
        erase(tmp_path / name, PLANTED)
    found = tombstones.of(DuckDBStore(tmp_path / "other"))
    assert found is not None
    with pytest.raises(WorkspaceError, match="never one"):
        DuckDBStore(tmp_path / "one").bar(found)
