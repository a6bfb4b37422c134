"""The temporary folder of an import: locked while its process lives, swept by a later import if that was killed."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

if sys.platform != "win32":
    import fcntl

PREFIX = "cherish-import-"
_LOCK = "lock"


@contextmanager
def folder() -> Iterator[Path]:
    """A folder that is gone afterwards; what killed imports left behind (copies of people's rows) is removed first."""
    made = Path(tempfile.mkdtemp(prefix=PREFIX))
    for other in made.parent.glob(f"{PREFIX}*"):
        if other != made and _is_left(other):
            shutil.rmtree(other, ignore_errors=True)
    held = _hold(made)
    try:
        yield made
    finally:
        held.close()
        shutil.rmtree(made, ignore_errors=True)


def _hold(made: Path) -> IO[str]:
    # Renamed when it is locked, so that nobody ever sees the lock of a living import open.
    new = made / "locking"
    file = new.open("w")
    _locks(file)
    new.rename(made / _LOCK)
    return file


def _is_left(other: Path) -> bool:
    try:
        with (other / _LOCK).open("r+") as file:
            return _locks(file)
    except OSError:
        return False


def _locks(file: IO[str]) -> bool:
    if sys.platform == "win32":
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
