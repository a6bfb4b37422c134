"""Work that is never silent: says what it is doing, and says so again while it takes long."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

EVERY = 1.5
_TICK = 0.1
_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class Patience:
    """Tells a stream (the error stream, so that what is printed stays clean) what is going on.

    On a terminal one line turns and counts seconds and is gone at the end. Elsewhere each step is a line of its own,
    and a step that takes long is repeated every one and a half seconds.
    """

    def __init__(self, quiet: bool = False, stream: Any = None, now: Callable[[], float] = time.monotonic) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._turning = bool(getattr(self._stream, "isatty", lambda: False)())
        self._quiet = quiet
        self._now = now
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._thread: threading.Thread | None = None
        self._text = ""
        self._since = self._last = now()
        self._frame = 0

    def __enter__(self) -> Self:
        self._since = self._last = self._now()
        if not self._quiet:
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        if self._thread is not None:
            self._thread.join(1)
        if self._turning and not self._quiet:
            self._write("\r\x1b[2K")
        if _interrupted(error):
            raise KeyboardInterrupt from error

    def __call__(self, text: str) -> None:
        """The next step."""
        with self._lock:
            self._text, self._last = text, self._now()
            if not self._quiet and not self._turning:
                self._write(f"  {text} ...\n")

    def _run(self) -> None:
        while not self._done.wait(_TICK):
            with self._lock:
                if self._text:
                    self._again()

    def _again(self) -> None:
        now = self._now()
        if self._turning:
            self._frame = (self._frame + 1) % len(_FRAMES)
            self._write(f"\r\x1b[2K{_FRAMES[self._frame]} {self._text[:80]}  {now - self._since:.0f} s")
        elif now - self._last >= EVERY:
            self._last = now
            self._write(f"  {self._text} ... {now - self._since:.0f} s\n")

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError, UnicodeEncodeError):
            # A closed or narrow stream must not stop the work that it tells of.
            self._quiet = True


def _interrupted(error: BaseException | None) -> bool:
    """Whether the engine was stopped by Ctrl-C in the middle of a statement: it says so with an error of its own."""
    return isinstance(error, Exception) and "interrupt" in f"{type(error).__name__} {error}".lower()
