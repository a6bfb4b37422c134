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


def programs() -> Path | None:
    """The folder of the server's programs, where they are installed; Debian keeps them off the path."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb")) or [shutil.which("initdb") or ""]
    return Path(found[-1]).parent if found[-1] else None


@contextmanager
def running(bin_: Path) -> Iterator[str]:
    """The address of a server that nobody else reaches: it listens on a socket in a folder of its own."""
    as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o777)
        data = f"{place}/data"
        # Sorted for people, as servers are: answers must not hang on it.
        sorts = ("--locale=C.UTF-8", "--icu-locale=en-US", "--locale-provider=icu")
        made = [*as_user, str(bin_ / "initdb"), "-D", data, "-U", "cherish", "-A", "trust", "--no-sync", *sorts]
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL, cwd=place)  # fmt: skip
        control = [*as_user, str(bin_ / "pg_ctl"), "-D", data, "-w"]
        options = f"-c listen_addresses='' -k {place} -c fsync=off"
        subprocess.run([*control, "-l", f"{data}/log", "-o", options, "start"], check=True, stdout=subprocess.DEVNULL,
                       cwd=place)  # fmt: skip
        try:
            yield f"postgres://cherish@/postgres?host={place}"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=True, stdout=subprocess.DEVNULL, cwd=place)


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
