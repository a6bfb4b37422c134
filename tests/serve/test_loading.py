"""The end of a server's loader: to the journal's end, and no further where others go on putting."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any, cast

import pytest

from cherish.errors import WorkspaceError
from cherish.serve.loading import Loading


class Fake:
    """A journal that holds so many events, into which others put so many after each load, and its loader."""

    def __init__(self, events: int, more: int = 0, fails: bool = False) -> None:
        self.events, self.more, self.fails, self.loads, self.trouble = events, more, fails, 0, ""

    def depth(self) -> int:
        return self.events

    def once(self) -> Any:
        self.loads += 1
        if self.fails:
            raise WorkspaceError("the disk is full")
        taken = min(10, self.events)
        self.events += self.more - taken
        return SimpleNamespace(given=taken)

    def run(self, stop: threading.Event) -> None:
        stop.wait(30)


def finished(fake: Fake, **given: bool) -> int:
    loading = Loading(fake, cast("Any", fake), **given)
    loading.start()
    return loading.finish(20)


def test_what_waits_is_loaded_to_its_end() -> None:
    fake = Fake(25)
    assert (finished(fake), fake.loads) == (0, 3)


def test_of_a_shared_journal_what_waited_when_the_end_began() -> None:
    fake = Fake(25, more=10)
    assert (finished(fake, shared=True), fake.loads) == (25, 3)


@pytest.mark.parametrize("shared", [False, True])
def test_a_load_that_fails_ends_it_and_the_rest_is_told(shared: bool) -> None:
    fake = Fake(25, fails=True)
    assert (finished(fake, shared=shared), fake.loads) == (25, 1)


def test_who_only_collects_loads_nothing() -> None:
    fake = Fake(25)
    loading = Loading(None, cast("Any", fake))
    loading.start()
    assert (loading.finish(20), fake.loads, loading.loads, loading.trouble()) == (25, 0, False, "")
