"""How much a process grows while something runs, by the system's own high-water mark."""

from __future__ import annotations

import ctypes
import gc
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def growth(work: Callable[[], object]) -> int | None:
    """Bytes between what the process held before and the most it held meanwhile; None where the system can't say."""
    gc.collect()
    with suppress(OSError, AttributeError):
        # What earlier work freed must not hide what this work takes.
        ctypes.CDLL(None).malloc_trim(0)
    before = _reset()
    work()
    most = _kilobytes("VmHWM")
    return None if before is None or most is None else max(most - before, 0) * 1024


def _reset() -> int | None:
    try:
        _RESET.write_text("5")
    except OSError:
        return None
    return _kilobytes("VmRSS")


def _kilobytes(name: str) -> int | None:
    try:
        found = re.search(rf"{name}:\s+(\d+) kB", _STATUS.read_text())
    except OSError:
        return None
    return int(found[1]) if found else None
