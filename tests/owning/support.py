"""A served workspace in this process: senders that note what was acknowledged, and a loader beside them."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cherish.settings import Settings
from cherish.workspace import Workspace
from load.support import Works, line, put, works

SENDERS = 2


def workspace(folder: Path) -> Workspace:
    return Workspace(folder, Settings())


class Load:
    """Senders and a loader at work; `acknowledged` only grows."""

    def __init__(self, here: Works) -> None:
        self.acknowledged: list[str] = []
        self._here = here
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._send, args=(number,)) for number in range(SENDERS)]
        self._threads.append(threading.Thread(target=self._load))

    def __enter__(self) -> Load:
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        for each in self._threads:
            each.join()

    def wait_for(self, events: int) -> None:
        end = time.monotonic() + 20
        while len(self.acknowledged) < events:
            assert time.monotonic() < end
            time.sleep(0.01)

    def _send(self, sender: int) -> None:
        number = 0
        while not self._stop.is_set():
            batch = [line(0, message_id=f"s{sender}-{number + place}", user_id=f"u{place}") for place in range(5)]
            put(self._here.journal, batch)
            self.acknowledged.extend(each["message_id"] for each in batch)
            number += 5
            time.sleep(0.002)

    def _load(self) -> None:
        while not self._stop.is_set():
            self._here.loader.once()


def ids(here: Works) -> Counter[str]:
    """How often each event of the log is there, by what its id is a hash of."""
    return Counter(row["event_id"] for row in here.rows("SELECT CAST(event_id AS VARCHAR) AS event_id FROM events"))


def event_id(message_id: str, source: str = "web") -> str:
    """What the log calls an event: by arithmetic of its own, as the how-to tells people."""
    import hashlib
    import uuid

    return str(uuid.UUID(hashlib.md5(f"{source}\x1f{message_id}".encode()).hexdigest()))


@contextmanager
def started(folder: Path) -> Iterator[Works]:
    """A workspace as the next start of a server finds it, with all that waits loaded."""
    with works(folder) as here:
        here.loader.recover()
        here.load()
        yield here
