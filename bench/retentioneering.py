"""The step matrix by retentioneering, whole process beside whole process: `python -m bench.retentioneering PYTHON`.

PYTHON is an interpreter that has retentioneering 5.2, in an environment of its own since it needs other versions.
Each way is a new process that answers once: retentioneering reads the events from a Parquet file, ours opens a log that
holds them. The answers must be equal.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import visits
from bench.paths import LONG
from cherish.store.duckdb import DuckDBStore

_THEIRS = """
import json, sys, pandas, retentioneering
stream = retentioneering.Eventstream(pandas.read_parquet(sys.argv[1]))
found = stream.step_matrix_data(max_steps=int(sys.argv[2])).drop(index="path_start").drop(columns=0)
cells = found.rename(index={"path_end": "(end)"}).stack()
print(json.dumps({f"{step} {event}": share for (event, step), share in cells.items() if share}))
"""
_OURS = """
import json, sys, cherish
asked = {"show": "matrix", "within": "customer", "collapse": "no", "steps": sys.argv[2]}
rows = cherish.open(sys.argv[1]).report("paths", **asked).table.to_pylist()
print(json.dumps({f"{row['step']} {row['event']}": row["share"] for row in rows}))
"""


def main(interpreter: str, rounds: int = 3) -> int:
    """Time both in turn, and print the least seconds of each; exit code 1 where answers differ or ours is slower."""
    with tempfile.TemporaryDirectory() as folder:
        log, file = Path(folder) / "log", Path(folder) / "events.parquet"
        store = visits.build(log)
        _write(store, file)
        store.close()
        ways = {"cherish": (sys.executable, _OURS, log), "retentioneering": (interpreter, _THEIRS, file)}
        times: dict[str, list[float]] = {name: [] for name in ways}
        answers: dict[str, dict[str, float]] = {}
        for _ in range(rounds):
            for name, (python, code, source) in ways.items():
                start = time.perf_counter()
                answers[name] = _asked(python, code, source)
                times[name].append(time.perf_counter() - start)
    ours, theirs = (min(times[name]) for name in ways)
    equal = _same(*answers.values())
    print(f"step matrix of {LONG} steps, whole process: cherish {ours:.1f} s, retentioneering {theirs:.1f} s, "
          f"{theirs / ours:.1f} times as long; answers {'equal' if equal else 'DIFFER'}")  # fmt: skip
    return int(not equal or ours > theirs)


def _write(store: DuckDBStore, file: Path) -> None:
    import pyarrow.parquet as parquet

    parquet.write_table(store.query("SELECT user_id, name AS event, ts AS timestamp FROM events ORDER BY ts"), file)


def _asked(python: str, code: str, source: Path) -> dict[str, float]:
    # Their package reports its use over the network unless told not to.
    environment = {**os.environ, "RETENTIONEERING_NO_TRACK": "1"}
    words = [python, "-c", code, str(source), str(LONG)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=environment)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _same(one: dict[str, float], other: dict[str, float]) -> bool:
    return one.keys() == other.keys() and all(math.isclose(one[key], other[key], rel_tol=1e-9) for key in one)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3))
