"""Listens for the workspace's owner: a socket in the workspace, a token in its note, a thread for each line."""

from __future__ import annotations

import hmac
import io
import logging
import os
import queue
import secrets
import socket
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from cherish import errors
from cherish.errors import CherishError, QuestionError, Unanswerable, WorkspaceError
from cherish.serve.commands import Asked, Command, commands
from cherish.serve.deadline import AGAIN, Deadline
from cherish.serve.logs import where
from cherish.serve.parts import Parts
from cherish.store.duckdb import DuckDBStore
from cherish.store.duckdb.questions import too_large
from cherish.store.line import LENGTH, NOTE, Frames, Note, Request

log = logging.getLogger("cherish.serve")

SOCKET = "serve.sock"
LINES = 16
"""How many may speak at one time."""

HELLO_SECONDS = 5.0
HELLO_BYTES = 256
REQUEST_BYTES = 512 * 2**20
IDLE_SECONDS = 600.0
"""A line that says nothing for so long is cut: what it reads can't be tidied up while it stands."""

ENDING_SECONDS = 5.0
PIECE = 256 * 1024


@contextmanager
def offered(parts: Parts) -> Iterator[None]:
    """Listen for the block; at its end commands that are being done get some seconds more."""
    with _bound(parts.workspace.folder) as listener:
        note = Note(str(listener.getsockname()), secrets.token_urlsafe(32), os.getpid(), version("cherish"))
        listening = _Listening(parts, listener, note.token)
        note.leave(parts.workspace.folder)
        thread = threading.Thread(target=listening.run, name="owner", daemon=True)
        thread.start()
        try:
            yield
        finally:
            (parts.workspace.folder / NOTE).unlink(missing_ok=True)
            listening.end()


@contextmanager
def _bound(folder: Path) -> Iterator[socket.socket]:
    """A socket in the workspace, or in a folder of our own where it can't lie there: a long path, a foreign disk."""
    with ExitStack() as kept:
        listener = kept.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        place = folder.resolve() / SOCKET
        place.unlink(missing_ok=True)
        try:
            listener.bind(str(place))
        except OSError:
            place = Path(kept.enter_context(tempfile.TemporaryDirectory(prefix="cherish-"))) / SOCKET
            listener.bind(str(place))
        place.chmod(0o600)
        kept.callback(place.unlink, missing_ok=True)
        listener.listen(LINES)
        yield listener


class _Listening:
    """Takes lines in."""

    def __init__(self, parts: Parts, listener: socket.socket, token: str) -> None:
        self._parts, self._listener, self._token = parts, listener, token
        self._commands: dict[str, Command] = commands()
        self._lines: set[_Talk] = set()
        self._ending = False

    def run(self) -> None:
        """Until the end: a thread for each line."""
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            if self._ending:
                connection.close()
                return
            _Talk(self._parts, Frames(connection), self._token, self._commands, self._lines).start()

    def end(self) -> None:
        """Take no more lines, and let go of those that are."""
        self._ending = True
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as knock:
            knock.connect(self._listener.getsockname())
        for each in list(self._lines):
            each.end(ENDING_SECONDS)


class _Talk:
    """One line: a thread reads what is asked and notices the end, another does it."""

    def __init__(
        self, parts: Parts, frames: Frames, token: str, known: Mapping[str, Command], lines: set[_Talk]
    ) -> None:
        self._parts, self._frames, self._token, self._known, self._lines = parts, frames, token, known, lines
        self._requests: queue.Queue[tuple[Request, bytes] | None] = queue.Queue()
        self._gone, self._stop = threading.Event(), threading.Event()
        self._idle = threading.Event()
        self._idle.set()
        self._snapshot = ExitStack()
        self._reader = threading.Thread(target=self._read, name="owner-line", daemon=True)
        self._worker = threading.Thread(target=self._work, name="owner-command", daemon=True)

    def start(self) -> None:
        """Begin to listen to it."""
        self._reader.start()

    def end(self, seconds: float) -> None:
        """Cut it when what it does is done, or after so many seconds."""
        self._idle.wait(seconds)
        self._frames.close()
        self._reader.join(ENDING_SECONDS)

    # -- reading --------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        try:
            if self._let_in():
                self._worker.start()
                while True:
                    self._take(*self._frames.receive(REQUEST_BYTES))
        except (OSError, msgspec.MsgspecError, ValueError):
            # A line that ends, or speaks no language of ours, is cut either way.
            pass
        finally:
            self._gone.set()
            self._stop.set()
            self._requests.put(None)
            while self._worker.is_alive():
                self._interrupt()
                self._worker.join(AGAIN)
            self._frames.close()
            self._lines.discard(self)

    def _let_in(self) -> bool:
        self._frames.connection.settimeout(HELLO_SECONDS)
        kind, given = self._frames.receive(HELLO_BYTES)
        self._frames.connection.settimeout(None)
        if kind != b"t" or not hmac.compare_digest(given, self._token.encode()):
            self._say(b"e", _told(WorkspaceError("this is not the token of the server that runs; ask again")))
            return False
        if len(self._lines) >= LINES:
            self._say(b"e", _told(WorkspaceError(f"{LINES} commands ask the server already; try again in a moment")))
            return False
        self._lines.add(self)
        return True

    def _take(self, kind: bytes, body: bytes) -> None:
        (size,) = LENGTH.unpack_from(body)
        head, rest = body[LENGTH.size : LENGTH.size + size], body[LENGTH.size + size :]
        self._requests.put((msgspec.json.decode(head, type=Request), rest))

    def _interrupt(self) -> None:
        if self._worker.ident is not None:
            self._parts.store.interrupt(self._worker.ident)

    def _expire(self) -> None:
        self._stop.set()
        self._interrupt()

    # -- doing ----------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        with suppress(queue.Empty, OSError):
            while (found := self._requests.get(timeout=IDLE_SECONDS)) is not None and not self._gone.is_set():
                self._idle.clear()
                self._stop.clear()
                if self._gone.is_set():
                    self._stop.set()
                self._do(*found)
                self._idle.set()
        self._idle.set()
        self._let_go()
        self._frames.close()

    def _do(self, request: Request, rest: bytes) -> None:
        over = Deadline(request.seconds, self._expire)
        try:
            with over:
                command = self._known.get(request.command)
                if command is None:
                    raise QuestionError(f"the server knows no command {request.command!r}")
                self._deliver(command(self._asked(request, rest)))
        except OSError as error:
            if self._gone.is_set() or isinstance(error, ConnectionError):
                raise
            self._failed(request, error, over)
        except Exception as error:
            # A line is an edge: the other end must hear of whatever it was.
            self._failed(request, error, over)

    def _asked(self, request: Request, rest: bytes) -> Asked:
        def tell(value: Any) -> None:
            self._say(b"n", msgspec.json.encode(value))

        tables = _tables(request.tables, rest)
        return Asked(self._parts, request.given, tables, self._stop, tell, self._reading, self._writing)

    def _reading(self) -> DuckDBStore:
        store = self._parts.store
        if not store.in_snapshot:
            self._snapshot.enter_context(store.snapshot())
        return store

    def _writing(self) -> DuckDBStore:
        self._let_go()
        return self._parts.store

    def _let_go(self) -> None:
        self._snapshot.close()

    def _deliver(self, found: object) -> None:
        if hasattr(found, "read_next_batch"):
            self._stream(found)
        elif hasattr(found, "to_reader"):
            self._stream(found.to_reader())
        else:
            self._say(b"a", msgspec.json.encode(found))
            return
        self._say(b"a", b"null")

    def _stream(self, batches: Any) -> None:
        import pyarrow as pa

        with io.BufferedWriter(_Pieces(self._frames), PIECE) as sink, pa.ipc.new_stream(sink, batches.schema) as writer:
            for batch in batches:
                writer.write_batch(batch)

    def _failed(self, request: Request, error: Exception, over: Deadline) -> None:
        # The engine takes a transaction back in which something failed: the next question begins another.
        with suppress(Exception):
            self._let_go()
        if over.expired:
            error = Unanswerable(f"it took longer than {request.seconds:,.0f} seconds and was stopped; ask for less")
        elif isinstance(error, duckdb.OutOfMemoryException):
            error = too_large()
        elif not isinstance(error, CherishError) and not self._gone.is_set():
            fields = {"command": request.command, "error": type(error).__name__, "where": where(error)}
            log.error("command_failed", extra={"fields": fields})
            error = WorkspaceError(f"the server failed ({type(error).__name__}); its log says where")
        self._say(b"e", _told(error))

    def _say(self, kind: bytes, body: bytes) -> None:
        self._frames.send(kind, body)


class _Pieces(io.RawIOBase):
    """What is written goes over the line, piece by piece."""

    def __init__(self, frames: Frames) -> None:
        self._frames = frames

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self._frames.send(b"d", piece)
        return memoryview(piece).nbytes


def _tables(sizes: Mapping[str, int], rest: bytes) -> dict[str, Any]:
    import pyarrow as pa

    found, begin = {}, 0
    for name, size in sizes.items():
        found[name] = pa.ipc.open_stream(pa.py_buffer(rest[begin : begin + size])).read_all()
        begin += size
    return found


def _told(error: Exception) -> bytes:
    """The error's nearest class that the other end knows, and what it says."""
    name = next((kind.__name__ for kind in type(error).__mro__ if kind.__module__ == errors.__name__), "CherishError")
    return msgspec.json.encode({"error": name, "message": str(error)})
