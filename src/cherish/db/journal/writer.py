"""One thread that writes: whatever waits is committed at once, so that one flush of the disk serves many requests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any

from cherish.db.journal.contract import Ended
from cherish.errors import WorkspaceError

_ROWS = 5_000
_BYTES = 32 * 2**20


@dataclass(slots=True)
class Put:
    """A row to be inserted: whether it still is when its turn comes, and who is told what became of it."""

    row: dict[str, Any]
    ended: Ended
    begins: Callable[[], bool] | None = None


@dataclass(frozen=True)
class Task:
    """Other work that writes, and so takes its turn."""

    work: Callable[[], Any]
    future: Future[Any] = field(default_factory=Future)


class Writer:
    """The writing thread of a journal."""

    def __init__(self, insert: Callable[[Sequence[dict[str, Any]]], None], name: str) -> None:
        self._insert = insert
        self._name = name
        self._queue: SimpleQueue[Put | Task | None] = SimpleQueue()
        self._lock = Lock()
        self._closed = False
        # A daemon: a process that dies without closing loses only what it never acknowledged.
        self._thread = Thread(target=self._run, name=f"journal-{name}", daemon=True)
        self._thread.start()

    def put(self, job: Put) -> None:
        """Have a row inserted."""
        self._enqueue(job)

    def run(self, work: Callable[[], Any]) -> Any:
        """Have work done in its turn, and wait for what it returns."""
        job = Task(work)
        self._enqueue(job)
        return job.future.result()

    def close(self) -> bool:
        """Finish what was enqueued, and end the thread; whether this call did."""
        with self._lock:
            closed, self._closed = self._closed, True
            if not closed:
                self._queue.put(None)
        self._thread.join()
        return not closed

    def _enqueue(self, job: Put | Task) -> None:
        with self._lock:
            if self._closed:
                raise WorkspaceError(f"the journal {self._name} is closed: the server is stopping")
            self._queue.put(job)

    def _run(self) -> None:
        ended = False
        while not ended:
            jobs = self._waiting()
            ended = None in jobs
            puts = [job for job in jobs if isinstance(job, Put) and (job.begins is None or job.begins())]
            if puts:
                self._write(puts)
            for job in jobs:
                if isinstance(job, Task) and job.future.set_running_or_notify_cancel():
                    _do(job)

    def _write(self, puts: Sequence[Put]) -> None:
        failed: BaseException | None = None
        try:
            self._insert([put.row for put in puts])
        except BaseException as error:  # The thread must outlive whatever happens to one group.
            failed = error
        wakes = set()
        for put in puts:
            # Whoever waited may be gone, and an event loop closed: their neighbours are told all the same.
            with suppress(Exception):
                wakes.add(put.ended(failed))
        for wake in wakes:
            with suppress(Exception):
                if wake is not None:
                    wake()

    def _waiting(self) -> list[Put | Task | None]:
        """What waits, in order; blocks until something does."""
        jobs = [self._queue.get()]
        size = 0
        while jobs[-1] is not None and len(jobs) < _ROWS and size < _BYTES:
            size += jobs[-1].row["size"] if isinstance(jobs[-1], Put) else 0
            try:
                jobs.append(self._queue.get_nowait())
            except Empty:
                break
        return jobs


def _do(task: Task) -> None:
    """Complete the future with what the work returns or raises."""
    try:
        result = task.work()
    except BaseException as error:  # The thread must outlive it.
        task.future.set_exception(error)
    else:
        task.future.set_result(result)
