"""Exactly once, wherever the process dies: between every two steps, by kill -9, and in random rounds."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from load.support import Works, line, made_up, works


class Died(BaseException):
    """The process is gone: nothing after this ran."""


def dying(monkeypatch: Any, owner: Any, name: str, *, before: bool) -> None:
    """Have the process die before or after a step."""
    step = getattr(owner, name)

    def replaced(*given: Any, **more: Any) -> Any:
        if before:
            raise Died
        step(*given, **more)
        raise Died

    monkeypatch.setattr(owner, name, replaced)


def dead(monkeypatch: Any, shop: Works) -> None:
    """What a dead process no longer does: settle its claim."""
    monkeypatch.setattr(shop.loader, "_settle", lambda journal, claim: None)


CUTS: dict[str, Callable[[Any, Works], None]] = {
    "before the load": lambda patch, shop: dying(patch, shop.loader, "_transact", before=True),
    "in the load": lambda patch, shop: dying(patch, shop.store._connections, "hold", before=True),
    "after the commit": lambda patch, shop: dying(patch, shop.loader, "_transact", before=False),
    "before the journal lets go": lambda patch, shop: dying(patch, shop.journal, "done", before=True),
    "after the journal let go": lambda patch, shop: dying(patch, shop.journal, "done", before=False),
}


@pytest.mark.parametrize("cut", CUTS)
def test_a_death_between_two_steps_loses_nothing_and_counts_nothing_twice(
    tmp_path: Path, monkeypatch: Any, cut: str
) -> None:
    sent = made_up(Random(1), 40)
    with works(tmp_path) as shop:
        shop.put(sent[:20])
        shop.put(sent[20:])
        with monkeypatch.context() as patch:
            dead(patch, shop)
            CUTS[cut](patch, shop)
            with pytest.raises(Died):
                shop.loader.once()
        open_claims = shop.journal.claims()
    assert len(open_claims) == (0 if cut == "after the journal let go" else 1)
    with works(tmp_path) as shop:
        shop.loader.recover()
        assert shop.journal.claims() == ()
        committed = cut.startswith(("after", "before the journal"))
        assert shop.journal.depth() == (0 if committed else 40)
        assert shop.load().new == (0 if committed else 40)
        assert shop.rows("SELECT count(*) AS n, count(DISTINCT event_id) AS ids FROM events") == [{"n": 40, "ids": 40}]
        shop.loader.recover()
        # One that no journal knows any more is forgotten after thirty days.
        assert len(shop.rows("FROM claims")) == (1 if cut == "after the journal let go" else 0)
        assert shop.store.check() == {}


def test_a_failure_of_the_journal_after_the_commit_is_settled_by_the_log(shop: Works, monkeypatch: Any) -> None:
    from cherish.errors import WorkspaceError

    shop.put([line(1)])

    def locked(claim: str) -> None:
        raise WorkspaceError("the database is locked")

    with monkeypatch.context() as patch:
        patch.setattr(shop.journal, "done", locked)
        with pytest.raises(WorkspaceError, match="locked"):
            shop.loader.once()
    assert len(shop.journal.claims()) == 1
    shop.loader.recover()
    assert (shop.journal.claims(), shop.journal.depth()) == ((), 0)
    assert shop.rows("SELECT count(*) AS n FROM events") == [{"n": 1}]


def test_a_failure_before_the_commit_lets_the_payloads_be_claimed_again(shop: Works, monkeypatch: Any) -> None:
    shop.put([line(1)])
    with monkeypatch.context() as patch:
        dying(patch, shop.loader, "_transact", before=True)
        with pytest.raises(Died):
            shop.loader.once()
    assert shop.journal.claims() == ()
    assert shop.load().new == 1


# Loads what waits, again and again, until it is killed.
LOADER = """
import sys, threading
from pathlib import Path
from load.support import works
with works(Path(sys.argv[1]), events=60) as shop:
    print("open", flush=True)
    shop.loader.run(threading.Event())
"""


@pytest.mark.parametrize("seed", range(2))
def test_kill_9_at_any_moment(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    sent = made_up(random, 900)
    with works(tmp_path) as shop:
        for start in range(0, 900, 10):
            shop.put(sent[start : start + 10], source=random.choice(["web", "app"]))
    for _ in range(3):
        command = [sys.executable, "-c", LOADER, str(tmp_path)]
        tests = {"PYTHONPATH": str(Path(__file__).parents[1]), "PATH": ""}
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=tests) as loader:
            assert loader.stdout is not None
            assert loader.stdout.readline() == b"open\n"
            time.sleep(random.uniform(0.05, 1.5))
            loader.kill()
    with works(tmp_path) as shop:
        shop.loader.recover()
        shop.load()
        assert shop.rows("SELECT count(*) AS n, count(DISTINCT event_id) AS ids FROM events") == [
            {"n": 900, "ids": 900}
        ]
        assert (shop.journal.depth(), shop.journal.claims()) == (0, ())
        assert shop.store.check() == {}


@pytest.mark.parametrize("seed", range(3))
def test_rounds_of_random_deaths_among_clients_that_send_again(tmp_path: Path, monkeypatch: Any, seed: int) -> None:
    random = Random(seed)
    acknowledged: dict[str, dict[str, Any]] = {}
    for turn in range(8):
        with works(tmp_path, events=random.choice([5, 30, 1000])) as shop, monkeypatch.context() as patch:
            shop.loader.recover()
            for each in made_up(random, random.randrange(25), first=100 * turn):
                acknowledged[each["message_id"]] = each
            again = random.choices(list(acknowledged.values()), k=min(len(acknowledged), 30))
            fresh = [each for key, each in acknowledged.items() if int(key[1:]) >= 100 * turn]
            for part in (fresh, again):
                shop.put(part, source="web")
            dead(patch, shop)
            CUTS[random.choice(list(CUTS))](patch, shop)
            try:
                for _ in range(random.randrange(3)):
                    shop.loader.once()
            except Died:
                continue
    with works(tmp_path) as shop:
        shop.loader.recover()
        shop.load()
        held = shop.rows("SELECT count(*) AS n, count(DISTINCT event_id) AS ids FROM events")
        assert held == [{"n": len(acknowledged), "ids": len(acknowledged)}]
        money = sum(
            each["properties"]["revenue"] for each in acknowledged.values() if each.get("name") == "Order Completed"
        )
        assert shop.rows("SELECT round(CAST(sum(gross) AS DOUBLE), 2) AS money FROM orders") == [
            {"money": round(money, 2)}
        ]
        assert shop.store.check() == {}
