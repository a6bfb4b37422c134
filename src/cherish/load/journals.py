"""The journals of a workspace: those of this process, and those of collectors beside it, opened when they appear."""

from __future__ import annotations

from collections.abc import Sequence

from cherish.db import State, journal
from cherish.db.journal import Journal


class Journals:
    """Every journal that a loader looks after."""

    def __init__(self, given: Sequence[Journal], state: State) -> None:
        self._given = tuple(given)
        self._state = state
        self._found: dict[str, Journal] = {}

    def all(self) -> tuple[Journal, ...]:
        """The journals that there are now."""
        known = {each.name for each in self._given} | set(self._found)
        for name in journal.names(self._state):
            if name not in known:
                self._found[name] = journal.open(self._state, name)
        return (*self._given, *self._found.values())

    def close(self) -> None:
        """Let go of those that were found; the others belong to whoever gave them."""
        while self._found:
            self._found.popitem()[1].close()
