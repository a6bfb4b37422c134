"""A backup taken: copies in the order that loses nothing, then their manifest, then the name that makes it one."""

from __future__ import annotations

import os
import shutil
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from cherish.clock import Clock, system_clock
from cherish.errors import QuestionError, WorkspaceError
from cherish.serve.backups.manifest import NAME, File, Log, Manifest, checksum
from cherish.serve.backups.turn import turn
from cherish.settings import FILE as SETTINGS
from cherish.store.disk import sync
from cherish.workspace import Workspace

if TYPE_CHECKING:
    from cherish.db import State
    from cherish.store.duckdb import DuckDBStore

BEGINS = "cherish-"
"""What the folder of a backup is called, before the moment that it was begun at."""

PARTIAL = ".partial"
ABANDONED = 86_400.0
"""Seconds after which a copy that was not finished belongs to a process that died."""

KEPT = ("bundles", "rejects", "reports")
"""Folders of a workspace that come along as they are."""

SPARE = 64 * 2**20
"""Bytes that must stay free beside a backup."""


@dataclass(frozen=True)
class Made:
    """A backup that was taken: where it lies, what it holds, and which older ones went for it."""

    place: str
    manifest: Manifest
    bytes: int
    seconds: float
    gone: tuple[str, ...] = ()


def back_up(
    workspace: Workspace,
    store: DuckDBStore,
    target: Path,
    *,
    keep: int | None = None,
    state: State | None = None,
    clock: Clock = system_clock,
) -> Made:
    """Copy a workspace, while events are taken and loaded.

    Args:
        workspace: what to copy.
        store: its log, held by this process or by none.
        target: a folder that keeps backups, or a `.tar` file to be made.
        keep: how many backups the folder keeps; the oldest go once the new one is there.
        state: the workspace's state where it lies in Postgres; else it is found in the folder.
        clock: what time it is.

    Raises:
        QuestionError: the target or the number can't be meant so.
        WorkspaceError: there is nothing to copy, no room for it, or a file can't be read or written.
    """
    began, at = time.monotonic(), clock()
    _check(workspace, target, keep)
    packed = target.suffix == ".tar"
    place = target if packed else target / f"{BEGINS}{at:%Y%m%dT%H%M%SZ}"
    with _begun(place) as partial:
        _check_room(workspace, partial)
        manifest = _copied(workspace, store, partial, at, state)
        size = sum(file.bytes for file in manifest.files.values())
        _finish(partial, place, manifest, packed=packed)
    gone = tuple(_pruned(target, keep)) if keep is not None else ()
    return Made(str(place), manifest, size, time.monotonic() - began, gone)


def backups(folder: Path) -> list[Path]:
    """The backups that a folder keeps, oldest first."""
    return sorted(each.parent for each in folder.glob(f"{BEGINS}*/{NAME}"))


def _check(workspace: Workspace, target: Path, keep: int | None) -> None:
    if keep is not None and keep < 1:
        raise QuestionError(f"--keep {keep}: keep at least 1 backup")
    if target.suffix == ".tar" and keep is not None:
        raise QuestionError(f"--keep counts the backups of a folder; {target} is one file")
    if target.suffix == ".tar" and target.exists():
        raise QuestionError(f"{target} is there already; name another file")
    if target.suffix != ".tar" and target.is_file():
        raise QuestionError(f"{target} is a file; name a folder, or a file that ends with .tar")
    if not _there(workspace):
        raise WorkspaceError(f"there is nothing in {workspace.folder} to be backed up")


def _there(workspace: Workspace) -> bool:
    return workspace.exists or any(workspace.folder.glob("*.sqlite")) or (workspace.folder / "database.toml").exists()


@contextmanager
def _begun(place: Path) -> Iterator[Path]:
    """A folder for the copies, gone at the end unless it has become the backup."""
    partial = place.with_name(f".{place.name}.{os.getpid()}{PARTIAL}")
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _sweep(place.parent, place.name if place.suffix == ".tar" else f"{BEGINS}*")
        if place.exists():
            raise WorkspaceError(f"{place} is there already; try again in a second")
        partial.mkdir(mode=0o700)
    except FileExistsError:
        raise WorkspaceError(f"{place} is being made by another process; try again when it is done") from None
    except OSError as error:
        raise WorkspaceError(f"{place.parent} can't hold a backup: {error.strerror}") from None
    try:
        yield partial
    except OSError as error:
        raise WorkspaceError(f"{place}: {error.strerror}; nothing was backed up") from error
    except duckdb.IOException as error:
        raise WorkspaceError(
            f"{place}: the log can't be copied there, nothing was backed up; check the disk"
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _sweep(folder: Path, names: str) -> None:
    for left in folder.glob(f".{names}.*{PARTIAL}"):
        if time.time() - left.stat().st_mtime > ABANDONED:
            shutil.rmtree(left, ignore_errors=True)


def _check_room(workspace: Workspace, partial: Path) -> None:
    """Refuse before the disk is full: a server beside it would have to refuse events."""
    files = [*workspace.folder.glob("log.duckdb*"), *workspace.folder.glob("*.sqlite*")]
    files += [file for folder in KEPT for file in (workspace.folder / folder).rglob("*")]
    needed = sum(file.stat().st_size for file in files if file.is_file()) + SPARE
    free = shutil.disk_usage(partial).free
    if free < needed:
        raise WorkspaceError(
            f"{partial.parent}: a backup may take {needed / 1e6:,.0f} MB and {free / 1e6:,.0f} are free; make room, or "
            "name another place with --to"
        )


def _copied(workspace: Workspace, store: DuckDBStore, partial: Path, at: datetime, state: State | None) -> Manifest:
    """Journals, then the log, then the state; see the package's own words for why."""
    with turn(workspace.folder):
        waiting = _journals(workspace.folder, partial, state)
        log = _log(store, partial)
        step = _state(workspace.folder, partial, state)
    _others(workspace.folder, partial)
    names = sorted(file for file in partial.rglob("*") if file.is_file())
    files = {file.relative_to(partial).as_posix(): _sealed(file) for file in names}
    return Manifest(
        made_at=at, cherish=version("cherish"), engine=f"duckdb {duckdb.__version__}", log=log, waiting=waiting,
        state=step, files=files,
    )  # fmt: skip


def _journals(folder: Path, partial: Path, state: State | None) -> dict[str, int]:
    if state is not None:
        from cherish.db import copying

        made = [copying.journal_out_of_postgres(state, partial)]
    else:
        made = [_sqlite(file, partial) for file in sorted(folder.glob("journal-*.sqlite"))]
    return {file.stem.removeprefix("journal-"): _waiting(file) for file in made}


def _log(store: DuckDBStore, partial: Path) -> Log | None:
    if not store.exists:
        return None
    from cherish.store.duckdb.copying import held

    file = partial / "log.duckdb"
    store.copy(file)
    found = held(file)
    return Log(found.schema, found.rows, found.fingerprint)


def _state(folder: Path, partial: Path, state: State | None) -> str | None:
    if state is None and not (folder / "state.sqlite").exists():
        return None
    from cherish.db import copying

    if state is not None:
        return copying.step(copying.state_out_of_postgres(state, partial))
    return copying.step(_sqlite(folder / "state.sqlite", partial))


def _sqlite(file: Path, partial: Path) -> Path:
    from cherish.db.copying import copy

    target = partial / file.name
    copy(file, target)
    return target


def _waiting(file: Path) -> int:
    from cherish.db.copying import waiting

    return waiting(file)


def _others(folder: Path, partial: Path) -> None:
    """Settings, and what people put into the workspace; not what a running server leaves there."""
    settings = next((file for file in (folder / SETTINGS, Path.cwd() / SETTINGS) if file.is_file()), None)
    if settings is not None:
        shutil.copyfile(settings, partial / SETTINGS)
    for name in KEPT:
        if (folder / name).is_dir():
            shutil.copytree(folder / name, partial / name)


def _sealed(file: Path) -> File:
    """A file for its owner alone, on the disk, and its checksum."""
    file.chmod(0o600)
    with file.open("rb") as opened:
        os.fsync(opened.fileno())
        return File(file.stat().st_size, checksum(opened))


def _finish(partial: Path, place: Path, manifest: Manifest, *, packed: bool) -> None:
    (partial / NAME).write_bytes(manifest.written())
    _sealed(partial / NAME)
    if packed:
        _pack(partial, place)
    else:
        sync(partial)
        partial.rename(place)
    sync(place.parent)


def _pack(partial: Path, place: Path) -> None:
    made = partial / "all.tar"
    files = sorted(file for file in partial.rglob("*") if file.is_file())
    with made.open("xb") as opened:
        made.chmod(0o600)
        with tarfile.open(fileobj=opened, mode="w") as tar:
            for file in files:
                tar.add(file, file.relative_to(partial).as_posix())
                file.unlink()
        opened.flush()
        os.fsync(opened.fileno())
    made.rename(place)


def _pruned(folder: Path, keep: int) -> Iterator[str]:
    for old in backups(folder)[:-keep]:
        # First out of sight, so that half of one is never taken for a backup.
        doomed = old.rename(old.with_name(f".{old.name}.{os.getpid()}{PARTIAL}"))
        shutil.rmtree(doomed)
        yield old.name
