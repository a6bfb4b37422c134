"""The restore drill: a real server under load, a backup by the command line, the server killed, the backup put back."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from owning.support import event_id, ids, started
from serve.conftest import PATIENCE, Serving, environment, free_port


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Serving]:
    port, folder = free_port(), tmp_path / "live"
    command = [sys.executable, "-m", "cherish", "serve", "--port", str(port), "--workspace", str(folder)]
    serving = Serving(command, port, folder)
    serving.start()
    assert serving.process.stdout is not None
    for text in serving.process.stdout:
        if "write key" in text:
            serving.told = [text.split()[-1]]
        if "analytics.track" in text:
            break
    yield serving
    serving.stop()


def command(*words: object) -> str:
    found = subprocess.run(
        [sys.executable, "-m", "cherish", *(str(word) for word in words)],
        capture_output=True, text=True, timeout=PATIENCE, env=environment(), check=False,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    return found.stdout


class Sender(threading.Thread):
    """Sends batches for as long as the server answers; `acknowledged` only grows."""

    def __init__(self, url: str, key: str) -> None:
        super().__init__()
        self.acknowledged: list[str] = []
        self._url, self._key = url, key

    def run(self) -> None:
        with httpx.Client(base_url=self._url, auth=(self._key, ""), timeout=PATIENCE) as client:
            try:
                for number in range(10**6):
                    names = [f"{number}-{place}" for place in range(20)]
                    batch = [
                        {"type": "track", "event": "Seen", "userId": f"u{place}", "messageId": name}
                        for place, name in enumerate(names)
                    ]
                    client.post("/v1/batch", json={"batch": batch}).raise_for_status()
                    self.acknowledged.extend(names)
                    time.sleep(0.005)
            except httpx.HTTPError:
                return


def test_a_backup_of_a_server_under_load_brings_back_all_that_was_acknowledged(served: Serving, tmp_path: Path) -> None:
    sender = Sender(served.url, served.key)
    sender.start()
    while len(sender.acknowledged) < 2000:
        time.sleep(0.01)
    before = list(sender.acknowledged)
    made = json.loads(command("backup", "--to", tmp_path / "kept", "--workspace", served.folder, "--json"))
    at_the_end = len(sender.acknowledged)
    served.kill()
    sender.join(PATIENCE)
    assert at_the_end > len(before), "the server went on answering"
    assert {each.name for each in Path(made["place"]).iterdir()} >= {"log.duckdb", "state.sqlite"}

    found = json.loads(command("restore", made["place"], "--workspace", tmp_path / "new", "--json"))
    assert found["rows"]["events"] == made["manifest"]["log"]["rows"]["events"]
    with started(tmp_path / "new") as there:
        loaded = ids(there)
        assert set(loaded.values()) == {1}, "nothing is there twice"
        assert {event_id(name, "website") for name in before} <= set(loaded)
        assert there.store.check() == {}
    # Its keys are in force again: clients go on as before.
    served.folder = tmp_path / "new"
    served.command[-1] = str(tmp_path / "new")
    served.start()
    assert served.post("/v1/track", {"event": "Seen", "userId": "u1", "messageId": "after"}).status_code == 200
