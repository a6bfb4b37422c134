"""The event loop runs whatever other threads call in it, at once, however seldom it is woken."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from typing import Any

from cherish.serve.wakeful import Loop


class Counting(Loop):
    """Counts how often it is asked to wake, and how often it was woken."""

    asked = woken = 0

    def _write_to_self(self) -> None:
        self.asked += 1
        before = self._sleeping.sleeps
        super()._write_to_self()
        self.woken += before


def ran(work: Any) -> tuple[Any, Counting]:
    made: list[Counting] = []

    def factory() -> Counting:
        made.append(Counting())
        return made[0]

    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(work()), made[0]


def test_a_loop_that_sleeps_is_woken_by_each_call() -> None:
    async def work() -> list[float]:
        loop, waits = asyncio.get_running_loop(), []
        for _ in range(50):
            heard = asyncio.Event()
            called: list[float] = []

            def call(called: list[float] = called, heard: asyncio.Event = heard) -> None:
                time.sleep(random.random() / 1_000)
                called.append(time.perf_counter())
                loop.call_soon_threadsafe(heard.set)

            threading.Thread(target=call).start()
            await asyncio.wait_for(heard.wait(), 10)
            waits.append(time.perf_counter() - called[0])
        return waits

    waits, loop = ran(work)
    assert sorted(waits)[len(waits) // 2] < 0.05, "a call that nobody hears waits until the next timer, here 10 seconds"
    assert loop.woken > 0


def test_no_call_is_lost_where_threads_call_while_it_falls_asleep_and_it_is_woken_less_often_than_called() -> None:
    threads, calls = 4, 3_000

    async def work() -> int:
        loop, heard, all_heard = asyncio.get_running_loop(), 0, asyncio.Event()

        def hear() -> None:
            nonlocal heard
            heard += 1
            if heard == threads * calls:
                all_heard.set()

        def call(seed: int) -> None:
            chance = random.Random(seed)
            for _ in range(calls):
                loop.call_soon_threadsafe(hear)
                if chance.random() < 0.1:
                    time.sleep(chance.random() / 2_000)

        for seed in range(threads):
            threading.Thread(target=call, args=(seed,)).start()
        await asyncio.wait_for(all_heard.wait(), 60)
        return heard

    heard, loop = ran(work)
    assert heard == threads * calls
    assert 0 < loop.woken < loop.asked


def test_threads_and_timers_work_as_ever() -> None:
    async def work() -> tuple[str, float]:
        start = time.perf_counter()
        await asyncio.sleep(0.05)
        slept = time.perf_counter() - start
        return await asyncio.to_thread(lambda: threading.current_thread().name), slept

    (name, slept), _ = ran(work)
    assert name.startswith("asyncio")
    assert 0.045 < slept < 5
