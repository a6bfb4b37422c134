"""Back-pressure: what can't be kept safely is not accepted; the client is told when to come again.

503 rather than 429: clients in browsers drop what is answered with any 4xx.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Protocol

from cherish.errors import WorkspaceError
from cherish.serve.refusal import Refused

RETRY_AFTER = 5

FRESH = 1.0

SMALL = 64 * 2**10
"""Bytes of a body that is taken however many large ones are on their way."""


@dataclass(frozen=True)
class Bounds:
    """How much may wait.

    events   events in the journal that are not loaded yet
    journal  bytes in the journal
    free     bytes that must stay free on the workspace's disk
    flying   bytes of bodies that are being read and decoded at one time
    """

    events: int = 5_000_000
    journal: int = 2 * 2**30
    free: int = 512 * 2**20
    flying: int = 192 * 2**20


class Waiting(Protocol):
    """What knows how much waits: a journal, or whoever watches one."""

    def depth(self) -> int:
        """How many events wait."""
        ...

    def bytes_waiting(self) -> int:
        """How many bytes they have."""
        ...


class Pressure:
    """Whether more events can be taken now; asked on each request, so the disk is looked at once a second only."""

    def __init__(
        self,
        journal: Waiting,
        folder: Path,
        bounds: Bounds,
        monotonic: Callable[[], float] = time.monotonic,
        free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
    ) -> None:
        self.journal, self.folder, self.bounds = journal, folder, bounds
        self._monotonic, self._free = monotonic, free
        self._read_at, self._left = float("-inf"), 0
        self.flying = 0

    def reason(self) -> str:
        """Why nothing more is taken; an empty text where all is well."""
        try:
            waiting, size = self.journal.depth(), self.journal.bytes_waiting()
        except WorkspaceError:
            # What it says names files or hosts, which are nobody's business at the door; the log has it.
            return "the journal can't be reached"
        if waiting >= self.bounds.events or size >= self.bounds.journal:
            return "more events wait than can be kept safely; the loader is behind"
        if self._room() < self.bounds.free:
            return "the disk of the workspace is nearly full"
        return ""

    def check(self) -> None:
        """Refuse where nothing more can be taken.

        Raises:
            Refused: with 503, and when to come again.
        """
        if reason := self.reason():
            raise overloaded(reason)

    def body(self) -> Body:
        """One body whose bytes count while it is in memory."""
        return Body(self)

    def free(self) -> int:
        """Bytes that are free on the workspace's disk."""
        return self._free(self.folder)

    def _room(self) -> int:
        now = self._monotonic()
        if now - self._read_at > FRESH:
            self._read_at, self._left = now, self.free()
        return self._left


class Body:
    """The bytes of one body in memory, let go when its request is answered."""

    def __init__(self, pressure: Pressure) -> None:
        self._pressure, self._size = pressure, 0

    def __enter__(self) -> Body:
        return self

    def __exit__(self, *error: object) -> None:
        self._pressure.flying -= self._size

    def grow(self, size: int) -> None:
        """Count more bytes of it.

        Raises:
            Refused: too many bytes are in memory already, and this body is no small one.
        """
        if self._size + size > SMALL and self._pressure.flying + size > self._pressure.bounds.flying:
            raise overloaded("too many large bodies arrive at one time", 1)
        self._size += size
        self._pressure.flying += size


def overloaded(reason: str, seconds: int = RETRY_AFTER) -> Refused:
    """The refusal that clients understand as: keep it, and come again."""
    message = f"{reason}; nothing of this request was kept, send it again after {seconds} seconds"
    return Refused(HTTPStatus.SERVICE_UNAVAILABLE, "overloaded", message, retry_after=seconds)
