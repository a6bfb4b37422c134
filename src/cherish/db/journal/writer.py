"""One thread that writes: whatever waits is committed at once, so that one flush of the disk serves many requests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any

from cherish.errors import WorkspaceError

_ROWS = 5_000
_BYTES = 32 * 2**20


@dataclass(frozen=True)
class Put:
    """A row to be inserted, and the future that its committing completes."""

    row: dict[str, Any]
    future: Future[None] = field(default_factory=Future)


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

    def put(self, row: dict[str, Any]) -> Future[None]:
        """Have a row inserted; the future is done once it is committed."""
        job = Put(row)
        self._enqueue(job)
        return job.future

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
            # From here on nobody can cancel a job, so that what is written and what is answered stay one.
            mine = [job for job in jobs if job is not None and job.future.set_running_or_notify_cancel()]
            puts = [job for job in mine if isinstance(job, Put)]
            if puts:
                _finish(puts, partial(self._insert, [put.row for put in puts]))
            for job in mine:
                if isinstance(job, Task):
                    _finish([job], job.work)

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


def _finish(jobs: Sequence[Put | Task], work: Callable[[], Any]) -> None:
    """Complete the futures with what the work returns or raises."""
    try:
        result = work()
    except BaseException as error:  # The thread must outlive whatever happens to one group.
        for job in jobs:
            job.future.set_exception(error)
    else:
        for job in jobs:
            job.future.set_result(result)
