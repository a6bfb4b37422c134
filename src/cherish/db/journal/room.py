"""How much a claim may still take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class Room:
    """How much a claim may still take, what it has taken, and the last payload of that."""

    def __init__(self, events: int, size: int) -> None:
        self._events = events
        self._size = size
        self.taken = 0
        self.bytes = 0
        self.last = -1

    def fitting(self, rows: Sequence[Any]) -> list[int]:
        """The ids of those rows, in order, for which there is room; the very first always has it."""
        numbers = []
        for row in rows:
            self._events -= row.events
            self._size -= row.size
            if self.taken and min(self._events, self._size) < 0:
                break
            numbers.append(row.id)
            self.taken, self.bytes, self.last = self.taken + 1, self.bytes + row.size, row.id
        return numbers
