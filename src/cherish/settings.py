"""Every setting, in one frozen object: from the environment, from `cherish.toml`, or as it is by default."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from cherish.errors import WorkspaceError

FILE = "cherish.toml"
PREFIX = "CHERISH_"


@dataclass(frozen=True)
class Settings:
    """What can be set. An environment variable is named CHERISH_ and the setting; it wins over the file.

    workspace  the folder of the log, its rejects and its reports
    threads    how many threads the engine may use (None: one per core)
    memory     how much memory the engine may use, such as 2GB (None: most of the machine's)
    smallest_group  how many customers a figure must rest on to be shared (at least 5)
    database   Postgres for the state of a server: postgres://USER:PASSWORD@HOST/NAME (None: files in the folder)
    """

    workspace: str = "cherish-workspace"
    threads: int | None = None
    memory: str | None = None
    smallest_group: int = 10
    database: str | None = field(default=None, repr=False)


def load(environment: Mapping[str, str] | None = None, folder: Path | None = None) -> Settings:
    """The settings in force, for a process in this folder.

    Raises:
        WorkspaceError: the file or a value can't be read.
    """
    given: dict[str, Any] = _of_file((folder or Path.cwd()) / FILE)
    around = os.environ if environment is None else environment
    given |= {name: around[PREFIX + name.upper()] for name in names() if around.get(PREFIX + name.upper())}
    for name in ("threads", "smallest_group"):
        if given.get(name) is not None:
            try:
                given[name] = int(given[name])
            except (TypeError, ValueError):
                raise WorkspaceError(f"{name}={given[name]!r} is not a whole number") from None
    return Settings(**given)


def names() -> tuple[str, ...]:
    """The names of every setting."""
    return tuple(each.name for each in fields(Settings))


def _of_file(file: Path) -> dict[str, Any]:
    if not file.is_file():
        return {}
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WorkspaceError(f"{file} can't be read: {error}") from error
    unknown = sorted(set(found) - set(names()))
    if unknown:
        raise WorkspaceError(f"{file}: no setting is called {unknown[0]!r}; there are {', '.join(names())}")
    return found
