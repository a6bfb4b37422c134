"""A Postgres server of this machine, for as long as a command runs.

python tests/conformance/server.py COMMAND...      CHERISH_POSTGRES holds the server's address for the command
"""

from __future__ import annotations

import glob
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4


def programs() -> Path | None:
    """The folder of the server's programs, where they are installed; Debian keeps them off the path."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb")) or [shutil.which("initdb") or ""]
    return Path(found[-1]).parent if found[-1] else None


class Server:
    """A server that nobody else reaches: it listens on a socket in a folder of its own."""

    def __init__(self, bin_: Path, place: str) -> None:
        self.address = f"postgres://cherish@/postgres?host={place}"
        self._place, self._data = place, f"{place}/data"
        self._as = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
        self._bin, self.runs = bin_, False
        # Sorted for people, as servers are: answers must not hang on it.
        sorts = ("--locale=C.UTF-8", "--icu-locale=en-US", "--locale-provider=icu")
        self._run("initdb", "-D", self._data, "-U", "cherish", "-A", "trust", "--no-sync", *sorts)

    def start(self) -> None:
        """Begin, or begin again after an end of whichever kind."""
        options = f"-c listen_addresses='' -k {self._place} -c fsync=off"
        self._run("pg_ctl", "-D", self._data, "-w", "-l", f"{self._data}/log", "-o", options, "start")
        self.runs = True

    def stop(self) -> None:
        """End as in a crash."""
        self.runs = False
        self._run("pg_ctl", "-D", self._data, "-w", "-m", "immediate", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._as, str(self._bin / program), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self._place)


@contextmanager
def controlled(bin_: Path) -> Iterator[Server]:
    """A server that runs, and that may be stopped and started again."""
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o777)
        server = Server(bin_, place)
        server.start()
        try:
            yield server
        finally:
            if server.runs:
                server.stop()


@contextmanager
def running(bin_: Path) -> Iterator[str]:
    """The address of a server that runs."""
    with controlled(bin_) as server:
        yield server.address


def empty(server: str) -> str:
    """The address of a new schema of a server, which is made faster than a database of its own."""
    import psycopg

    schema = f"test_{uuid4().hex}"
    with psycopg.connect(server.replace("postgres://", "postgresql://"), autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
    return f"{server}&options=-csearch_path%3D{schema}"


def main(command: list[str]) -> int:
    """Run the command beside a server."""
    bin_ = programs()
    if bin_ is None:
        sys.exit("no Postgres server here: apt-get install -y postgresql")
    with running(bin_) as address:
        own = {"CHERISH_POSTGRES": address, "CHERISH_ENGINES": "clickhouse,postgres"}
        return subprocess.call(command, env={**os.environ, **own})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
