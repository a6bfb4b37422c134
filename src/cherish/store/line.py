"""A line to the server that holds a log: where it listens, who may speak on it, and the frames that go over it.

The server leaves a note in the workspace, which its owner alone can read: the address of a socket and a token. A line
begins with the token; then requests and answers follow each other, all of one line on one state of the log.

    t  token      the first frame of a line
    q  request    length and JSON: command, given, seconds, tables (name, bytes); behind it those tables, Arrow IPC
    d  data       a piece of the answer's table, as an Arrow IPC stream
    n  note       JSON that a long command says on its way
    a  answer     JSON; the last frame of an answer
    e  error      JSON: error (its class in cherish.errors) and message; the last frame, too
"""

from __future__ import annotations

import os
import socket
import struct
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec

from cherish import errors
from cherish.errors import CherishError, WorkspaceError

NOTE = "serve.json"
PROCESS = uuid.uuid4().hex
"""Tells the server's own stores that the note is theirs: process ids repeat from container to container."""

SECONDS = 3600.0
"""How long one request may take unless it says otherwise."""

LENGTH = struct.Struct(">I")
_HEAD = struct.Struct(">cQ")


class Note(msgspec.Struct, frozen=True):
    """What the server leaves in the workspace while it listens; the token is for its owner alone."""

    address: str
    token: str
    pid: int
    version: str
    process: str = PROCESS

    def leave(self, folder: Path) -> None:
        """Write it so that nobody ever sees a part of it, and nobody else any of it."""
        fresh = folder / f".{NOTE}.{self.process}"
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(msgspec.json.encode(self))
        fresh.replace(folder / NOTE)


def noted(folder: Path) -> Note | None:
    """The note of a server in this workspace, where it left one; the server may be gone."""
    try:
        return msgspec.json.decode((folder / NOTE).read_bytes(), type=Note)
    except (OSError, msgspec.MsgspecError):
        return None


def dial(folder: Path) -> Line | None:
    """A line to the server that holds the log of this workspace; None where none does, or this process is it.

    Raises:
        WorkspaceError: the server runs another version.
    """
    note = noted(folder)
    if note is None or note.process == PROCESS:
        return None
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(note.address)
    except OSError:
        # Nobody listens: a server that was killed left the note behind, and the next start replaces it.
        connection.close()
        return None
    if note.version != version("cherish"):
        connection.close()
        raise WorkspaceError(
            f"the server of {folder} runs cherish {note.version}, this is {version('cherish')}: start the server anew"
        )
    frames = Frames(connection)
    frames.send(b"t", note.token.encode())
    return Line(frames)


class Request(msgspec.Struct, frozen=True):
    """What is asked: a command, its arguments, how long it may take, and the bytes of each table behind it."""

    command: str
    given: Mapping[str, Any] = {}
    seconds: float = SECONDS
    tables: Mapping[str, int] = {}


class Frames:
    """A connection as frames: a letter, a length, and so many bytes."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._file = connection.makefile("rb")

    def send(self, kind: bytes, *parts: Any) -> None:
        """One frame of these parts."""
        sizes = sum(memoryview(part).nbytes for part in parts)
        self.connection.sendall(_HEAD.pack(kind, sizes))
        for part in parts:
            self.connection.sendall(part)

    def receive(self, most: int | None = None) -> tuple[bytes, bytes]:
        """The next frame.

        Raises:
            ConnectionError: the other end is gone, or sends more than is taken.
        """
        kind, size = _HEAD.unpack(self._exactly(_HEAD.size))
        if most is not None and size > most:
            raise ConnectionError(f"a frame of {size:,} bytes; {most:,} are taken")
        return kind, self._exactly(size)

    def close(self) -> None:
        """Hang up."""
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
        with suppress(OSError):
            self._file.close()
        self.connection.close()

    def _exactly(self, size: int) -> bytes:
        found = self._file.read(size)
        if len(found) != size:
            raise ConnectionError("the line was cut")
        return found


class Line:
    """The asking end of a line. To hang up, or to be killed, ends what the server does for it."""

    def __init__(self, frames: Frames) -> None:
        self._frames = frames
        self.remembered: dict[str, Any] = {}
        """What was learned on this line and holds as long as the state that it sees."""

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._frames.close()

    def ask(
        self,
        command: str,
        given: Mapping[str, Any] | None = None,
        kind: Any = Any,
        told: Callable[[Any], None] | None = None,
        seconds: float = SECONDS,
    ) -> Any:
        """Have a command done; its answer as a value of this kind. `told` hears what it says on its way.

        Raises:
            CherishError: the command's own error.
            WorkspaceError: the server went away.
        """
        self._request(command, given or {}, {}, seconds)
        for letter, body in self._answer():
            if letter == b"n" and told is not None:
                told(msgspec.json.decode(body))
            elif letter == b"a":
                return msgspec.json.decode(body, type=kind)
        raise AssertionError("an answer ends with its last frame")

    def table(
        self,
        command: str,
        given: Mapping[str, Any] | None = None,
        tables: Mapping[str, Any] | None = None,
        seconds: float = SECONDS,
    ) -> Any:
        """Have a command done that answers with a `pyarrow.Table`; `tables` are handed to it.

        Raises:
            CherishError: the command's own error.
            WorkspaceError: the server went away.
        """
        import pyarrow as pa

        self._request(command, given or {}, tables or {}, seconds)
        pieces = [body for letter, body in self._answer() if letter == b"d"]
        return pa.ipc.open_stream(pa.py_buffer(b"".join(pieces))).read_all()

    def _request(self, command: str, given: Mapping[str, Any], tables: Mapping[str, Any], seconds: float) -> None:
        packed = {name: _packed(table) for name, table in tables.items()}
        sizes = {name: part.size for name, part in packed.items()}
        head = msgspec.json.encode(Request(command, given, seconds, sizes))
        # A server that refuses the line says why before it hangs up: that is read with the answer.
        with suppress(OSError):
            self._frames.send(b"q", LENGTH.pack(len(head)), head, *packed.values())

    def _answer(self) -> Iterator[tuple[bytes, bytes]]:
        while True:
            try:
                letter, body = self._frames.receive()
            except OSError:
                raise WorkspaceError("the server that holds the log went away; ask again") from None
            if letter == b"e":
                raise _error(body)
            yield letter, body
            if letter == b"a":
                return


def _packed(table: Any) -> Any:
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def _error(body: bytes) -> CherishError:
    told = msgspec.json.decode(body)
    kind: type[CherishError] = getattr(errors, told["error"], WorkspaceError)
    return kind(told["message"])
