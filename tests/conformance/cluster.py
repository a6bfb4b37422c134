"""A real Spark cluster of this machine, for as long as a command runs: a master and two workers as processes.

python tests/conformance/cluster.py COMMAND...      CHERISH_SPARK holds the cluster's address for the command
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

HOST = "127.0.0.1"
WORKERS = 2
PATIENCE = 90.0


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def until(log: Path, text: str, times: int = 1) -> None:
    """Wait until a process has written a text so many times."""
    end = time.monotonic() + PATIENCE
    while not log.exists() or log.read_text(errors="replace").count(text) < times:
        if time.monotonic() > end:
            sys.exit(f"no {text!r} in {log} after {PATIENCE:.0f} s:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.2)


@contextmanager
def process(folder: Path, name: str, *words: str) -> Iterator[Path]:
    """One of the cluster's processes, ended with the block; yields the file that it writes to."""
    import pyspark

    log = folder / f"{name}.log"
    script = Path(pyspark.__file__).parent / "bin" / "spark-class"
    quiet = {"SPARK_LOCAL_IP": HOST, "SPARK_WORKER_DIR": str(folder / name), "SPARK_NO_DAEMONIZE": "1"}
    with log.open("w") as out:
        started = subprocess.Popen([str(script), *words], stdout=out, stderr=out, env={**os.environ, **quiet})
    try:
        yield log
    finally:
        started.terminate()
        started.wait(20)


@contextmanager
def cluster() -> Iterator[str]:
    """The address of a standalone cluster with two workers of one core each."""
    with tempfile.TemporaryDirectory() as place, ExitStack() as running:
        folder, port = Path(place), free_port()
        address = f"spark://{HOST}:{port}"
        places = ("--host", HOST, "--port", str(port), "--webui-port", str(free_port()))
        master = running.enter_context(process(folder, "master", "org.apache.spark.deploy.master.Master", *places))
        until(master, "I have been elected leader")
        for number in range(WORKERS):
            words = ("--host", HOST, "--cores", "1", "--memory", "1g", "--webui-port", str(free_port()), address)
            running.enter_context(process(folder, f"worker{number}", "org.apache.spark.deploy.worker.Worker", *words))
        until(master, "Registering worker", WORKERS)
        yield address


def main(command: list[str]) -> int:
    """Run the command beside a cluster."""
    if shutil.which("java") is None:
        sys.exit("Spark needs Java 17: apt-get install -y openjdk-17-jre-headless")
    with cluster() as address:
        print(f"a master and {WORKERS} workers at {address}", flush=True)
        # A small company is cut into few parts: Spark's usual 200 are meant for large ones.
        few = " ".join(f"--conf {each}" for each in ("spark.sql.shuffle.partitions=2", "spark.executor.memory=1g"))
        own = {"CHERISH_SPARK": address, "CHERISH_ENGINES": "spark", "SPARK_LOCAL_IP": HOST,
               "PYSPARK_SUBMIT_ARGS": f"{few} pyspark-shell"}  # fmt: skip
        return subprocess.call(command, env={**os.environ, **own})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
