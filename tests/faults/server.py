"""A server as a process of its own: `server.py FOLDER PORT [NAME=VALUE ...]`; it prints a write key and a read token.

Options are bounds, as `free=0`, and `dies=STEP`: the process is gone before that step of the journal is taken.
"""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

from cherish.db.journal.tabled import TabledJournal
from cherish.serve import logs
from cherish.serve.opening import opened, welcome
from cherish.serve.pressure import Bounds
from cherish.serve.running import run
from cherish.settings import Settings
from cherish.workspace import Workspace


def main(folder: str, port: str, *given: str) -> None:
    options = dict(each.split("=", 1) for each in given)
    if "dies" in options:
        setattr(TabledJournal, options["dies"], _die)
    bounds = Bounds(**{each.name: int(options[each.name]) for each in fields(Bounds) if each.name in options})
    logs.begin()
    with opened(Workspace(Path(folder), Settings()), None, bounds) as parts:
        new = welcome(parts)
        if new is not None:
            print(new.key, parts.tokens.new_token("read"), flush=True)
        run(parts, "127.0.0.1", int(port))


def _die(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(*sys.argv[1:])
