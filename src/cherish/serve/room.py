"""How much memory the log's engine takes in a server where no setting says: it bounds what is kept of the file, too."""

from __future__ import annotations

import os
from pathlib import Path

SHARE, MOST = 4, 400_000_000
"""A quarter of the machine, and never more than this: of larger questions the engine writes parts to the disk."""

_GROUP = Path("/sys/fs/cgroup/memory.max")
"""What a container, or a service of systemd, may have."""


def engine_memory(machine: int | None = None) -> str:
    """The engine's limit as it reads it, for a machine of so many bytes; without a number for this one."""
    return f"{min((machine or _machine()) // SHARE, MOST) // 1_000_000}MB"


def _machine() -> int:
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        return min(there, int(_GROUP.read_text()))
    except (OSError, ValueError):
        # No such group, or one without a bound.
        return there
