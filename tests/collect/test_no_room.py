"""A machine without room, a killed import, a folder that can't be written to: told plainly, nothing is left over."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import pytest

from cherish.collect import loads, rejects
from cherish.collect.folders import PREFIX, folder
from cherish.collect.importing import import_files
from cherish.errors import WorkspaceError
from cherish.store.duckdb import DuckDBStore

GOOD = "customer,time,amount\n" + "".join(f"c{n},2024-01-01,1\n" for n in range(60))
MIXED = GOOD + "c9,never,1\n,2024-01-01,1\n"


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "is full; free some room"),
        (duckdb.IOException("Could not write file: No space left on device"), "is full; free some room"),
        (duckdb.OutOfMemoryException("failed to allocate data"), "the memory of this machine does not suffice"),
    ],
)
def test_no_room_is_told_and_nothing_is_kept(tmp_path: Path, write, monkeypatch, error, says) -> None:
    def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr(loads, "load", fails)
    store = DuckDBStore(tmp_path / "shop")
    with pytest.raises(WorkspaceError, match=says):
        import_files(store, write("a.csv", MIXED))
    assert not (tmp_path / "shop").exists()


def test_no_room_for_the_copies_is_no_fault_of_the_file(tmp_path: Path, write, monkeypatch) -> None:
    from cherish.collect.workbench import Workbench

    run = Workbench.run

    def fails(bench: Workbench, statement: str, watch=None) -> None:
        if statement.startswith("COPY"):
            raise duckdb.IOException("Async write failed: Could not write file: No space left on device")
        run(bench, statement, watch)

    monkeypatch.setattr(Workbench, "run", fails)
    with pytest.raises(WorkspaceError, match="is full; free some room"):
        import_files(DuckDBStore(tmp_path / "shop"), write("a.csv", GOOD))


def test_a_commit_that_fails_is_told_as_what_it_was(tmp_path: Path) -> None:
    from cherish.store.contract import Origin

    store = DuckDBStore(tmp_path / "shop")

    def fails() -> None:
        with store.loading(Origin("a", "events")) as loading:
            # As the engine does when a commit fails: the transaction is over before anybody takes it back.
            loading.connection.execute("ROLLBACK")
            raise ValueError("the cause")

    with pytest.raises(ValueError, match="the cause"):
        fails()
    assert store.imports() == []


def test_what_was_left_out_stands_only_after_the_load(tmp_path: Path, write, monkeypatch) -> None:
    store = DuckDBStore(tmp_path / "shop")
    out = tmp_path / "shop" / "rejects"
    import_files(store, write("a.csv", MIXED))
    before = {path.name: path.read_text() for path in out.iterdir()}
    assert sorted(before) == ["a.csv", "a.set-aside.csv"]

    def stops(*_: object) -> None:
        # What a kill would leave: the same as before.
        assert {path.name: path.read_text() for path in out.iterdir()} == before
        raise KeyboardInterrupt

    monkeypatch.setattr(loads, "load", stops)
    with pytest.raises(KeyboardInterrupt):
        import_files(store, write("a.csv", MIXED + "c8,never,1\n"))
    assert {path.name: path.read_text() for path in out.iterdir()} == before


def test_what_can_not_be_written_after_the_load_is_told(tmp_path: Path, write, monkeypatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(rejects.shutil, "move", full)
    store = DuckDBStore(tmp_path / "shop")
    with pytest.raises(WorkspaceError, match="the rows are loaded, and those left out can't be written"):
        import_files(store, write("a.csv", MIXED))
    assert [each.events for each in store.imports()] == [60]


def test_a_folder_that_can_not_hold_them_is_found_out_before_the_load(tmp_path: Path, write) -> None:
    store = DuckDBStore(tmp_path / "shop")
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(WorkspaceError, match="can't hold the rows left out"):
        import_files(store, write("a.csv", MIXED), rejects_dir=tmp_path / "taken")
    assert not store.exists


def test_a_workspace_that_is_a_file_is_refused(tmp_path: Path, write) -> None:
    (tmp_path / "shop").write_text("a file")
    with pytest.raises(WorkspaceError, match="can't be a workspace"):
        import_files(DuckDBStore(tmp_path / "shop"), write("a.csv", GOOD))


def test_the_copies_of_a_killed_import_are_swept_and_those_of_a_living_one_are_not(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    script = (
        "import sys, time\nfrom cherish.collect.folders import folder\n"
        "with folder() as made:\n    (made / 'rows').write_text('x')\n    print(made, flush=True)\n    time.sleep(60)\n"
    )
    around = {**os.environ, "TMPDIR": str(tmp_path)}
    running = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=around)
    try:
        assert running.stdout is not None
        other = Path(running.stdout.readline().strip())
        with folder():
            assert (other / "rows").exists()
        running.send_signal(signal.SIGKILL)
        running.wait()
        with folder() as mine:
            assert list(tmp_path.glob(f"{PREFIX}*")) == [mine]
    finally:
        running.kill()
        running.communicate()
    assert list(tmp_path.glob(f"{PREFIX}*")) == []
