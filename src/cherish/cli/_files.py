"""Files that a command writes: for their owner alone, and under their name only once they are whole."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from gzip import GzipFile


@contextmanager
def target(to: str) -> Iterator[IO[bytes] | GzipFile]:
    """The output (`-`), or a file that nobody but its owner may read; a name with .gz is packed.

    Raises:
        WorkspaceError: it can't be written.
    """
    if to == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    import gzip

    file = Path(to).expanduser()
    partial = file.with_name(f".{file.name}.{os.getpid()}.partial")
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as plain:
            if file.suffix == ".gz":
                with gzip.GzipFile(file.name, "wb", 6, plain) as packed:
                    yield packed
            else:
                yield plain
        partial.replace(file)
    except OSError as error:
        from cherish.errors import WorkspaceError

        if isinstance(error, BrokenPipeError):
            raise
        raise WorkspaceError(f"{file}: {error.strerror}; check the folder, its permissions and the disk") from None
    finally:
        partial.unlink(missing_ok=True)
