"""A backup taken while events come in loses nothing that was acknowledged before, and counts nothing twice."""

from __future__ import annotations

import shutil
import tarfile
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cherish.errors import FileError, QuestionError, WorkspaceError
from cherish.serve.backups import Made, back_up, restore, taking
from cherish.serve.backups.turn import turn
from load.support import Works, line, put, works
from owning.support import Load, event_id, ids, started, workspace


def backed_up(here: Works, folder: Path, target: Path, **given: int) -> Made:
    return back_up(workspace(folder), here.store, target, **given)


def meanwhile(monkeypatch: pytest.MonkeyPatch, after: int, act: Callable[[], object]) -> None:
    """Do something once so many of the three kinds of copies are made, whichever comes first."""
    made: list[str] = []

    def watched(name: str) -> None:
        copy = getattr(taking, name)

        def copied(*given: Any) -> Any:
            found = copy(*given)
            made.append(name)
            if len(made) == after:
                act()
            return found

        monkeypatch.setattr(taking, name, copied)

    for name in ("_journals", "_log", "_state"):
        watched(name)


# -- under load -----------------------------------------------------------------------------------------------------


def test_what_was_acknowledged_before_a_backup_began_is_in_it_exactly_once(tmp_path: Path) -> None:
    taken: list[tuple[Made, list[str]]] = []
    with works(tmp_path / "live", events=200) as here, here.store.owned(), Load(here) as load:
        for number in range(1, 3):
            load.wait_for(number * 400)
            before = list(load.acknowledged)
            taken.append((backed_up(here, tmp_path / "live", tmp_path / f"backups-{number}"), before))
    for number, (made, before) in enumerate(taken):
        restored = restore(Path(made.place), workspace(tmp_path / f"restored-{number}"))
        assert made.manifest.log is not None
        assert restored.rows["events"] == made.manifest.log.rows["events"]
        assert restored.waiting == made.manifest.waiting
        with started(tmp_path / f"restored-{number}") as there:
            found = ids(there)
            assert set(found.values()) == {1}, "nothing is there twice"
            assert {event_id(each) for each in before} <= set(found)
            assert there.store.check() == {}
    assert any(made.manifest.waiting["main"] for made, _ in taken), "events waited while a backup was taken"


# -- what moves between two copies ----------------------------------------------------------------------------------


AFTER = pytest.mark.parametrize("after", [1, 2])


@AFTER
def test_an_event_that_is_loaded_between_two_copies_is_there_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    with works(tmp_path / "live") as here, here.store.owned():
        put(here.journal, [line(1), line(2)])
        here.load()
        put(here.journal, [line(3), line(4)])
        meanwhile(monkeypatch, after, here.load)
        made = backed_up(here, tmp_path / "live", tmp_path / "backups")
        assert here.journal.depth() == 0
    assert made.manifest.waiting == {"main": 2}
    restore(Path(made.place), workspace(tmp_path / "new"))
    with started(tmp_path / "new") as there:
        assert sorted(ids(there).items()) == sorted((event_id(f"m{number}"), 1) for number in range(1, 5))
        assert there.store.check() == {}


@AFTER
def test_a_claim_that_is_open_while_it_is_copied_is_settled_by_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    with works(tmp_path / "live") as here, here.store.owned():
        put(here.journal, [line(1), line(2)])
        claim = here.journal.claim(10)
        assert claim is not None
        meanwhile(monkeypatch, after, lambda: here.loader._load(here.journal, claim))
        made = backed_up(here, tmp_path / "live", tmp_path / "backups")
    restore(Path(made.place), workspace(tmp_path / "new"))
    with started(tmp_path / "new") as there:
        assert set(ids(there).items()) == {(event_id("m1"), 1), (event_id("m2"), 1)}
        assert there.journal.depth() == 0


@AFTER
def test_a_payload_of_an_open_claim_that_goes_to_the_quarantine_meanwhile_is_kept_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    with works(tmp_path / "live") as here, here.store.owned():
        put(here.journal, [line(1)])
        put(here.journal, [line(2, name=None, type="track")])
        claim = here.journal.claim(10)
        assert claim is not None
        meanwhile(monkeypatch, after, lambda: here.loader._load(here.journal, claim))
        made = backed_up(here, tmp_path / "live", tmp_path / "backups")
        assert len(here.quarantined()) == 1
    restore(Path(made.place), workspace(tmp_path / "new"))
    with started(tmp_path / "new") as there:
        assert len(there.quarantined()) == 1, "it may lie in the journal and in the state, and is one"
        assert set(ids(there)) == {event_id("m1")}


def test_what_leaves_the_quarantine_waits_until_the_backup_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replayed = threading.Event()

    def replay() -> None:
        with turn(tmp_path / "live"):
            replayed.set()

    with works(tmp_path / "live") as here, here.store.owned():
        put(here.journal, [line(1)])
        beside = threading.Thread(target=replay)
        meanwhile(monkeypatch, 1, lambda: (beside.start(), replayed.wait(0.2)))
        meanwhile(monkeypatch, 3, lambda: waited.append(not replayed.is_set()))
        waited: list[bool] = []
        backed_up(here, tmp_path / "live", tmp_path / "backups")
        beside.join(20)
    assert waited == [True]
    assert replayed.is_set()


# -- targets ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    with works(folder) as here, here.store.owned():
        put(here.journal, [line(number) for number in range(20)])
        here.load()
    (folder / "rejects").mkdir()
    (folder / "rejects" / "orders.csv").write_text("a,b\n")
    (folder / "cherish.toml").write_text("smallest_group = 7\n")
    return folder


def backup_of(folder: Path, target: Path, **given: int) -> Made:
    return back_up(workspace(folder), workspace(folder).store(), target, **given)


def test_a_backup_can_be_one_file(shop: Path, tmp_path: Path) -> None:
    made = backup_of(shop, tmp_path / "kept" / "shop.tar")
    assert [each.name for each in (tmp_path / "kept").iterdir()] == ["shop.tar"]
    assert (tmp_path / "kept" / "shop.tar").stat().st_mode & 0o777 == 0o600
    restored = restore(Path(made.place), workspace(tmp_path / "new"))
    assert restored.rows["events"] == 20
    assert (tmp_path / "new" / "rejects" / "orders.csv").read_text() == "a,b\n"
    assert (tmp_path / "new" / "cherish.toml").read_text() == "smallest_group = 7\n"
    assert not list((tmp_path / "new").rglob("*.restoring"))


def test_a_backup_is_for_its_owner_alone(shop: Path, tmp_path: Path) -> None:
    made = Path(backup_of(shop, tmp_path / "kept").place)
    assert made.stat().st_mode & 0o777 == 0o700
    assert {each.stat().st_mode & 0o777 for each in made.rglob("*") if each.is_file()} == {0o600}


def test_what_a_running_server_leaves_in_the_folder_stays_out(shop: Path, tmp_path: Path) -> None:
    for name in ("serve.json", "serve.lock", "database.toml", "log.v1.duckdb"):
        (shop / name).write_text("")
    names = {each.name for each in Path(backup_of(shop, tmp_path / "kept").place).iterdir()}
    assert names == {
        "manifest.json", "log.duckdb", "state.sqlite", "journal-main.sqlite", "rejects", "cherish.toml",
    }  # fmt: skip


def test_only_so_many_are_kept(shop: Path, tmp_path: Path) -> None:
    moments = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day) for day in range(4))
    made = [
        back_up(workspace(shop), workspace(shop).store(), tmp_path / "kept", keep=2, clock=lambda: next(moments))
        for _ in range(4)
    ]
    left = taking.backups(tmp_path / "kept")
    assert [each.name for each in left] == ["cherish-20260103T000000Z", "cherish-20260104T000000Z"]
    assert [each.gone for each in made] == [(), (), ("cherish-20260101T000000Z",), ("cherish-20260102T000000Z",)]


def test_a_backup_that_fails_leaves_nothing_and_takes_no_older_one(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup_of(shop, tmp_path / "kept", keep=1)
    monkeypatch.setattr(taking, "SPARE", 10**18)
    later = datetime.now(UTC) + timedelta(days=1)
    with pytest.raises(WorkspaceError, match="make room"):
        back_up(workspace(shop), workspace(shop).store(), tmp_path / "kept", keep=1, clock=lambda: later)
    assert len(list((tmp_path / "kept").iterdir())) == 1


@pytest.mark.parametrize(
    ("target", "given", "words"),
    [("kept", {"keep": 0}, "at least 1"), ("a.tar", {"keep": 2}, "one file"), ("there.tar", {}, "already"),
     ("file", {}, "is a file")],
)  # fmt: skip
def test_a_target_that_can_not_be_meant_is_refused(
    shop: Path, tmp_path: Path, target: str, given: dict[str, int], words: str
) -> None:
    (tmp_path / "there.tar").write_text("")
    (tmp_path / "file").write_text("")
    with pytest.raises(QuestionError, match=words):
        backup_of(shop, tmp_path / target, **given)


def test_a_folder_with_nothing_in_it_is_no_workspace(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="nothing"):
        backup_of(tmp_path, tmp_path / "kept")


# -- putting back -----------------------------------------------------------------------------------------------------


def test_a_folder_that_is_not_empty_is_refused(shop: Path, tmp_path: Path) -> None:
    made = backup_of(shop, tmp_path / "kept")
    with pytest.raises(WorkspaceError, match="not empty"):
        restore(Path(made.place), workspace(shop))


@pytest.mark.parametrize("name", ["log.duckdb", "state.sqlite", "rejects/orders.csv"])
def test_a_damaged_backup_is_refused_before_anything_is_written(shop: Path, tmp_path: Path, name: str) -> None:
    made = Path(backup_of(shop, tmp_path / "kept").place)
    whole = bytearray((made / name).read_bytes())
    whole[len(whole) // 2] ^= 1
    (made / name).write_bytes(bytes(whole))
    with pytest.raises(FileError, match=name):
        restore(made, workspace(tmp_path / "new"))
    assert not (tmp_path / "new").exists()


def test_a_file_that_is_missing_is_named(shop: Path, tmp_path: Path) -> None:
    made = Path(backup_of(shop, tmp_path / "kept").place)
    (made / "journal-main.sqlite").unlink()
    with pytest.raises(FileError, match=r"journal-main\.sqlite"):
        restore(made, workspace(tmp_path / "new"))


def test_what_is_no_backup_is_refused(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "text.tar").write_text("no")
    with tarfile.open(tmp_path / "other.tar", "w") as tar:
        tar.add(shop / "cherish.toml", "cherish.toml")
    for name, words in (("nowhere", "no such"), ("text.tar", "is no backup"), ("other.tar", "this is no backup")):
        with pytest.raises(FileError, match=words):
            restore(tmp_path / name, workspace(tmp_path / "new"))
    with pytest.raises(FileError, match="this is no backup"):
        restore(shop, workspace(tmp_path / "new"))


def test_a_manifest_that_points_outside_is_refused(shop: Path, tmp_path: Path) -> None:
    made = Path(backup_of(shop, tmp_path / "kept").place)
    manifest = (made / "manifest.json").read_text()
    (made / "manifest.json").write_text(manifest.replace('"cherish.toml"', '"../cherish.toml"'))
    shutil.copy(made / "cherish.toml", made.parent / "cherish.toml")
    with pytest.raises(FileError, match="outside"):
        restore(made, workspace(tmp_path / "new"))
    assert not (tmp_path / "new").exists()


def test_a_restore_that_was_cut_off_begins_anew(shop: Path, tmp_path: Path) -> None:
    made = backup_of(shop, tmp_path / "kept")
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "log.duckdb.restoring").write_bytes(b"half")
    assert restore(Path(made.place), workspace(tmp_path / "new")).rows["events"] == 20


def test_a_backup_of_a_newer_version_is_refused(shop: Path, tmp_path: Path) -> None:
    made = Path(backup_of(shop, tmp_path / "kept").place)
    manifest = (made / "manifest.json").read_text()
    (made / "manifest.json").write_text(manifest.replace('"schema": ', '"schema": 9'))
    with pytest.raises(WorkspaceError, match="newer"):
        restore(made, workspace(tmp_path / "new"))
    (made / "manifest.json").write_text(manifest.replace('"format": 1', '"format": 2'))
    with pytest.raises(WorkspaceError, match="newer"):
        restore(made, workspace(tmp_path / "new"))
