"""What a backup says of itself: who made it and when, what it holds, and the checksum of each of its files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePosixPath
from typing import IO

import msgspec

from cherish.errors import FileError, WorkspaceError

NAME = "manifest.json"
FORMAT = 1


class File(msgspec.Struct, frozen=True):
    """A file of the backup."""

    bytes: int
    sha256: str


class Log(msgspec.Struct, frozen=True):
    """What the log in it holds: its schema's version, the rows of each relation, and the fingerprint of them."""

    schema: int
    rows: Mapping[str, int]
    fingerprint: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The file `manifest.json`.

    format    the shape of a backup
    made_at   when it was begun: every event that was acknowledged before is in it
    cherish   which version made it, on which version of the engine
    log       None where nothing was loaded yet
    waiting   events that each journal still holds
    state     the step of the state's migrations; None where no server ever began
    files     every other file of the backup
    """

    format: int = FORMAT
    made_at: datetime
    cherish: str
    engine: str
    log: Log | None
    waiting: Mapping[str, int]
    state: str | None
    files: Mapping[str, File]

    def written(self) -> bytes:
        """As JSON that people can read."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n"


def read(written: bytes, where: str) -> Manifest:
    """The manifest of a backup.

    Raises:
        FileError: it is none, or names files outside of the backup.
        WorkspaceError: a newer Cherish made it.
    """
    try:
        form = msgspec.json.decode(written, type=_Form).format
        if form > FORMAT:
            raise WorkspaceError(f"{where} was made by a newer Cherish (format {form}); upgrade Cherish")
        found = msgspec.json.decode(written, type=Manifest)
    except msgspec.MsgspecError as error:
        raise FileError(f"{where}: its {NAME} can't be read ({type(error).__name__}); take another backup") from None
    for name in found.files:
        if not _inside(name):
            raise FileError(f"{where}: {NAME} names {name!r}, which lies outside of the backup; it is not one of ours")
    return found


def checksum(file: IO[bytes]) -> str:
    """The SHA-256 of what is left of a file."""
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # typeshed asks for more than is used


class _Form(msgspec.Struct):
    format: int


def _inside(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts and "\\" not in name
