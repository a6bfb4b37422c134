"""What the disk is asked to keep before anything rests on it."""

from __future__ import annotations

import os
from pathlib import Path


def sync(place: Path) -> None:
    """Have the disk keep a file, or the names in a folder."""
    number = os.open(place, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
