"""Real server processes on free ports, and what they hold when they have ended."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from conformance.server import empty, programs, running

ROOT = Path(__file__).parents[2]
COLLECTOR = Path(__file__).with_name("collector.py")
PATIENCE = 30.0


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment() -> dict[str, str]:
    """Bytecode is kept for the processes that follow, also where the caller keeps none: a start takes half the time."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    bytecode = Path(tempfile.gettempdir()) / "cherish-bytecode"
    return {**kept, "PYTHONPATH": str(ROOT / "src"), "PYTHONPYCACHEPREFIX": str(bytecode)}


@dataclass
class Serving:
    """A server process, the client that talks to it, and its workspace."""

    command: list[str]
    port: int
    folder: Path
    process: subprocess.Popen[str] = field(init=False)
    http: httpx.Client = field(init=False)
    told: list[str] = field(default_factory=list)
    said: str = ""
    database: str = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def key(self) -> str:
        return self.told[0]

    @property
    def strict_key(self) -> str:
        return self.told[2]

    def start(self) -> None:
        errors = (self.folder.parent / f"{self.folder.name}.err").open("a")
        self.process = subprocess.Popen(
            self.command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment()
        )
        errors.close()
        self.http = httpx.Client(base_url=self.url, timeout=PATIENCE)
        end = time.monotonic() + PATIENCE
        while True:
            assert self.process.poll() is None, self.log
            assert time.monotonic() < end, self.log
            try:
                if self.http.get("/health").status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.05)

    def welcomed(self) -> None:
        """Read the line with the keys that a collector prints at its first start."""
        assert self.process.stdout is not None
        self.told = self.process.stdout.readline().split()

    def kill(self) -> None:
        """End the process as a power cut would."""
        self.stop(signal.SIGKILL)

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.http.close()
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            if self.process.stdout is not None and not self.process.stdout.closed:
                self.said = self.process.stdout.read()
                self.process.stdout.close()

    @property
    def log(self) -> str:
        return (self.folder.parent / f"{self.folder.name}.err").read_text()

    def post(self, path: str, content: Any, **given: Any) -> httpx.Response:
        """Send something with the key as Basic's user, unless `auth` says otherwise."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        given.setdefault("auth", (self.key, ""))
        return self.http.post(path, content=body, **given)

    def lines(self) -> list[dict[str, Any]]:
        """Every event that lies in the journal, as it lies there."""
        bodies = [bytes(row[0]) for row in self.rows("journal-main", "SELECT body FROM journal ORDER BY id")]
        return [json.loads(line) for body in bodies for line in body.splitlines()]

    def refused(self) -> list[tuple[str, str, int, bytes]]:
        """Everything in quarantine: source, code, place and body."""
        return self.rows("state", "SELECT source, code, place, body FROM quarantine ORDER BY id")

    def rows(self, file: str, statement: str) -> list[Any]:
        """What a file of the workspace answers, or its database, without the server's help."""
        if self.database:
            with psycopg.connect(self.database.replace("postgres://", "postgresql://")) as database:
                return database.execute(statement.encode()).fetchall()
        with closing(sqlite3.connect(f"file:{self.folder}/{file}.sqlite?mode=ro", uri=True)) as opened:
            return list(opened.execute(statement))


Start = Callable[..., Serving]


@pytest.fixture(scope="session")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Starts a server that only collects; options as `packed=1000` make its bounds small."""
    running: list[Serving] = []

    def start(folder: Path | None = None, **options: object) -> Serving:
        place, port = folder or tmp_path_factory.mktemp("serve") / "workspace", free_port()
        given = [f"{name}={value}" for name, value in options.items()]
        serving = Serving([sys.executable, str(COLLECTOR), str(place), str(port), *given], port, place)
        serving.database = str(options.get("database", ""))
        running.append(serving)
        serving.start()
        if folder is None:
            serving.welcomed()
        return serving

    yield start
    for each in running:
        each.stop()


@pytest.fixture(scope="session")
def serving(collector: Start) -> Serving:
    """A collector as it is by default; starting one takes a second or more, so tests share it."""
    return collector()


@pytest.fixture(scope="session")
def small(collector: Start) -> Serving:
    """One that takes 2,000 bytes packed and 20,000 unpacked within a second, and knows its public address."""
    return collector(packed=2_000, unpacked=20_000, body_seconds=1, public_url="https://e.shop.example")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a Postgres server; tests take an `empty` schema of it each."""
    bin_ = programs()
    if bin_ is None:
        pytest.skip("no Postgres server here: apt-get install -y postgresql")
    with running(bin_) as address:
        yield address


@pytest.fixture(scope="module")
def database(postgres: str) -> str:
    """A database that nobody used before."""
    return empty(postgres)
