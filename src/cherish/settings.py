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
    memory     how much memory the engine may use, such as 2GB (None: most of the machine's; a server: 400MB at most)
    smallest_group  how many customers a figure must rest on to be shared (at least 5)
    database   Postgres for the state of a server: postgres://USER:PASSWORD@HOST/NAME (None: files in the folder)
    privacy_ip  what is kept of the addresses of devices: truncated, full or none
    privacy_user_agent  what is kept of user agents: reduced, full or none
    nightly    the hour (0 to 23, in the workspace's time zone) in which a server lets go what must go
    retention  how long events of a name are kept: "Page Viewed" = "13 months" (only in the file, as a table)
    noise      who and what no answer counts: email-domain = ["ourshop.com"] (only in the file, as a table)
    label      what the workspace is called where several are in use, such as staging (None: nothing)

    In the file, `privacy_ip` may also stand as `ip` in the table `privacy`.
    """

    workspace: str = "cherish-workspace"
    threads: int | None = None
    memory: str | None = None
    smallest_group: int = 10
    database: str | None = field(default=None, repr=False)
    privacy_ip: str = "truncated"
    privacy_user_agent: str = "reduced"
    nightly: int = 3
    retention: Mapping[str, str] = field(default_factory=dict)
    noise: Mapping[str, Any] | None = None
    label: str | None = None


CHOICES = {"privacy_ip": ("truncated", "full", "none"), "privacy_user_agent": ("reduced", "full", "none")}
WHOLE = ("threads", "smallest_group", "nightly")
TABLES = ("privacy",)
"""Tables of the file whose names are put before those of their settings."""


def load(environment: Mapping[str, str] | None = None, folder: Path | None = None) -> Settings:
    """The settings in force, for a process in this folder.

    Raises:
        WorkspaceError: the file or a value can't be read.
    """
    given: dict[str, Any] = _of_file((folder or Path.cwd()) / FILE)
    around = os.environ if environment is None else environment
    given |= {name: around[PREFIX + name.upper()] for name in names() if around.get(PREFIX + name.upper())}
    for name in WHOLE:
        if given.get(name) is not None:
            try:
                given[name] = int(given[name])
            except (TypeError, ValueError):
                raise WorkspaceError(f"{name}={given[name]!r} is not a whole number") from None
    _check(given)
    return Settings(**given)


def _check(given: Mapping[str, Any]) -> None:
    for name, choices in CHOICES.items():
        if given.get(name, choices[0]) not in choices:
            raise WorkspaceError(f"{name}={given[name]!r}: choose {', '.join(choices[:-1])} or {choices[-1]}")
    if not 0 <= given.get("nightly", 0) < 24:
        raise WorkspaceError(f"nightly={given['nightly']}: an hour from 0 to 23")
    windows = given.get("retention", {})
    if not isinstance(windows, dict) or not all(isinstance(each, str) for each in windows.values()):
        raise WorkspaceError(f'retention is a table of {FILE}: [retention] and lines such as "Page Viewed" = "90 days"')
    if not isinstance(given.get("noise", {}), dict):
        raise WorkspaceError(f'noise is a table of {FILE}: [noise] and lines such as email-domain = ["ourshop.com"]')


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
    for table in TABLES:
        if isinstance(found.get(table), dict):
            found |= {f"{table}_{name}": value for name, value in found.pop(table).items()}
    unknown = sorted(set(found) - set(names()))
    if unknown:
        raise WorkspaceError(f"{file}: no setting is called {unknown[0]!r}; there are {', '.join(names())}")
    return found
