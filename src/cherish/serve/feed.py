"""What comes in, for whoever watches: accepted events and problems, as far as each reader keeps up."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from http import HTTPStatus
from threading import Lock
from typing import Any

import msgspec

from cherish.serve.refusal import Refused
from cherish.spec.messages import Taken
from cherish.spec.names import V1_NAMES

READERS = 8
"""How many may watch at one time."""

WAITING, WAITING_BYTES = 1_000, 2 * 2**20
"""Events, and bytes of events, that wait for one reader; what comes beyond is counted and not shown."""


@dataclass(frozen=True)
class Lines:
    """Accepted events of one request, as they lie in the journal."""

    source: str
    body: bytes
    count: int


@dataclass(frozen=True)
class Problem:
    """Something that was not taken: why and what to do (`message`), and where it stood in its batch."""

    code: str
    message: str
    source: str | None = None
    place: int | None = None
    kept: bool = False
    """Whether it lies in quarantine; otherwise the client was refused."""


@dataclass(frozen=True)
class Wanted:
    """What a reader wants to see; empty sets mean all."""

    names: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    problems: bool = False

    @cached_property
    def marks(self) -> tuple[bytes, ...]:
        """What a line holds that may be of a wanted name: a search for it costs less than decoding."""
        sent = self.names | {old for old, new in V1_NAMES.items() if new in self.names}
        calls = [b'"type":"' + call.encode() + b'"' for call, title in _titles().items() if title in self.names]
        return (*(b'"name":' + msgspec.json.encode(name) for name in sent), *calls)

    def may_hold(self, body: bytes) -> bool:
        """Whether a wanted event can be among these lines."""
        return not self.names or any(mark in body for mark in self.marks)


class Reader:
    """One who watches: a queue that never grows beyond its bound, and the count of what did not fit.

    The event loop fills it, whichever thread the reader has empties it; `wake` is called when there is something.
    """

    def __init__(self, wanted: Wanted, wake: Callable[[], None]) -> None:
        self.wanted = wanted
        self.ended = False
        self._wake = wake
        self._lock = Lock()
        self._waiting: deque[Lines | Problem] = deque()
        self._events = self._bytes = self._missed = 0

    def came(self, lines: Lines) -> None:
        """Queue events, as many as there is room for."""
        if self.wanted.problems or self._elsewhere(lines.source) or not self.wanted.may_hold(lines.body):
            return
        with self._lock:
            fitting = self._cut(lines)
            self._missed += lines.count - fitting.count
            if fitting.count:
                self._put(fitting, fitting.count, len(fitting.body))
        self._wake()

    def troubled(self, problem: Problem) -> None:
        """Queue a problem."""
        if self._elsewhere(problem.source):
            return
        with self._lock:
            if self._events < WAITING:
                self._put(problem, 1, 0)
            else:
                self._missed += 1
        self._wake()

    def end(self) -> None:
        """Nothing more will come."""
        self.ended = True
        self._wake()

    def waits(self) -> bool:
        """Whether something is there to be taken."""
        return bool(self._waiting) or self._missed > 0

    def take(self, most: int) -> tuple[list[tuple[str, bytes] | Problem], int]:
        """The next events (source and line) and problems, at most so many, and how many were missed before them."""
        found: list[tuple[str, bytes] | Problem] = []
        with self._lock:
            while self._waiting and len(found) < most:
                found += self._next(most - len(found))
            missed, self._missed = self._missed, 0
        return found, missed

    def _next(self, most: int) -> list[tuple[str, bytes] | Problem]:
        first = self._waiting.popleft()
        if isinstance(first, Problem):
            self._events -= 1
            return [first]
        *now, rest = first.body.split(b"\n", most)
        if rest:
            self._waiting.appendleft(Lines(first.source, rest, first.count - len(now)))
        self._events -= len(now)
        self._bytes -= len(first.body) - len(rest)
        return [(first.source, line) for line in now]

    def _elsewhere(self, source: str | None) -> bool:
        return bool(self.wanted.sources) and source not in self.wanted.sources

    def _put(self, item: Lines | Problem, events: int, size: int) -> None:
        self._waiting.append(item)
        self._events += events
        self._bytes += size

    def _cut(self, lines: Lines) -> Lines:
        events, size = WAITING - self._events, WAITING_BYTES - self._bytes
        if lines.count <= events and len(lines.body) <= size:
            return lines
        if events <= 0 or size <= 0:
            return Lines(lines.source, b"", 0)
        whole = lines.body[:size]
        taken = whole[: whole.rfind(b"\n") + 1].split(b"\n")[:-1][:events]
        return Lines(lines.source, b"".join(line + b"\n" for line in taken), len(taken))


class Feed:
    """Passes on what comes in. While nobody reads, to ask whether anybody does is all that it costs."""

    def __init__(self, most: int = READERS) -> None:
        self.readers: tuple[Reader, ...] = ()
        self._most = most
        self._closed = False
        self._lock = Lock()

    def join(self, wanted: Wanted, wake: Callable[[], None]) -> Reader:
        """A new reader.

        Raises:
            Refused: as many as may watch do so already.
        """
        reader = Reader(wanted, wake)
        with self._lock:
            if len(self.readers) >= self._most or self._closed:
                message = f"{self._most} watch already, and more may not; end one of them"
                raise Refused(HTTPStatus.TOO_MANY_REQUESTS, "too_many_readers", message, retry_after=60)
            self.readers += (reader,)
        return reader

    def leave(self, reader: Reader) -> None:
        """This reader has gone."""
        with self._lock:
            self.readers = tuple(each for each in self.readers if each is not reader)

    def kept(self, source: str, found: Taken) -> None:
        """What a body came to is durable now."""
        lines = Lines(source, found.lines, found.count)
        problems = [Problem(each.code, each.message, source, each.place, kept=True) for each in found.refused]
        for reader in self.readers:
            if lines.count:
                reader.came(lines)
            _tell(reader, problems)

    def refused(self, problem: Problem) -> None:
        """A request was refused."""
        for reader in self.readers:
            reader.troubled(problem)

    def close(self) -> None:
        """Let every reader go: the server stops."""
        self._closed = True
        for reader in self.readers:
            reader.end()


def _tell(reader: Reader, problems: Iterable[Problem]) -> None:
    for each in problems:
        reader.troubled(each)


def title(line: dict[str, Any]) -> str:
    """What the log calls the event of a line."""
    name = line.get("name") or ""
    return _titles().get(line.get("type", ""), V1_NAMES.get(name, name))


@cache
def _titles() -> dict[str, str]:
    """How the log names calls; loaded when somebody watches, for a collector has no use for the rest of that room."""
    from cherish.store.calls import TITLES

    return dict(TITLES)
