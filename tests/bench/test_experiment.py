"""The benchmark of experiments runs, and both ways find the same effects; how fast is for `make bench` to say."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_both_ways_find_the_same_effects(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    words = [sys.executable, "-m", "bench", "experiment", "--small", "--json", str(file)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "DIFFER" not in done.stdout
    tested = json.loads(file.read_text())["tested"]
    assert (tested["events"], tested["customers"]) == (20_000, 2_000)
    assert all(each["equal"] for each in tested["took"].values())
