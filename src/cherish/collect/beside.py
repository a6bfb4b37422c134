"""An import while a server holds the log: the server does it, in turns with what comes in; this end asks and hears."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec

from cherish.collect.importing import import_files
from cherish.collect.progress import Listener, Progress
from cherish.collect.summary import ImportSummary
from cherish.errors import FileError, QuestionError
from cherish.store.contract import Store
from cherish.store.line import Line

COMMAND = "import"
_PATHS = ("survey", "rejects_dir")


def ask(line: Line, paths: Sequence[str | Path], options: Mapping[str, Any]) -> ImportSummary:
    """Have the server import files; the options are those of `import_files`.

    Raises:
        QuestionError: an option can't be sent to another process.
        CherishError: as of `import_files`.
    """
    given = {name: value for name, value in options.items() if value is not None}
    progress: Listener | None = given.pop("progress", None)
    given |= {name: str(Path(given[name]).absolute()) for name in _PATHS if name in given}
    if "clock" in given:
        raise QuestionError("clock: a server that runs has its own; stop it, or leave the clock out")

    def told(now: Any) -> None:
        if progress is not None:
            progress(msgspec.convert(now, Progress))

    # The server has another folder around it.
    whole = [str(Path(each).expanduser().absolute()) for each in paths]
    found = line.ask(COMMAND, {"paths": whole, "options": given}, dict[str, Any], told)
    return msgspec.convert(found, ImportSummary, strict=False, dec_hook=lambda _, value: Path(value))


def do(store: Store, given: Mapping[str, Any], rejects_dir: Path, progress: Listener) -> dict[str, Any]:
    """The server's end: import the files, and tell what came of it in plain values.

    Raises:
        FileError: a file can't be read, here or at all.
    """
    paths: list[str] = list(given["paths"])
    for each in paths:
        _refuse_unreadable(Path(each))
    options: dict[str, Any] = {"rejects_dir": rejects_dir} | dict(given["options"])
    found = asdict(import_files(store, paths, progress=progress, turns=True, **options))
    return {name: str(value) if isinstance(value, Path) else value for name, value in found.items()}


def _refuse_unreadable(path: Path) -> None:
    """Refuse what only the asker may read: the server is another user perhaps, in another place."""
    try:
        there = path.exists()
    except OSError:
        there = True
    if there and not os.access(path, os.R_OK):
        raise FileError(
            f"{path}: the server that runs reads files itself, as its own user, and may not read this one; "
            "put it where it may, such as its workspace's folder, or stop it for the import"
        )
