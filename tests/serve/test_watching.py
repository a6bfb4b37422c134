"""What the event loop hears of a database: as it was a moment ago, or that nobody knows."""

from __future__ import annotations

import threading
import time
from typing import Any, cast

import pytest

from cherish.errors import WorkspaceError
from cherish.serve import watching
from cherish.serve.watching import STALE, Watch


class Fake:
    """A journal, the keys, a place and a clock, in one."""

    def __init__(self) -> None:
        self.events, self.now, self.read, self.fails = 3, 0.0, 0, ""
        self.watch = Watch(*(cast("Any", self),) * 3, timer=lambda: self.now)

    def keep(self) -> None:
        if self.fails:
            raise WorkspaceError(self.fails)

    def depth(self) -> int:
        return self.events

    def bytes_waiting(self) -> int:
        return 10 * self.events

    def refresh(self) -> None:
        self.read += 1


def test_it_says_what_it_saw_when_it_last_looked() -> None:
    fake = Fake()
    fake.watch.look()
    fake.events = 5
    assert (fake.watch.depth(), fake.watch.bytes_waiting(), fake.read) == (3, 30, 1)
    fake.watch.look()
    assert (fake.watch.depth(), fake.watch.bytes_waiting(), fake.read) == (5, 50, 2)


def test_while_looking_fails_it_says_why_and_not_what_it_saw_before() -> None:
    fake = Fake()
    fake.watch.look()
    fake.fails = "db: the server can't be reached"
    fake.watch.look()
    for ask in (fake.watch.depth, fake.watch.bytes_waiting):
        with pytest.raises(WorkspaceError, match="db: the server can't be reached"):
            ask()
    fake.fails = ""
    fake.watch.look()
    assert fake.watch.depth() == 3


def test_a_look_that_never_ends_is_a_database_that_is_away() -> None:
    fake = Fake()
    fake.watch.look()
    fake.now = STALE
    assert fake.watch.depth() == 3
    fake.now = STALE + 1
    with pytest.raises(WorkspaceError, match="has not answered for 11 seconds"):
        fake.watch.depth()


def test_it_looks_again_and_again_and_leaves_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "EVERY", 0.01)
    fake = Fake()
    with fake.watch.looking():
        end = time.monotonic() + 30
        while fake.read < 4 and time.monotonic() < end:
            time.sleep(0.01)
    assert fake.read >= 4
    assert "watch" not in [each.name for each in threading.enumerate()]
