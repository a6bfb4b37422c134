"""A process that puts payloads until it is killed, and says which ones were acknowledged: `child.py PLACE SEED`."""

from __future__ import annotations

import os
import sys
from concurrent.futures import Future
from random import Random
from threading import Thread

from cherish import db
from cherish.db import journal
from db.journal.support import NOW


def main(place: str, seed: int) -> None:
    """Put from several threads; a line for each payload goes out only after its future is done."""
    kept = journal.open(db.open(place))
    threads = [Thread(target=put, args=(kept, seed, number)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def put(kept: journal.Journal, seed: int, thread: int) -> None:
    """Put a few at a time, so that some wait while others are committed."""
    chance = Random(seed * 10 + thread)
    for group in range(10_000):
        names = [f"{seed}-{thread}-{group}-{number}" for number in range(chance.randrange(1, 6))]
        waiting: list[tuple[str, Future[None]]] = [
            (name, kept.put(body(name, chance), source="s", events=1, received_at=NOW)) for name in names
        ]
        for name, future in waiting:
            future.result()
            os.write(1, f"{name}\n".encode())


def body(name: str, chance: Random) -> bytes:
    """A body that says its name and fills some pages."""
    return name.encode().ljust(chance.randrange(50, 20_000))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
