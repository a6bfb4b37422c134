"""kill -9 of server and collector at random moments while clients send: each acknowledged event is there exactly once.

A few rounds, seeded; CHERISH_ROUNDS=100 for as many as `make soak` asks for.
"""

from __future__ import annotations

import sys
import time
from random import Random

import pytest

from cherish.db.journal.sqlite import SQLiteJournal
from faults.conftest import Start, without
from faults.support import ROUNDS, Sender, held, sending, until
from serve.conftest import Serving, free_port
from serve.test_clients import Delivery


def test_a_server_and_a_collector_killed_again_and_again_lose_nothing_and_count_nothing_twice(server: Start) -> None:
    random, serving = Random(ROUNDS), server()
    collector = beside(serving)
    official = Delivery("segment", serving)
    senders = [
        Sender(serving, "patient"), Sender(serving, "hasty", patient=False), Sender(collector, "elsewhere"),
        Sender(collector, "hasty elsewhere", patient=False),
    ]  # fmt: skip
    with sending(senders):
        for turn in range(ROUNDS):
            for number in range(50):
                official.call("track", f"u{number % 9}", "Seen", {"turn": turn, "number": number})
            time.sleep(random.uniform(0.05, 1.5))
            killed = random.choice([(serving,), (collector,), (serving, collector)]) if turn else (serving,)
            for each in killed:
                each.kill()
            if random.random() < 0.5:
                time.sleep(random.uniform(0, 0.5))
            for each in killed:
                each.start()
        official.end()
        before = [len(each.acknowledged) for each in senders]
        until(lambda: all(len(each.acknowledged) > count for each, count in zip(senders, before, strict=True)))
    collector.stop()
    serving.stop()
    found = held(serving.folder)
    given = {message["messageId"] for message in official.given}
    lost = {message["messageId"] for message in official.failed}
    found.once([*(given - lost), *(name for each in senders for name in each.acknowledged)])
    assert sum(len(each.acknowledged) for each in senders) > 100 * ROUNDS
    assert len(given - lost) > 25 * ROUNDS


def beside(serving: Serving) -> Serving:
    """A collector on the same workspace, with the same keys."""
    port = free_port()
    command = [sys.executable, "-m", "cherish", "collect", "--port", str(port), "--workspace", str(serving.folder)]
    collector = Serving([*command, "--name", "second"], port, serving.folder)
    collector.start()
    collector.told = serving.told
    return collector


STEPS = ("done", "_delete", "_mark", "_payloads")
"""Before the first two, the log has the events and the journal has them still; before the others only the journal."""


@pytest.mark.parametrize("step", STEPS if ROUNDS > 3 else STEPS[:1])
def test_a_server_that_dies_at_a_step_of_a_load(server: Start, step: str) -> None:
    serving = server(dies=step)
    with sending([Sender(serving, "one"), Sender(serving, "two")]) as senders:
        serving.process.wait(30)
        serving.stop()
        without(serving, "dies")
        serving.start()
        before = len(senders[0].acknowledged)
        until(lambda: len(senders[0].acknowledged) > before)
    serving.stop()
    held(serving.folder).once([name for each in senders for name in each.acknowledged])


def test_the_steps_are_those_of_the_journal() -> None:
    assert all(callable(getattr(SQLiteJournal, step)) for step in STEPS)
