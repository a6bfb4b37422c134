"""A full disk: 503 while nothing can be written, and all that was acknowledged once there is room again."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from faults.conftest import Start
from faults.support import Sender, event, held, sending, until

SIZE = 48 * 2**20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a few megabytes, in memory."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount a small disk")
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(place)], capture_output=True, text=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"a small disk can't be mounted here: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(file: Path) -> None:
    """Take every byte that is left."""
    with file.open("ab", buffering=0) as full:
        for size in (2**20, 4096, 1):
            while True:
                try:
                    if full.write(bytes(size)) < size:
                        break
                except OSError:
                    break


def test_a_full_disk_is_a_503_and_nothing_acknowledged_is_lost_also_by_a_kill(small_disk: Path, server: Start) -> None:
    serving, filler = server(small_disk / "workspace", free=0), small_disk / "filler"
    with sending([Sender(serving, "one"), Sender(serving, "two")]) as senders:
        until(lambda: all(each.acknowledged for each in senders))
        for killed in (False, True):
            fill(filler)
            until(lambda: serving.post("/v1/t", event("no room")).status_code == 503)
            answer = serving.post("/v1/t", event("no room", properties={"text": "x" * 10_000}))
            if answer.status_code == 503:
                assert answer.json()["code"] == "overloaded"
                assert int(answer.headers["retry-after"]) > 0
            assert serving.http.get("/health").status_code == 200
            if killed:
                serving.kill()
            filler.unlink()
            if killed:
                serving.start()
            before = [len(each.acknowledged) for each in senders]
            until(lambda before=before: all(len(s.acknowledged) > n for s, n in zip(senders, before, strict=True)))
    until(lambda: serving.http.get("/ready").status_code == 200)
    assert serving.stop() == 0
    held(serving.folder).once([name for each in senders for name in each.acknowledged])


def test_a_disk_that_is_nearly_full_is_a_503_before_anything_fails(small_disk: Path, server: Start) -> None:
    serving = server(small_disk / "workspace", free=24 * 2**20)
    assert serving.post("/v1/t", event("first")).status_code == 200
    (small_disk / "filler").write_bytes(bytes(SIZE * 2 // 3))
    until(lambda: serving.post("/v1/t", event("second")).status_code == 503)
    ready = serving.http.get("/ready")
    assert (ready.status_code, "nearly full" in ready.json()["reason"]) == (503, True)
    (small_disk / "filler").unlink()
    until(lambda: serving.post("/v1/t", event("third")).status_code == 200)
    serving.stop()
    assert "not_kept" not in serving.log
    held(serving.folder).once(["first", "third"])
