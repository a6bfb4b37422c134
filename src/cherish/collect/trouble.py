"""A machine that has no room: the engine's and the system's many words for it as one sentence with the way out."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from cherish.errors import WorkspaceError

_FULL = (errno.ENOSPC, errno.EDQUOT)
_SAYS_FULL = ("no space left on device", "disk quota exceeded", "disk full")


@contextmanager
def told(workspace: Path | None) -> Iterator[None]:
    """Say plainly that the disk or the memory did not suffice.

    Raises:
        WorkspaceError: it did not.
    """
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise WorkspaceError(
            "the memory of this machine does not suffice for these files; import them one by one; nothing was loaded"
        ) from error
    except (duckdb.Error, OSError) as error:
        if not lacks_room(error):
            raise
        places = tempfile.gettempdir() if workspace is None else f"{workspace} or {tempfile.gettempdir()}"
        raise WorkspaceError(
            f"the disk of {places} is full; free some room, or set TMPDIR to a folder that has it; nothing was loaded"
        ) from error


def lacks_room(error: BaseException) -> bool:
    """Whether an error says that the disk is full or the memory too small."""
    if isinstance(error, duckdb.OutOfMemoryException):
        return True
    if isinstance(error, OSError) and error.errno in _FULL:
        return True
    return any(words in str(error).lower() for words in _SAYS_FULL)
