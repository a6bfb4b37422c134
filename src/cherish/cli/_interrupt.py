"""Ctrl-C ends a command within seconds, also while the engine works on a statement and hears nothing."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

GRACE = 3.0
"""Seconds to end in order: take the load back, remove temporary files."""

CODE = 130


@contextmanager
def heard(grace: float = GRACE) -> Iterator[None]:
    """Leave the process if it is still busy some seconds after Ctrl-C.

    Python tells nobody of a signal until the engine's call returns, and the engine (DuckDB 2.0) looks for signals only
    now and then, in some statements never. What is written stays whole: a load that is cut off has not happened.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    done = threading.Event()
    threading.Thread(target=_listen, args=(reader, done, grace), daemon=True).start()
    try:
        yield
    finally:
        done.set()
        signal.set_wakeup_fd(before)
        os.close(writer)


def _listen(reader: int, done: threading.Event, grace: float) -> None:
    with os.fdopen(reader, "rb", buffering=0) as signals:
        while number := signals.read(1):
            if number[0] == signal.SIGINT and signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
                if done.wait(grace):
                    return
                _leave()


def _leave() -> None:
    with suppress(OSError, ValueError):
        sys.stderr.write("cherish: interrupted\n")
        sys.stderr.flush()
    os._exit(CODE)
