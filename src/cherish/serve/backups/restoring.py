"""A backup put back: every checksum first, then the files, then what is in them held against the manifest."""

from __future__ import annotations

import os
import shutil
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from cherish.errors import FileError, WorkspaceError
from cherish.serve.backups.erasures import repeat
from cherish.serve.backups.manifest import NAME, Log, Manifest, checksum, read
from cherish.workspace import Workspace

PARTIAL = ".restoring"
"""A file that is not wholly there yet."""


@dataclass(frozen=True)
class Restored:
    """What was put back: the rows of the log's relations, the events that wait in journals for the next start, and how
    many customers were erased anew."""

    folder: Path
    manifest: Manifest
    rows: Mapping[str, int]
    waiting: Mapping[str, int]
    erased: int = 0


def restore(backup: Path, workspace: Workspace, erased_from: Workspace | None = None) -> Restored:
    """Make a workspace out of a backup, in a folder where nothing is.

    Args:
        backup: a folder or a `.tar` file that a backup made.
        workspace: where to.
        erased_from: the workspace that the backup was made of: whom it has erased since is erased here, too.

    Raises:
        WorkspaceError: the folder is not empty, a newer Cherish made the backup, or the log is not as it was.
        FileError: the backup is none, or damaged.
    """
    _check_empty(workspace.folder)
    with _opened(backup) as source:
        manifest = read(source.all(NAME), str(backup))
        _check_version(backup, manifest)
        _verify(backup, source, manifest)
        _put_back(source, manifest, workspace.folder)
    if manifest.log is not None:
        _check_log(workspace, manifest.log)
    waiting = _waiting(workspace, manifest)
    erased = repeat(erased_from, workspace) if erased_from is not None else 0
    if erased:
        waiting = _waiting(workspace, manifest)
    return Restored(workspace.folder, manifest, _rows(workspace, manifest), waiting, erased)


def _check_empty(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise WorkspaceError(f"{folder} is a file; name a folder")
    for each in folder.iterdir() if folder.exists() else ():
        if not each.name.endswith(PARTIAL):
            raise WorkspaceError(f"{folder} is not empty; restore into a new folder, and move it when it is there")


def _check_version(backup: Path, manifest: Manifest) -> None:
    from cherish.store.duckdb.migrations import latest

    if manifest.log is not None and manifest.log.schema > latest():
        raise WorkspaceError(
            f"{backup} was made by a newer Cherish ({manifest.cherish}, schema {manifest.log.schema}; this one reads "
            f"up to {latest()}); upgrade Cherish"
        )


def _verify(backup: Path, source: Source, manifest: Manifest) -> None:
    wrong = [name for name, file in manifest.files.items() if not source.agrees(name, file.bytes, file.sha256)]
    if wrong:
        shown = ", ".join(wrong[:3]) + (", ..." if len(wrong) > 3 else "")
        raise FileError(f"{backup}: missing, or not as they were written: {shown}; take another backup")


def _put_back(source: Source, manifest: Manifest, folder: Path) -> None:
    """Write every file under another name, then give all of them theirs: a restore that is cut off is no workspace."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in manifest.files:
            target = folder / f"{name}{PARTIAL}"
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with source.open(name) as read_from, _created(target) as write_to:
                shutil.copyfileobj(read_from, write_to, 2**20)
                write_to.flush()
                os.fsync(write_to.fileno())
        for name in manifest.files:
            (folder / f"{name}{PARTIAL}").replace(folder / name)
    except OSError as error:
        raise WorkspaceError(f"{folder}: {error.strerror}; nothing was restored") from error


def _created(file: Path) -> IO[bytes]:
    return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def _check_log(workspace: Workspace, log: Log) -> None:
    """Hold the log against what it was when it was copied, and its derived relations against its events."""
    from cherish.store.duckdb.copying import held
    from cherish.store.duckdb.fingerprint import SCHEME

    found = held(workspace.log)
    # Another release of the engine hashes otherwise; the rows it still counts alike.
    alike = found.fingerprint == log.fingerprint or not log.fingerprint.startswith(f"{SCHEME}:")
    if dict(found.rows) != dict(log.rows) or not alike:
        raise WorkspaceError(f"{workspace.log} does not hold what the manifest says; take another backup")
    if differing := workspace.store().check():
        told = ", ".join(f"{count:,} rows of {name}" for name, count in differing.items())
        raise WorkspaceError(
            f"{workspace.log} is there, and differs from a rebuild ({told}); run: cherish doctor --rebuild"
        )


def _rows(workspace: Workspace, manifest: Manifest) -> Mapping[str, int]:
    return {} if manifest.log is None else workspace.store().facts.rows


def _waiting(workspace: Workspace, manifest: Manifest) -> dict[str, int]:
    """Open the state, which brings it up to date, and see what waits."""
    if manifest.state is None:
        return {}
    from cherish import db
    from cherish.db import copying

    db.open(workspace.folder).close()
    return {name: copying.waiting(workspace.folder / f"journal-{name}.sqlite") for name in manifest.waiting}


class Source(Protocol):
    """The files of a backup, wherever they lie."""

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """One of them; FileNotFoundError where it is not there."""

    def all(self, name: str) -> bytes:
        """What is in it."""

    def agrees(self, name: str, size: int, sha256: str) -> bool:
        """Whether it is there as it was written."""


class _Files:
    """What both kinds of backups can do once a file is open."""

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        raise NotImplementedError

    def all(self, name: str) -> bytes:
        """What is in it.

        Raises:
            FileError: it is not there.
        """
        try:
            with self.open(name) as file:
                return file.read()
        except (OSError, KeyError, tarfile.TarError):
            raise FileError(f"this is no backup: it has no {name}; name what `cherish backup` made") from None

    def agrees(self, name: str, size: int, sha256: str) -> bool:
        """Whether it is there as it was written."""
        try:
            with self.open(name) as file:
                return checksum(file) == sha256
        except (OSError, KeyError, tarfile.TarError):
            return False


class _Folder(_Files):
    """A backup as a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """One of its files."""
        return (self._folder / name).open("rb")


class _Tar(_Files):
    """A backup as one file; nothing is unpacked but what the manifest names."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """One of its files."""
        found = self._tar.extractfile(name)
        if found is None:
            raise FileNotFoundError(name)
        return found


@contextmanager
def _opened(backup: Path) -> Iterator[Source]:
    if backup.is_dir():
        yield _Folder(backup)
        return
    if not backup.exists():
        raise FileError(f"{backup}: there is no such backup")
    with _unpacked(backup) as tar:
        yield _Tar(tar)


def _unpacked(backup: Path) -> tarfile.TarFile:
    try:
        return tarfile.open(backup)
    except (OSError, tarfile.TarError):
        raise FileError(f"{backup} is no backup: name the folder or the .tar that `cherish backup` made") from None
