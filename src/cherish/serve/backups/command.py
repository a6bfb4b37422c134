"""The command by which the workspace's owner has the running server take a backup."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from cherish.serve.backups.taking import Made, back_up

if TYPE_CHECKING:
    from cherish.serve.commands import Asked

NAME = "backup"


class Given(msgspec.Struct, frozen=True):
    """Where to, by an absolute path, and how many to keep there."""

    to: str
    keep: int | None = None


def backup(asked: Asked) -> Made:
    """Copy the workspace that is served."""
    given, parts = msgspec.convert(asked.given, Given), asked.parts
    state = parts.state if parts.state.on_postgres else None
    return back_up(parts.workspace, parts.store, Path(given.to), keep=given.keep, state=state, clock=parts.clock)


COMMANDS = {NAME: backup}
