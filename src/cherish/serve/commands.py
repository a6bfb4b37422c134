"""Commands of the workspace's owner, done by the server because it holds the log.

They come over a line (see `cherish.store.line`) that only the owner of the workspace's folder can open. To add one,
put into a module of this room:

    def backup(asked: Asked) -> object:
        asked.tell({"done": 3, "of": 10})          # heard at the other end as it is said
        if asked.stop.is_set(): ...                # the asker hung up (Ctrl-C), or the time is over
        return {"file": ...}                       # what msgspec writes as JSON, or a pyarrow table or reader

    COMMANDS = {"backup": backup}

It is found by its place, and asked from anywhere above the store so:

    line = dial(workspace.folder)                  # from cherish.store.line; None: no server, do it yourself
    if line is not None:
        with line:
            found = line.ask("backup", {"to": "/mnt"}, told=show)

A command runs in a thread of its own line. It raises errors of `cherish.errors`, which are raised again at the other
end. A statement of the engine that runs in this thread is interrupted with `stop`.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from threading import Event
from typing import Any

from cherish.serve.parts import Parts
from cherish.store.duckdb import DuckDBStore


@dataclass(frozen=True)
class Asked:
    """One command as it was asked.

    given    its arguments, as JSON has them
    tables   Arrow tables that came along, by name
    stop     set when nobody waits for the answer any more
    tell     says something on the way
    reading  the log, in one state for all that this line reads
    writing  the log to change; what this line reads next sees the change
    """

    parts: Parts
    given: Mapping[str, Any]
    tables: Mapping[str, Any]
    stop: Event
    tell: Callable[[Any], None]
    reading: Callable[[], DuckDBStore]
    writing: Callable[[], DuckDBStore]


Command = Callable[[Asked], object]


def commands() -> dict[str, Command]:
    """The commands of every module that lies in this room: a new one is found by its place."""
    modules = (
        import_module(f"cherish.serve.{each.name}") for each in pkgutil.iter_modules([str(Path(__file__).parent)])
    )
    return {name: command for module in modules for name, command in getattr(module, "COMMANDS", {}).items()}
