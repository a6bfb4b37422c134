"""A server and collectors beside it, as people start them."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import httpx

from serve.conftest import PATIENCE, Serving, environment, free_port
from serve.test_stopping import event


def command(verb: str, port: int, folder: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "cherish", verb, "--port", str(port), "--workspace", str(folder), *more]


def said(verb: str, folder: Path, *more: str) -> str:
    """What a process says that is refused."""
    ran = subprocess.run(
        command(verb, free_port(), folder, *more), capture_output=True, text=True, timeout=PATIENCE, check=False,
        env=environment(),
    )  # fmt: skip
    assert ran.returncode == 2, ran.stdout + ran.stderr
    return ran.stderr


@dataclass
class Site:
    """A workspace's server and its collectors."""

    folder: Path
    database: str = ""
    server: Serving = field(init=False)
    collectors: list[Serving] = field(default_factory=list)

    def given(self) -> tuple[str, ...]:
        return ("--database", self.database) if self.database else ()

    def serve(self, *more: str) -> None:
        """Start the server for the first time, and keep the key and the login that it prints."""
        port = free_port()
        self.server = Serving(command("serve", port, self.folder, *self.given(), *more), port, self.folder)
        self.server.database = self.database
        self.server.start()
        assert self.server.process.stdout is not None
        while len(self.server.told) < 2:
            found = re.search(r"write key +(\S+)\n|owner +(\S+)\n", self.server.process.stdout.readline())
            self.server.told += [found[1] or found[2]] if found else []

    def collect(self, *more: str, folder: Path | None = None) -> Serving:
        """Start one more collector."""
        port, place = free_port(), folder or self.folder
        found = Serving(command("collect", port, place, *self.given(), *more), port, place, database=self.database)
        found.told = self.server.told
        self.collectors.append(found)
        found.start()
        return found

    @cached_property
    def session(self) -> dict[str, str]:
        """The cookie of the owner, who logs in; the link works once."""
        return {"cherish_session": self.server.http.post(self.server.told[1]).cookies["cherish_session"]}

    def loaded(self) -> None:
        """Wait until nothing waits in any journal."""
        end = time.monotonic() + PATIENCE
        while any(self.waiting()):
            assert time.monotonic() < end, self.server.log
            time.sleep(0.05)

    def waiting(self) -> list[int]:
        """How many events each journal holds."""
        names = ["main"] if self.database else [file.stem[8:] for file in self.folder.glob("journal-*.sqlite")]
        asked = "SELECT coalesce(sum(events), 0) FROM journal"
        return [int(self.server.rows(f"journal-{name}", asked)[0][0]) for name in names]

    def stop(self) -> None:
        """End all, the collectors first."""
        for each in (*self.collectors, self.server):
            each.stop()


class Sending:
    """Clients that send batches of ten, one after the other, until their server is gone or they are told to end."""

    def __init__(self) -> None:
        self.acknowledged: list[str] = []
        self.statuses: Counter[int] = Counter()
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def to(self, serving: Serving, *, patient: bool = False) -> None:
        """One more client; a patient one comes again with what was not kept, as official ones do."""
        name = f"client-{len(self._threads)}"
        self._threads.append(threading.Thread(target=self._send, args=(serving, name, patient)))
        self._threads[-1].start()

    def end(self) -> None:
        self._stop.set()
        for each in self._threads:
            each.join(PATIENCE)

    def _send(self, serving: Serving, name: str, patient: bool) -> None:
        number = 0
        with httpx.Client(base_url=serving.url, auth=(serving.key, ""), timeout=PATIENCE) as client:
            while not self._stop.is_set():
                names = [f"{name}-{number}-{place}" for place in range(10)]
                try:
                    answer = client.post("/v1/batch", json={"batch": [event(each) for each in names]})
                except httpx.TransportError:
                    return
                self.statuses[answer.status_code] += 1
                if answer.status_code == 200:
                    self.acknowledged.extend(names)
                if answer.status_code == 200 or not patient:
                    number += 1
                else:
                    self._stop.wait(0.1)
