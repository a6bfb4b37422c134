"""The engine's connections: opened for a question and closed after it, one cursor per thread, one writer at a time."""

from __future__ import annotations

import logging
import shutil
import tempfile
import threading
import time
import uuid
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from cherish.errors import WorkspaceError

log = logging.getLogger("cherish.store")

FILE = "log.duckdb"
PATIENCE = 5.0
_PAUSE = 0.05
_SCRATCH = "scratch-"
_MUCH = 2**20
"""Bytes beside the file from which on it is told how long taking them up took."""
_PROCESS = uuid.uuid4().hex
_COPY = "log.copy-"
_writers: dict[Path, Any] = {}
_sharing: dict[Path, weakref.WeakSet[Connections]] = {}
_naming = threading.Lock()


@dataclass(frozen=True)
class Limits:
    """What the engine may use: threads and memory (None: the engine's own choice), what a load may use, and what one of
    a live server may that nobody reads beside."""

    threads: int | None = None
    memory: str | None = None
    load_memory: str = "1300MB"
    live_memory: str = "350MB"


class Connections:
    """Who holds the engine, and how. A file is open only while somebody does; without a file it stays open for life.

    Reading opens the file read-only, so that several processes can read it at once. Writing needs it alone.
    """

    def __init__(self, folder: Path | None, limits: Limits, patience: float = PATIENCE) -> None:
        self.file = None if folder is None else folder / FILE
        self.limits = limits
        # Engines that share a folder for what does not fit in memory overwrite each other's: one folder each.
        own = f"{_SCRATCH}{_PROCESS}" if folder is not None else f"cherish-{_SCRATCH}{uuid.uuid4().hex}"
        self._scratch = (folder or Path(tempfile.gettempdir())) / own
        self._patience = patience
        self._changed = threading.Condition()
        self._holders: dict[int, int] = {}
        self._readers: dict[int, float] = {}
        self._closed = False
        self._wide: str | None = None
        self._cursors: dict[int, Any] = {}
        self._root: Any = None
        self._writing = False
        self.generation = 0
        self.writer = threading.RLock() if self.file is None else _writer_of(self.file)
        """Held by whoever changes the log, of all stores of this process that have the file."""
        self._alone: int | None = None
        self._idle: dict[int, int] = {}
        if self.file is not None:
            with _naming:
                _sharing.setdefault(self.file.absolute(), weakref.WeakSet()).add(self)

    @property
    def places(self) -> tuple[Path, Path]:
        """The file, and where a copy of it may lie while it is made; what a killed process left is taken away.

        Raises:
            WorkspaceError: it is in memory.
        """
        if self.file is None:
            raise WorkspaceError("a log in memory has no file")
        return self.file, self.file.with_name(f"{_COPY}{_PROCESS}{self.file.suffix}")

    @contextmanager
    def idle(self) -> Iterator[None]:
        """Hold on to the log without being at work on it: the file may be exchanged meanwhile. Inside of `hold`."""
        me = threading.get_ident()
        with self._changed:
            self._idle[me] = self._idle.get(me, 0) + 1
        try:
            yield
        finally:
            with self._changed:
                self._idle[me] -= 1
                if not self._idle[me]:
                    del self._idle[me]

    def _working(self) -> set[int]:
        return {each for each, count in self._holders.items() if count > self._idle.get(each, 0)}

    def replace(self, put: Callable[[], None], patience: float) -> None:
        """Let `put` lay another file in this one's place, while no thread of this process has it open.

        For a thread that holds the log for writing; cursors that it took before are closed. Others that want to begin
        wait, and those that are at work are waited for.

        Raises:
            WorkspaceError: they were at work for too long; nothing has changed.
        """
        me, deadline = threading.get_ident(), time.monotonic() + patience
        with _naming:
            sharing = list(_sharing.get((self.file or Path()).absolute(), ()))
        try:
            for each in sharing:
                each._close_to_others(me, deadline, each is self)
            with self._changed:
                self._cursors[me].execute("FORCE CHECKPOINT")
                self._shut()
                try:
                    put()
                finally:
                    self._root = self._open(write=True)
                    self._writing = True
                    self.generation += 1
                    self._cursors[me] = self._root.cursor()
        finally:
            for each in sharing:
                each._open_to_others()

    @contextmanager
    def hold(self, write: bool = False) -> Iterator[Any]:
        """This thread's cursor, with the engine kept open for the block.

        Raises:
            WorkspaceError: there is no such file (reading), or another process or thread keeps it for too long.
        """
        me = threading.get_ident()
        with self._changed:
            self._enter(me, write)
            cursor = self._cursors[me]
        try:
            yield cursor
        finally:
            with self._changed:
                self._leave(me)

    def interrupt(self, thread: int) -> None:
        """Stop the statement that this thread's cursor is at; it raises there. Nothing happens where there is none."""
        with self._changed:
            cursor = self._cursors.get(thread)
            if cursor is not None:
                cursor.interrupt()

    @contextmanager
    def narrow(self, connection: Any, limit: str) -> Iterator[None]:
        """A tighter limit on the engine's memory for a block beside which nobody reads; whoever comes to read lifts it.

        What the engine keeps of the file goes first: else a server that only loads would keep all of it.
        """
        with self._changed, suppress(duckdb.Error):
            if not self._readers:
                here = "SELECT current_setting('memory_limit') WHERE parse_formatted_bytes(current_setting("
                wider = connection.execute(f"{here}'memory_limit')) > parse_formatted_bytes(?)", [limit]).fetchall()
                if wider:
                    connection.execute(f"SET memory_limit = '{limit}'")
                    self._wide = str(wider[0][0])
        try:
            yield
        finally:
            with self._changed:
                self._widen(connection)

    def _widen(self, connection: Any) -> None:
        if self._wide is not None:
            connection.execute(f"SET memory_limit = '{self._wide}'")
            self._wide = None

    def longest(self) -> float:
        """For how many seconds the reader who came first has been inside; 0 where there is none."""
        with self._changed:
            return time.monotonic() - min(self._readers.values()) if self._readers else 0.0

    @contextmanager
    def door_closed(self) -> Iterator[None]:
        """Let readers who come wait for the block, or until somebody opens the door; those inside go on."""
        with self._changed:
            self._closed = True
        try:
            yield
        finally:
            self.open_door()

    def open_door(self) -> None:
        """Let those in who wait."""
        with self._changed:
            self._closed = False
            self._changed.notify_all()

    def close(self) -> None:
        """Close the engine whoever holds it."""
        with self._changed:
            self._shut()
            self._holders.clear()
            self._readers.clear()

    def _close_to_others(self, me: int, deadline: float, ours: bool) -> None:
        with self._changed:
            self._alone = me
            left = max(0.0, deadline - time.monotonic())
            # Those of another store would keep the old file open: they must not even be idle.
            if not self._changed.wait_for(lambda: not (self._working() - {me} if ours else self._holders), left):
                raise WorkspaceError(f"{self.file} is being read for long; try again when that is done")

    def _open_to_others(self) -> None:
        with self._changed:
            self._alone = None
            self._changed.notify_all()

    def _enter(self, me: int, write: bool) -> None:
        self._changed.wait_for(lambda: self._alone in (None, me) or me in self._working())
        reads = not write and me not in self._holders
        if reads:
            self._changed.wait_for(lambda: not self._closed)
        if self._root is not None and write and not self._writing:
            self._upgrade(me)
        if self._root is None:
            self._root = self._open(write)
            if write and self.file is not None:
                self._sweep(self.file.parent)
            self._writing = write or self.file is None
            self.generation += 1
        if me not in self._cursors:
            self._cursors[me] = self._root.cursor()
        self._holders[me] = self._holders.get(me, 0) + 1
        if reads:
            self._readers[me] = time.monotonic()
            self._widen(self._cursors[me])

    def _upgrade(self, me: int) -> None:
        # A file opened for reading can't be written to: it is opened again once no other thread reads.
        alone = self._changed.wait_for(lambda: set(self._holders) <= {me}, self._patience)
        if not alone:
            raise WorkspaceError(f"{self.file} is being read by another thread; try again when it is done")
        if not self._writing:
            self._shut()

    def _leave(self, me: int) -> None:
        left = self._holders.get(me, 1) - 1
        if left > 0:
            self._holders[me] = left
            return
        self._holders.pop(me, None)
        self._readers.pop(me, None)
        cursor = self._cursors.pop(me, None)
        if cursor is not None:
            cursor.close()
        if not self._holders and self.file is not None:
            self._shut()
        self._changed.notify_all()

    def _shut(self) -> None:
        for cursor in self._cursors.values():
            cursor.close()
        self._cursors.clear()
        if self._root is not None:
            self._root.close()
        self._root = None
        self._writing = False
        self._wide = None

    def _open(self, write: bool) -> Any:
        if self.file is not None and not write and not self.file.exists():
            raise WorkspaceError(f"there is no log in {self.file.parent}; bring events in with: cherish import FILE")
        try:
            self._scratch.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WorkspaceError(f"{self._scratch.parent} can't be a workspace: {error.strerror}") from error
        deadline = time.monotonic() + self._patience
        read_only = self._read_only(write)
        while True:
            try:
                return self._connected(read_only)
            except (duckdb.IOException, duckdb.ConnectionException) as error:
                if read_only and _is_ours(error):
                    # Another store of this process has it open for writing: the engine shares it, on equal terms only.
                    read_only = False
                    continue
                if not _is_locked(error):
                    raise WorkspaceError(f"{self.file} can't be opened: {_first_line(error)}") from error
                if time.monotonic() > deadline:
                    raise WorkspaceError(_held(self.file)) from error
                time.sleep(_PAUSE)

    def _connected(self, read_only: bool) -> Any:
        beside = None if self.file is None else self.file.with_name(self.file.name + ".wal")
        left = beside.stat().st_size if beside is not None and beside.exists() else 0
        began = time.monotonic()
        opened = duckdb.connect(str(self.file or ":memory:"), read_only=read_only, config=self._config())
        if left >= _MUCH:
            # The process before this one ended without closing it; whoever waits for this start hears why.
            fields = {"megabytes": round(left / 2**20), "seconds": round(time.monotonic() - began, 3)}
            log.info("log_replayed", extra={"fields": fields})
        return opened

    def _sweep(self, folder: Path) -> None:
        # Whoever writes is alone with the file, so any other scratch folder belongs to a process that was killed.
        for left in folder.glob(f"{_SCRATCH}*"):
            if left != self._scratch:
                shutil.rmtree(left, ignore_errors=True)
        for left in folder.glob(f"{_COPY}*"):
            if not left.name.startswith(f"{_COPY}{_PROCESS}"):
                left.unlink(missing_ok=True)

    def _read_only(self, write: bool) -> bool:
        return self.file is not None and not write

    def _config(self) -> dict[str, Any]:
        chosen: dict[str, Any] = {
            "temp_directory": str(self._scratch),
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
            "python_enable_replacements": False,
            "TimeZone": "UTC",
            # Small loads come every second: each would rewrite what it touched of the file. A log that was not closed
            # replays so much when it is opened again, in a few seconds.
            "checkpoint_threshold": "256MB",
        }
        if self.limits.threads is not None:
            chosen["threads"] = self.limits.threads
        if self.limits.memory is not None:
            # Whoever bounds the engine wants back what it is done with; by itself it keeps up to half a gigabyte.
            chosen["memory_limit"] = self.limits.memory
            chosen["allocator_flush_threshold"] = "16MB"
            chosen["allocator_bulk_deallocation_flush_threshold"] = "32MB"
        return chosen


def _writer_of(file: Path) -> Any:
    with _naming:
        return _writers.setdefault(file.absolute(), threading.RLock())


def _is_locked(error: Exception) -> bool:
    text = str(error)
    return "Could not set lock" in text or _is_ours(error) or "already open" in text


def _is_ours(error: Exception) -> bool:
    return "different configuration" in str(error)


def _held(file: Path | None) -> str:
    return f"{file} is held by another process; wait until it is done, or ask through the process that holds it"


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
