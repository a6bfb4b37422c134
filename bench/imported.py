"""How fast the product's own import takes in order lines, and in how much memory: a process of its own."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

GOAL_RATE, GOAL_BYTES = 300_000, 2_000_000_000

_SCRIPT = """
import resource, sys
import cherish
log = cherish.open(sys.argv[2])
summary = log.import_files(sys.argv[1], zone="UTC", currency="USD")
print("peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
print("orders", log.facts.rows["orders"])
"""


@dataclass(frozen=True)
class Imported:
    """Rows read, orders made of them, seconds of the whole process, bytes at its peak."""

    rows: int
    orders: int
    seconds: float
    peak: int

    @property
    def rate(self) -> float:
        """Rows a second, start of the process included."""
        return self.rows / self.seconds

    @property
    def passed(self) -> bool:
        """Whether it is as fast and as small as promised."""
        return self.rate >= GOAL_RATE and self.peak <= GOAL_BYTES


def run(file: Path, rows: int) -> Imported:
    """Import this file of transactions into a new workspace."""
    with tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, "-c", _SCRIPT, str(file), str(Path(folder) / "workspace")]
        start = time.perf_counter()
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        seconds = time.perf_counter() - start
    told = dict(re.findall(r"(peak|orders) (\d+)", done.stdout))
    return Imported(rows, int(told["orders"]), seconds, int(told["peak"]) * 1024)
