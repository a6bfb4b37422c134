"""One at a time: a backup, or what moves events from the quarantine back into the journal.

Everything else moves the other way, and the order of the copies allows for it; what was replayed between the copy of
the journals and that of the state would be in neither.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = "moving.lock"


@contextmanager
def turn(folder: Path) -> Iterator[None]:
    """Wait until no other process or thread has the turn of this workspace, and keep it for the block."""
    with (folder / LOCK).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
