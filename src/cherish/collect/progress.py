"""How far an import is: rows done and in all, the rate, the time left; told often, also during long statements."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """Where an import stands. `rate` is rows per second so far; `left` seconds to go, None while nobody can say."""

    stage: str
    done: int
    total: int
    rate: float
    left: float | None


Listener = Callable[[Progress], None]
READING, LOADING = 0.5, 0.5


class Meter:
    """Turns steps of the work into progress; half of a row's way is reading, half loading."""

    def __init__(self, listener: Listener | None, total: int, now: Callable[[], float] = time.monotonic) -> None:
        self._listener = listener
        self._total = total
        self._now = now
        self._start = now()
        self._most = 0

    def tell(self, stage: str, rows: float) -> None:
        """So many rows are done (never fewer than were told before)."""
        if self._listener is None:
            return
        self._most = max(self._most, min(int(rows), self._total))
        spent = self._now() - self._start
        rate = self._most / spent if spent > 0 else 0.0
        left = (self._total - self._most) / rate if rate > 0 else None
        self._listener(Progress(stage, self._most, self._total, rate, left))
