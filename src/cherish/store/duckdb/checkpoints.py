"""Checkpoints: what the engine gathered beside its file goes into it, in a pause of the readers.

The engine makes one by itself when a commit finds enough gathered and nobody reading. Where somebody always reads it
never finds that, and what it gathers grows; so readers are held at the door for a moment. A reader who has been inside
for long is not waited for, and holds up nobody at the door either; until a second, harder limit loads go on beside it.
"""

from __future__ import annotations

import logging
import time
from threading import Timer
from typing import Any

import duckdb

from cherish.errors import WorkspaceError
from cherish.store.duckdb.connections import Connections

log = logging.getLogger("cherish.store")

SOFT, HARD = 256 * 2**20, 2**30
"""Bytes beside the file from which on a pause is sought, and beyond which nothing is loaded before there was one. A
log that was not closed replays so much when it is opened again, a gigabyte in under a minute."""

EVERY = 5.0
"""Seconds between two attempts where the last one failed."""

PATIENCE, MOST = 0.25, 2.0
"""Seconds for which readers are held at the door, and for which they are as the hard limit comes near."""

_ALONE = 0.005
_BEGUN = 0.05
"""A checkpoint that can't be made is refused at once; one that was not is under way after so many seconds."""


class Checkpoints:
    """When a log's file is brought up to date."""

    def __init__(self, connections: Connections, soft: int = SOFT, hard: int = HARD) -> None:
        self._connections = connections
        self._soft, self._hard = soft, hard
        self._tried = float("-inf")

    def beside(self) -> int:
        """Bytes that the engine gathered beside its file."""
        file = self._connections.file
        if file is None:
            return 0
        try:
            return file.with_name(file.name + ".wal").stat().st_size
        except FileNotFoundError:
            return 0

    def before(self, connection: Any) -> None:
        """See that there is room for another transaction.

        Raises:
            WorkspaceError: too much has gathered, and whoever reads has not made a pause.
        """
        gathered = self.beside()
        if gathered >= self._hard and not self._made(connection, MOST):
            raise WorkspaceError(
                f"{gathered // 2**20} MB of changes wait beside {self._connections.file}, and can't be written into it "
                f"while a question is asked (the longest for {self._connections.longest():.0f} s now); then loading "
                "goes on"
            )

    def after(self, connection: Any) -> None:
        """Make one if it is time, after a transaction."""
        gathered = self.beside()
        if gathered < self._soft or time.monotonic() - self._tried < EVERY:
            return
        near = min(1.0, (gathered - self._soft) / max(1, self._hard - self._soft))
        if not self._made(connection, PATIENCE + near * (MOST - PATIENCE)):
            self._tried = time.monotonic()

    def _made(self, connection: Any, patience: float) -> bool:
        """Whether one could be made; readers who come wait for it, unless somebody is inside for longer already."""
        if self._attempt(connection):
            return True
        if self._connections.longest() > patience:
            return False
        end = time.monotonic() + patience
        with self._connections.door_closed():
            while time.monotonic() < end:
                if self._attempt(connection):
                    return True
                time.sleep(_ALONE)
        return False

    def _attempt(self, connection: Any) -> bool:
        began = time.monotonic()
        # Once it is under way it stands in no reader's way.
        opens = Timer(_BEGUN, self._connections.open_door)
        opens.start()
        try:
            connection.execute("CHECKPOINT")
        except duckdb.TransactionException:
            return False
        except duckdb.Error as error:
            # A full disk: what is beside the file is kept, and its transactions with it.
            log.warning("checkpoint_failed", extra={"fields": {"error": type(error).__name__}})
            return False
        finally:
            opens.cancel()
        seconds = time.monotonic() - began
        log.info("checkpoint", extra={"fields": {"seconds": round(seconds, 3)}})
        return True
