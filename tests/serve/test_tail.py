"""The commands beside a running server: what comes in is watched, what was refused sent again, a database pulled."""

from __future__ import annotations

import io
import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.text import Text

import cherish
from cherish import db
from cherish.cli import main
from cherish.cli.tail import _line
from cherish.db.tokens import Tokens
from serve.conftest import PATIENCE, Serving, environment, free_port

BAD = {"type": "track", "event": "Seen"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """`cherish serve` itself, which listens for commands and loads."""
    folder, port = tmp_path_factory.mktemp("tail") / "workspace", free_port()
    serving = Serving(
        [sys.executable, "-m", "cherish", "serve", "--port", str(port), "--workspace", str(folder)], port, folder
    )
    serving.start()
    assert serving.process.stdout is not None
    for line in serving.process.stdout:
        if "write key" in line:
            serving.told = [line.split()[-1]]
            break
    yield serving
    serving.stop()


def command(serving: Serving, *words: object, **around: str) -> subprocess.Popen[str]:
    here = [] if "--url" in words else ["--workspace", str(serving.folder)]
    return subprocess.Popen(
        [sys.executable, "-m", "cherish", *map(str, words), *here], text=True, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, env=environment() | around,
    )  # fmt: skip


Done = Callable[..., str]


@pytest.fixture
def done(served: Serving, capsys: pytest.CaptureFixture[str]) -> Done:
    """Runs a command in this process, which is not the server's, and gives what it says."""

    def run(*words: object) -> str:
        with pytest.raises(SystemExit) as left:
            main([*map(str, words), "--workspace", str(served.folder)])
        found = capsys.readouterr()
        assert left.value.code == 0, found.err
        return found.out

    return run


class Tail:
    """A `cherish tail --json` that has begun."""

    def __init__(self, serving: Serving, *words: object, **around: str) -> None:
        self.process = command(serving, "tail", "--json", *words, **around)
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.begun = self.process.stderr.readline()
        self.out = self.process.stdout

    def next(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out.readline())
        return found

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


def test_a_tail_on_the_machine_and_one_elsewhere_tell_the_same(served: Serving) -> None:
    with closing(db.open(served.folder)) as state:
        token = Tokens(state).new_token("read")
    here = Tail(served)
    elsewhere = Tail(served, "--url", served.url, CHERISH_TOKEN=token)
    try:
        assert "end it with Ctrl-C" in here.begun
        assert served.url in elsewhere.begun
        served.post("/v1/batch", {"batch": [{**BAD, "userId": "u1", "properties": {"n": 1}}, BAD]})
        for tail in (here, elsewhere):
            told = [tail.next(), tail.next()]
            assert [(each["kind"], each.get("name"), each.get("code")) for each in told] == [
                ("event", "Seen", None), ("problem", None, "missing_id"),
            ]  # fmt: skip
    finally:
        here.end()
        elsewhere.end()


def test_a_wrong_token_and_a_workspace_without_a_server_are_refused(served: Serving, tmp_path: Path) -> None:
    out, err = command(served, "tail", "--url", served.url, CHERISH_TOKEN=served.key).communicate(timeout=PATIENCE)
    assert (out, "a write key can only write" in err) == ("", True)
    nobody = subprocess.run(
        [sys.executable, "-m", "cherish", "tail", "--workspace", str(tmp_path)], capture_output=True, text=True,
        env=environment(), timeout=PATIENCE,
    )  # fmt: skip
    assert (nobody.returncode, "no server runs here" in nobody.stderr) == (2, True)


def test_what_is_mended_is_in_the_log_a_moment_later_and_once(served: Serving, done: Done) -> None:
    nameless = json.dumps({"type": "track", "event": "Mended", "userId": "u1"}).encode()
    served.post("/v1/batch", {"batch": [BAD, BAD]})
    with closing(sqlite3.connect(served.folder / "state.sqlite")) as state, state:
        state.execute("UPDATE quarantine SET body = ?", (nameless,))
        state.execute("CREATE TEMP TABLE before AS SELECT * FROM quarantine")
        count = state.execute("SELECT count(*) FROM before").fetchone()[0]
        kept = state.execute("SELECT * FROM before").fetchall()
    assert f"{count} events taken" in done("quarantine", "replay")
    # As after a death between the journal and the quarantine: they are still there, and come again.
    with closing(sqlite3.connect(served.folder / "state.sqlite")) as state, state:
        state.executemany(f"INSERT INTO quarantine VALUES ({', '.join('?' * len(kept[0]))})", kept)
    assert f"{count} events taken" in done("quarantine", "replay")
    assert "Nothing is in quarantine" in done("quarantine")
    store = cherish.open(served.folder).store
    end = time.monotonic() + PATIENCE
    while mended(store) < count:
        assert time.monotonic() < end
        time.sleep(0.1)
    time.sleep(1)
    assert mended(store) == count


def mended(store: Any) -> int:
    (row,) = store.query("SELECT count(*) AS n FROM events WHERE name = 'Mended'").to_pylist()
    return int(row["n"])


def test_a_database_is_pulled_by_the_server_that_holds_the_log(done: Done, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "shop.sqlite")) as shop, shop:
        shop.execute("CREATE TABLE sales (id INTEGER, who TEXT, sold TEXT, total REAL)")
        shop.executemany("INSERT INTO sales VALUES (?, 'anna', '2026-03-01 10:00:00', 2.5)", [(1,), (2,)])
    query = "SELECT id AS order_id, who AS customer_id, sold AS created_at, total FROM sales"
    words = ("pull", f"sqlite://{tmp_path}/shop.sqlite", "--query", query, "--cursor", "order_id")
    said = done(*words, "--currency", "EUR")
    assert "2 orders by 1 customer" in said
    assert "Next time: rows from order_id 2 on" in said
    with closing(sqlite3.connect(tmp_path / "shop.sqlite")) as shop, shop:
        shop.execute("INSERT INTO sales VALUES (3, 'anna', '2026-03-01 10:00:00', 2.5)")
    again = done(*words)
    assert "1 event is new, 1 was known" in again
    assert "EUR" in again


# -- how lines look -----------------------------------------------------------------------------------------------

EVENT = {
    "at": "2020-01-02T03:04:05.000+00:00", "type": "track", "name": "Bought", "source": "website", "user_id": "u1",
    "properties": {"a": 1, "text": "x\x1b[31mred\nline"}, "more": 3,
}  # fmt: skip
PROBLEM = {
    "code": "missing_id",
    "message": "neither is there; send one of them",
    "source": "website",
    "place": 2,
    "kept": True,
}


def drawn(kind: str, value: dict[str, Any], **options: Any) -> str:
    out = io.StringIO()
    _line(Console(file=out, highlight=False, **options), kind, value)
    return out.getvalue() if "color_system" in options else Text.from_ansi(out.getvalue()).plain.rstrip("\n") + "\n"


def test_in_a_pipe_a_line_is_whole_and_plain() -> None:
    line = drawn("event", EVENT, width=40, force_terminal=False)
    assert line.startswith("2020-01-0")
    assert line.rstrip().endswith("a=1 text=x [31mred line and 3 more")
    assert (line.count("\n"), "\x1b" in line) == (1, False)
    problem = drawn("problem", PROBLEM, width=40, force_terminal=False)
    assert "✗ missing_id" in problem
    assert problem.rstrip().endswith("send one of them (in quarantine; website, event 3 of its batch)")
    assert "1,234 more events" in drawn("missed", {"events": 1234}, force_terminal=False)


def test_on_a_terminal_an_event_fits_its_line_and_a_problem_is_read_to_its_end() -> None:
    event = drawn("event", EVENT, width=60, force_terminal=True, no_color=True, _environ={"TERM": "xterm"})
    assert len(event.rstrip("\n")) <= 60
    assert event.rstrip("\n").endswith("…")
    problem = drawn("problem", PROBLEM, width=70, force_terminal=True, no_color=True, _environ={"TERM": "xterm"})
    first, *rest = problem.rstrip("\n").split("\n")
    assert max(map(len, [first, *rest])) <= 70
    column = first.index("neither")
    assert rest
    assert all(line.startswith(" " * column) for line in rest)
    coloured = drawn("problem", PROBLEM, width=70, force_terminal=True, color_system="truecolor")
    assert "\x1b[1;31m✗ missing_id" in coloured
