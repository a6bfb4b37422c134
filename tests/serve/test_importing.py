"""An import beside a running server: done by the server in turns with what comes in, and whole or not at all."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import cherish
from cherish.errors import CherishError, FileError
from serve.beside import Site
from serve.conftest import PATIENCE, Serving, environment

HEAD = "user,event,time,path\n"
MANY = 420_000
"""Rows of three transactions."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("importing") / "ws")
    site.serve()
    yield site
    site.stop()


def small(folder: Path, name: str = "visits.csv", user: str = "anna") -> Path:
    rows = [f"{user}{n % 7},Page Viewed,2024-02-{1 + n % 28:02} 10:00,/{n % 4}" for n in range(50)]
    (folder / name).write_text(HEAD + "\n".join([*rows, "nobody,Page Viewed,no time at all,/"]) + "\n")
    return folder / name


def command(*words: str, folder: Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cherish", *words, "--workspace", str(folder)],
        capture_output=True, text=True, env=environment(), cwd=cwd, timeout=PATIENCE, check=False,
    )  # fmt: skip


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def events(folder: Path) -> int:
    return cherish.open(folder).facts.rows.get("events", 0)


def test_a_file_comes_in_beside_the_server_as_it_would_without_one(site: Site, tmp_path: Path) -> None:
    small(tmp_path)
    words = ("import", "visits.csv", "--yes", "--tz", "UTC", "--reject-share", "10%")
    beside = command(*words, folder=site.folder, cwd=tmp_path)
    alone = command(*words, folder=tmp_path / "alone", cwd=tmp_path)
    assert (beside.returncode, alone.returncode) == (0, 0), beside.stderr + alone.stderr
    said = [
        [line for line in each.stdout.replace(str(place), "").splitlines() if " rows/s" not in line]
        for each, place in ((beside, site.folder), (alone, tmp_path / "alone"))
    ]
    assert said[0] == said[1]
    assert (site.folder / "rejects").exists()
    (found,) = cherish.open(site.folder).imports()
    assert (found.name, found.events) == ("visits", 50)
    assert site.server.process.poll() is None
    assert cherish.open(site.folder).store.undo("visits") == 50


def test_a_refusal_of_the_file_is_told_as_without_a_server(site: Site, tmp_path: Path) -> None:
    small(tmp_path)
    log = cherish.open(site.folder)
    with pytest.raises(FileError, match="time"):
        log.import_files(tmp_path / "visits.csv", strict=True)
    with pytest.raises(CherishError, match="clock"):
        log.import_files(tmp_path / "visits.csv", clock=lambda: None)
    with pytest.raises(CherishError):
        log.import_files(tmp_path / "nothing.csv")
    assert log.imports() == []


def many(folder: Path) -> Path:
    file = folder / "many.csv"
    with file.open("w") as out:
        out.write(HEAD)
        for n in range(MANY):
            out.write(f"u{n % 1000},Page Viewed,2024-03-{1 + n % 28:02} {n % 24:02}:{n % 60:02},/{n % 9}\n")
    return file


def test_live_events_are_loaded_while_a_long_import_runs_and_a_death_leaves_nothing_of_it(
    site: Site, tmp_path: Path
) -> None:
    file = many(tmp_path)
    cherish.open(site.folder).import_files(small(tmp_path, "before.csv", "ben"), reject_share=0.1)
    before = events(site.folder)
    importing = subprocess.Popen(
        [sys.executable, "-m", "cherish", "import", str(file), "--yes", "--workspace", str(site.folder)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(), cwd=tmp_path,
    )  # fmt: skip
    try:
        until(lambda: events(site.folder) > before)
        assert site.server.post("/v1/track", {"userId": "cleo", "event": "Seen", "messageId": "m1"}).status_code == 200
        until(lambda: "Seen" in cherish.open(site.folder).facts.names)
        part = events(site.folder) - before - 1
        assert 0 < part < MANY, "it came between two parts of the import"
        site.server.kill()
        out, err = importing.communicate(timeout=PATIENCE)
    finally:
        importing.kill()
    assert importing.returncode == 2, out + err
    assert "went away" in " ".join(err.split())
    copy = tmp_path / "copy"
    shutil.copytree(site.folder, copy, ignore=shutil.ignore_patterns("serve.*", "scratch-*"))
    # Whoever opens the log next takes it back: a command, or the next start of the server.
    assert events(copy) == before + 1
    again = Serving(site.server.command, site.server.port, site.folder)
    again.start()
    site.server, again.told = again, site.server.told
    until(lambda: events(site.folder) == before + 1)
    log = cherish.open(site.folder)
    assert [each.name for each in log.imports() if each.kind == "events"] == ["before"]
    assert log.store.check() == {}
