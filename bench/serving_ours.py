"""Our server as the bench starts it: `python -m bench.serving_ours stored|unstored|loads FOLDER PORT`.

`unstored` answers as soon as an event is checked, and keeps nothing: what storing costs is the rest of the same
server's time. No option of the product does that.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from cherish.library import Log
from cherish.serve import logs
from cherish.serve.opening import opened, welcome
from cherish.serve.parts import Parts
from cherish.serve.pressure import Bounds, Pressure
from cherish.serve.running import run
from cherish.settings import Settings
from cherish.workspace import Workspace

SECOND = 1.0


class Nowhere:
    """A journal and the way back from it that keep nothing, at no cost."""

    name = "nowhere"

    def keep(self, payload: bytes, **about: object) -> None:
        """Forget it."""

    def depth(self) -> int:
        """Nothing waits."""
        return 0

    bytes_waiting = depth

    def place(self) -> tuple[asyncio.Future[None], None]:
        """A future that is done."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done, None


class Reader:
    """A dashboard: the same report, asked each second, of the log that is being loaded."""

    def __init__(self, parts: Parts) -> None:
        self._log = Log(parts.store, parts.workspace)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reader", daemon=True)
        self.seconds: list[float] = []
        self.failed: list[str] = []

    def start(self) -> None:
        """Begin to ask."""
        self._thread.start()

    def end(self) -> None:
        """Ask no more."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(SECOND):
            if self._log.store.facts.rows.get("events"):
                start = time.perf_counter()
                try:
                    self._log.report("actives")
                except Exception as error:
                    self.failed.append(f"{type(error).__name__}: {error}")
                self.seconds.append(time.perf_counter() - start)


def main(how: str, folder: str, port: str) -> None:
    """Serve until a signal; print the key before, and what the reader and the log came to after."""
    logs.begin()
    workspace = Workspace(Path(folder), Settings())
    with opened(workspace, None, Bounds(), loads=how == "loads") as parts:
        new = welcome(parts)
        print(new.key if new else "", flush=True)
        if how == "unstored":
            nowhere = cast("Any", Nowhere())
            pressure = Pressure(nowhere, workspace.folder, Bounds())
            parts = replace(parts, journal=nowhere, pressure=pressure, landing=nowhere)
        reader = Reader(parts) if how == "loads" else None
        if reader is not None:
            reader.start()
        run(parts, "127.0.0.1", int(port))
        if reader is not None:
            reader.end()
            told = {"seconds": reader.seconds, "failed": reader.failed, "events": parts.store.facts.rows["events"]}
            print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
