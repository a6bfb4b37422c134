"""The live server under load from a second process on the same cores, each event durable before its answer.

Beside ours, in turn: the same server answering without storing, and a plain collector of Starlette and SQLite where an
interpreter that has them is named. Then 30,000 events a second for a while, loaded as they come, with a reader.
"""

from __future__ import annotations

import json
import re
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from bench.serving_load import BATCHES, SINGLE, STEADY, Load, Sent, installed, send

ROOT = Path(__file__).parents[1]
STORED, UNSTORED, PLAIN = "cherish", "not storing", "Starlette + SQLite"
GOALS = {SINGLE.name: (4_000, 0.8), BATCHES.name: (80_000, 0.5)}
"""Events a second, and the part of what the same server answers without storing."""

GOAL_P99 = 50.0
GOAL_BYTES = 600_000_000
PATIENCE = 60.0


@dataclass(frozen=True)
class Took:
    """One server under one load: medians over the rounds, and whether all that it acknowledged is there."""

    rate: float
    p50: float
    p99: float
    kept: bool
    failed: int


@dataclass(frozen=True)
class Rush:
    """One load, as much as each server takes."""

    load: str
    connections: int
    took: Mapping[str, Took]

    @property
    def equal(self) -> bool:
        """Whether each request was answered, and nothing acknowledged is missing."""
        return all(each.kept and not each.failed for each in self.took.values())

    @property
    def passed(self) -> bool:
        """Whether ours is as quick as promised."""
        rate, ratio = GOALS[self.load]
        ours = self.took[STORED]
        return self.equal and ours.rate >= rate and self.ratio(UNSTORED) >= ratio and ours.p99 < GOAL_P99

    def ratio(self, other: str) -> float:
        """Our rate over that of another."""
        return self.took[STORED].rate / self.took[other].rate


@dataclass(frozen=True)
class Steady:
    """So many events a second for a while, loaded as they came, while a reader asked a report each second."""

    seconds: float
    rate: float
    p99: float
    failed: int
    acknowledged: int
    loaded: int
    slowest_report: float
    reports: int
    bytes: Mapping[str, int]

    @property
    def equal(self) -> bool:
        """Whether all that was acknowledged is in the log; what was under way at the end may be more."""
        return not self.failed and self.reports > 0 and 0 <= self.loaded - self.acknowledged <= _under_way(STEADY)

    @property
    def passed(self) -> bool:
        """Whether the rate was held, in the memory that is promised."""
        held = self.rate >= 0.98 * STEADY.rate
        return self.equal and held and max(self.bytes.values()) <= GOAL_BYTES


@dataclass(frozen=True)
class Served:
    """All that was measured of the server."""

    rushes: list[Rush] = field(default_factory=list)
    steady: Steady | None = None

    @property
    def equal(self) -> bool:
        """Whether nothing acknowledged is missing."""
        return all(each.equal for each in self.rushes) and (self.steady is None or self.steady.equal)

    @property
    def passed(self) -> bool:
        """Whether all goals are met."""
        return all(each.passed for each in self.rushes) and (self.steady is None or self.steady.passed)


def run(folder: Path, small: bool, rounds: int, interpreter: str | None) -> Served:
    """All of it, in ten minutes; or a small copy in seconds."""
    seconds = 1 if small else 10
    rushes = [_rush(folder, load, seconds, min(rounds, 3), interpreter) for load in (SINGLE, BATCHES)]
    return Served(rushes, _steady(folder, 3 if small else 120))


def lines(found: Served) -> list[str]:
    """The figures as sentences."""
    told = []
    for rush in found.rushes:
        ours = rush.took[STORED]
        others = "; ".join(
            f"{rush.ratio(name):.2f} of {'itself not storing' if name == UNSTORED else name} ({took.rate:,.0f}, "
            f"99 % under {took.p99:.0f} ms)"
            for name, took in rush.took.items()
            if name != STORED
        )
        verdict = "nothing missing" if rush.equal else "SOMETHING IS MISSING"
        told.append(
            f"server, {rush.load} over {rush.connections} connections: {ours.rate:,.0f} events a second, "
            f"99 % of answers under {ours.p99:.0f} ms; {others}; {verdict}{_missed(rush.equal, rush.passed)}"
        )
    if found.steady is not None:
        told.append(_told(found.steady))
    return told


def _told(steady: Steady) -> str:
    sizes = ", ".join(f"{name} {size / 1e6:,.0f} MB" for name, size in steady.bytes.items())
    verdict = "all in the log, once" if steady.equal else "THE LOG HOLDS ANOTHER NUMBER"
    return (
        f"server, {steady.rate:,.0f} events a second for {steady.seconds:.0f} s, loaded as they came: 99 % of answers "
        f"under {steady.p99:.0f} ms, {steady.reports} reports of at most {steady.slowest_report:.2f} s; {sizes} at "
        f"the most; {verdict}{_missed(steady.equal, steady.passed)}"
    )


def _missed(equal: bool, passed: bool) -> str:
    return ", short of the goal" if equal and not passed else ""


def missing() -> str:
    """What this part needs and is not there; an empty text where all is."""
    return "" if installed() else "the part `serving` sends with wrk, which is not installed: apt install wrk"


# -- one load, each server in turn ------------------------------------------------------------------------------------


def _rush(folder: Path, load: Load, seconds: int, rounds: int, interpreter: str | None) -> Rush:
    commands = {STORED: _ours("stored"), UNSTORED: _ours("unstored")}
    if interpreter:
        commands[PLAIN] = [interpreter, str(ROOT / "bench" / "serving_plain.py")]
    sent: dict[str, list[tuple[Sent, bool]]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            sent[name].append(_once(folder, name, command, load, seconds))
    return Rush(load.name, load.connections, {name: _medians(each) for name, each in sent.items()})


def _once(folder: Path, name: str, command: list[str], load: Load, seconds: int) -> tuple[Sent, bool]:
    """One round with a new server in a new folder; whether what it kept is what it acknowledged."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        with _Process.running(command, Path(place)) as server:
            warm = send(load, server.port, server.key, 1, Path(place), "warm-") if seconds > 1 else None
            found = send(load, server.port, server.key, seconds, Path(place), "event-")
        acknowledged, kept = found.events + (warm.events if warm else 0), _kept(name, Path(place))
    # A connection that is cut at the end of a run may have one request more under way.
    return found, kept is None or 0 <= kept - acknowledged <= 2 * _under_way(load)


def _under_way(load: Load) -> int:
    return load.connections * load.batch


def _medians(rounds: list[tuple[Sent, bool]]) -> Took:
    sent = [each for each, _ in rounds]
    return Took(
        statistics.median(each.rate for each in sent),
        statistics.median(each.p50 for each in sent),
        statistics.median(each.p99 for each in sent),
        all(kept for _, kept in rounds),
        sum(each.refused + each.broken for each in sent),
    )


def _kept(name: str, place: Path) -> int | None:
    """How many events lie there; None where none are kept."""
    if name == UNSTORED:
        return None
    file, count = ("plain.sqlite", "count(*) FROM events") if name == PLAIN else ("journal-main.sqlite", _WAITING)
    with closing(sqlite3.connect(place / file)) as opened:
        return int(opened.execute(f"SELECT {count}").fetchone()[0])


_WAITING = "coalesce(sum(events), 0) FROM journal"

# -- a steady stream --------------------------------------------------------------------------------------------------


def _steady(folder: Path, seconds: int) -> Steady:
    with tempfile.TemporaryDirectory(dir=folder) as place:
        with _Process.running(_ours("loads"), Path(place)) as server, server.watched() as most:
            sent = send(STEADY, server.port, server.key, seconds, Path(place), "event-")
        told = json.loads(server.said.splitlines()[-1])
    return Steady(
        sent.seconds,
        sent.rate,
        sent.p99,
        sent.refused + sent.broken + len(told["failed"]),
        sent.events,
        told["events"],
        max(told["seconds"], default=0.0),
        len(told["seconds"]),
        most,
    )


def _ours(how: str) -> list[str]:
    return [sys.executable, "-m", "bench.serving_ours", how]


class _Process:
    """A server in a process of its own, from its start to its orderly end."""

    def __init__(self, command: list[str], folder: Path) -> None:
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.said = ""
        self._errors = folder / "errors"
        with self._errors.open("w") as errors:
            self.process = subprocess.Popen(
                [*command, str(folder), str(self.port)], cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True
            )
        if self.process.stdout is None:
            raise RuntimeError("the process was started without a pipe")
        self._stdout = self.process.stdout
        self.key = self._stdout.readline().strip()
        self._wait()

    @classmethod
    @contextmanager
    def running(cls, command: list[str], folder: Path) -> Iterator[_Process]:
        """Started, answering, and ended in order."""
        server = cls(command, folder)
        try:
            yield server
        finally:
            server.process.send_signal(signal.SIGTERM)
            try:
                server.said = server._stdout.read()
                server.process.wait(PATIENCE)
            finally:
                server.process.kill()
                server._stdout.close()

    @contextmanager
    def watched(self) -> Iterator[dict[str, int]]:
        """The most resident bytes of the server and of the sender, looked at while the block runs."""
        most: dict[str, int] = {}
        stop = threading.Event()

        def look() -> None:
            while not stop.wait(0.25):
                for name, process in (("server", self.process.pid), ("sender", _child("wrk"))):
                    most[name] = max(most.get(name, 0), _resident(process))

        thread = threading.Thread(target=look, daemon=True)
        thread.start()
        try:
            yield most
        finally:
            stop.set()
            thread.join()

    def _wait(self) -> None:
        end = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < end:
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            time.sleep(0.05)
        raise RuntimeError(f"the server did not start: {self._errors.read_text()[-2000:]}")


def _child(name: str) -> int | None:
    """The process of this name that we started."""
    with suppress(OSError):
        for task in Path("/proc/self/task").iterdir():
            for number in (task / "children").read_text().split():
                if Path(f"/proc/{number}/comm").read_text().strip() == name:
                    return int(number)
    return None


def _resident(process: int | None) -> int:
    with suppress(OSError):
        found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
        return int(found[1]) * 1024 if found else 0
    return 0
