"""A progress bar with rate and time left; a line now and then where nobody sees a bar."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any, Self

EVERY = 5.0


class Bar:
    """Shows how far an import is, on the error stream."""

    def __init__(self, console: Any) -> None:
        self._console = console
        self._bar: Any = None
        self._task: Any = None
        self._last = time.monotonic()

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

            columns = (
                TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[pace]}"),
            )  # fmt: skip
            self._bar = Progress(*columns, console=self._console, transient=True)
            self._bar.start()
            self._task = self._bar.add_task("looking", total=None, pace="")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def tell(self, now: Any) -> None:
        """Where the import stands (see `cherish.collect.progress.Progress`)."""
        if self._bar is not None:
            self._bar.update(self._task, description=now.stage, completed=now.done, total=now.total, pace=_pace(now))
        elif time.monotonic() - self._last >= EVERY:
            self._last = time.monotonic()
            self._console.print(f"{now.stage}: {now.done:,} of {now.total:,} rows, {_pace(now)}")


def _pace(now: Any) -> str:
    left = "" if now.left is None else f", {_clock(now.left)} left"
    return f"{now.rate:,.0f} rows/s{left}"


def _clock(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"
