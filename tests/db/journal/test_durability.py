"""Whatever was acknowledged is there, once, after the process was killed, the disk was full, or others came first."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path
from random import Random
from typing import IO, Any

import pytest
from sqlalchemy import insert

from cherish import db
from cherish.db import journal
from cherish.db.journal import Journal
from cherish.db.journal.statements import change_total
from cherish.db.journal.waiting import Total
from cherish.db.tables import FREE
from cherish.db.tables import journal as rows
from cherish.errors import WorkspaceError
from db.journal.support import NOW, bodies, claimed, put, truth

TESTS = Path(__file__).parents[2]


ENVIRONMENT = {**os.environ, "PYTHONPATH": str(TESTS)}


def child(*arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, str(Path(__file__).with_name("child.py")), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, env=ENVIRONMENT)


def run(code: str, place: Path) -> str:
    """What a process that runs this code says of its end."""
    command = [sys.executable, "-c", code, str(place)]
    return subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False).stderr


def lines(stream: IO[bytes] | None, count: int) -> list[str]:
    assert stream is not None
    return [stream.readline().decode().strip() for _ in range(count)]


def test_nothing_acknowledged_is_lost_by_kill_9(place: str) -> None:
    chance, acknowledged = Random(3), []
    for seed in range(3):
        with child(place, str(seed)) as process:
            acknowledged += lines(process.stdout, chance.randrange(20, 300))
            process.send_signal(signal.SIGKILL)
            assert process.stdout is not None
            acknowledged += process.stdout.read().decode().split("\n")[:-1]
        assert process.returncode == -signal.SIGKILL
    with closing(db.open(place)) as state, closing(journal.open(state)) as after:
        found = Counter(body.split()[0].decode() for body in everything(after))
        assert set(acknowledged) <= found.keys()
        assert max(found.values()) == 1
        assert len(acknowledged) == len(set(acknowledged)) > 60
        assert (after.depth(), after.bytes_waiting()) == truth(after)


def everything(kept: Journal) -> list[bytes]:
    found: list[bytes] = []
    while (claim := kept.claim(1_000)) is not None:
        found += bodies(claim)
    return found


def test_a_loader_beside_a_collector_that_is_killed_gets_everything_once(place: str) -> None:
    with closing(db.open(place)) as state, closing(journal.open(state)) as loader, child(place, "9") as process:
        acknowledged, loaded = lines(process.stdout, 1), []
        while len(loaded) < 200:
            claim = loader.claim(17)
            if claim is not None:
                loaded += bodies(claim)
                loader.done(claim.id)
        process.send_signal(signal.SIGKILL)
        assert process.stdout is not None
        acknowledged += process.stdout.read().decode().split("\n")[:-1]
        process.wait()
        loaded += everything(loader)
        found = Counter(body.split()[0].decode() for body in loaded)
        assert set(acknowledged) <= found.keys()
        assert max(found.values()) == 1


def test_a_large_log_left_by_a_killed_process_is_taken_up(tmp_path: Path) -> None:
    code = (
        "import os, sys; from cherish import db; from cherish.db import journal; from db.journal.support import NOW\n"
        "kept = journal.open(db.open(sys.argv[1]))\n"
        "from sqlalchemy import event\n"
        "event.listen(kept._engine, 'checkout', lambda c, *_: c.execute('PRAGMA wal_autocheckpoint = 0'))\n"
        "for number in range(30): kept.put(b'%d ' % number + b'x' * 10**6, source='s', events=1,"
        " received_at=NOW).result()\n"
        "os.kill(os.getpid(), 9)\n"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], env={**os.environ, "PYTHONPATH": str(TESTS)}, check=False
    )
    assert (tmp_path / "journal-main.sqlite-wal").stat().st_size > 30 * 10**6
    with closing(db.open(tmp_path)) as state, closing(journal.open(state)) as after:
        assert [int(body.split()[0]) for body in everything(after)] == list(range(30))
        assert after.depth() == 30


def test_two_writers_of_postgres_that_commit_in_reverse_order_lose_nothing(database: str) -> None:
    with closing(db.open(database)) as state, closing(journal.open(state)) as kept:
        with state.engine.connect() as slow:
            row = {"claim": FREE, "source": "s", "received_at": NOW, "events": 1, "size": 3, "body": b"low"}
            low = slow.execute(insert(rows).values(row).returning(rows.c.id)).scalar_one()
            put(kept, b"high")
            first = claimed(kept)
            assert bodies(first) == [b"high"]
            assert first.payloads[0].id > low
            kept.done(first.id)
            assert kept.claim(10) is None
            slow.commit()
        assert bodies(claimed(kept)) == [b"low"]


def test_a_row_that_another_claims_at_this_moment_is_passed_over_and_not_waited_for(database: str) -> None:
    with closing(db.open(database)) as state, closing(journal.open(state)) as kept:
        put(kept, b"a", b"b")
        with state.engine.connect() as other:
            oldest = rows.select().order_by(rows.c.id).limit(1).with_for_update()
            assert other.execute(oldest).one().body == b"a"
            assert bodies(claimed(kept)) == [b"b"]
        assert bodies(claimed(kept)) == [b"a"]


def test_writers_of_postgres_do_not_wait_for_each_other(database: str) -> None:
    """A transaction that one process has open must not hold up the other's: no row is changed by both."""
    with closing(db.open(database)) as state, closing(journal.open(state)) as one, closing(journal.open(state)) as two:
        held: Any = one
        with held._writing() as connection:
            row = {"claim": FREE, "source": "s", "received_at": NOW, "events": 1, "size": 1, "body": b"a"}
            connection.execute(insert(rows).values(row))
            change_total(connection, held._me, Total(1, 1))
            put(two, b"b")
            two.done(claimed(two).id)
        assert bodies(claimed(two)) == [b"a"]


# -- the disk ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Any:
    """A file system of 16 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only who may mount can make a small disk")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_fails_what_was_put_then_and_nothing_before_or_after(small_disk: Path) -> None:
    with closing(db.open(small_disk)) as state, closing(journal.open(state)) as kept:
        acknowledged = fill(kept)
        assert kept.depth() == len(acknowledged) == truth(kept)[0]
    with closing(db.open(small_disk)) as state, closing(journal.open(state)) as after:
        (small_disk / "spare").unlink()
        assert [body[:4] for body in bodies(claimed(after))] == acknowledged
        for claim_id in after.claims():
            after.done(claim_id)
        put(after, b"room again")
        assert bodies(claimed(after)) == [b"room again"]


def fill(kept: Journal) -> list[bytes]:
    """Put until the disk is full; the bodies' beginnings that were acknowledged."""
    (Path(str(getattr(kept, "file"))).parent / "spare").write_bytes(b"x" * 6_000_000)  # noqa: B009
    acknowledged = []
    for number in range(400):
        name = b"%04d" % number
        error = kept.put(name + b"x" * 50_000, source="s", events=1, received_at=NOW).exception(30)
        if error is not None:
            assert isinstance(error, WorkspaceError)
            assert "disk is full; make room (SQLITE_FULL)" in str(error)
            return acknowledged
        acknowledged.append(name)
    raise AssertionError("the disk never filled")


def test_a_full_journal_can_still_be_emptied_when_room_is_made(small_disk: Path) -> None:
    with closing(db.open(small_disk)) as state, closing(journal.open(state)) as kept:
        acknowledged = fill(kept)
        (small_disk / "spare").unlink()
        seen = []
        while (claim := kept.claim(5)) is not None:
            seen += [body[:4] for body in bodies(claim)]
            kept.done(claim.id)
        assert seen == acknowledged
        put(kept, b"room again")
        assert kept.depth() == 1


def test_a_file_that_may_not_grow_fails_what_was_put_and_keeps_the_rest(tmp_path: Path) -> None:
    code = (
        "import resource, sys; from cherish import db; from cherish.db import journal\n"
        "from db.journal.support import NOW; from cherish.errors import WorkspaceError\n"
        "kept = journal.open(db.open(sys.argv[1]))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))\n"
        "for number in range(400):\n"
        "    try: kept.put(b'%d ' % number + b'x' * 20_000, source='s', events=1, received_at=NOW).result()\n"
        "    except WorkspaceError as error: sys.exit(f'{number} {error}')\n"
    )
    said = run(code, tmp_path)
    assert "writing the disk failed" in said
    with closing(db.open(tmp_path)) as state, closing(journal.open(state)) as after:
        found = [int(body.split()[0]) for body in everything(after)]
        assert found == list(range(int(said.split()[0])))
        assert len(found) > 10
