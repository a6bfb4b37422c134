"""Commands beside a running server: the same words give the same bytes as without one, and changes arrive."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

import cherish
from cherish.cli import main
from cherish.errors import QuestionError, Unanswerable, WorkspaceError
from cherish.store.line import NOTE, Frames, Line, Note, dial, noted
from serve.conftest import PATIENCE, Serving, environment, free_port

QUESTIONS = (
    "report actives", "report retention --json", "report concentration --csv", "report rfm_segments", "explain recency",
    "measure recency", "measure monetary --json", "measure recency --by country", "measure active_days --over 30d",
    "customers anna", "customers nobody", "customer show anna1",
    "customer show anna1 --json", "customer show nobody", "customer why anna1", "customer why nobody",
    "sql FROM_orders", "sql DELETE", "sql nonsense", "imports", "imports --json", "imports undo nothing", "look",
    "doctor", "questions", "report nothing", "report actives --as-of 2024-02-01 --where country=France",
    "customer undo",
)  # fmt: skip
STATEMENTS = {
    "FROM_orders": "SELECT order_id, value, ts, currency FROM orders ORDER BY ALL",
    "DELETE": "DELETE FROM events",
    "nonsense": "SELECT nonsense FROM events",
}

Said = tuple[int, str, str]
Say = Callable[..., Said]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with 400 orders of 40 customers."""
    place = tmp_path_factory.mktemp("beside")
    chance = random.Random(4)
    rows = ["customer,time,order,amount,country"]
    for order in range(400):
        number = chance.randrange(40)
        when = f"2024-{chance.randrange(1, 5):02}-{chance.randrange(1, 29):02} {chance.randrange(24):02}:00"
        country = ("France", "Spain")[number % 2]
        rows.append(f"anna{number},{when},{order},{chance.randrange(100, 9999) / 100},{country}")
    (place / "orders.csv").write_text("\n".join(rows))
    command = [sys.executable, "-m", "cherish", "import", str(place / "orders.csv"), "--yes", "--currency", "EUR"]
    subprocess.run(
        [*command, "--workspace", str(place / "ws")], check=True, env=environment(), capture_output=True, cwd=place
    )
    return place / "ws"


def serve(folder: Path) -> Serving:
    port = free_port()
    words = ["serve", "--port", str(port), "--workspace", str(folder)]
    serving = Serving([sys.executable, "-m", "cherish", *words], port, folder)
    serving.start()
    return serving


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, folder: Path) -> Say:
    """What the command line answers to some words: exit code, output, error output."""
    monkeypatch.setenv("CHERISH_WORKSPACE", str(folder))
    monkeypatch.delenv("COLUMNS", raising=False)

    def said(text: str) -> Said:
        with pytest.raises(SystemExit) as left:
            main([STATEMENTS.get(word, word) for word in text.split(" ")])
        found = capsys.readouterr()
        return int(left.value.code or 0), found.out, found.err

    return said


@pytest.fixture(scope="module")
def alone() -> dict[str, Said]:
    """What was said without a server."""
    return {}


@pytest.fixture(scope="module")
def serving(folder: Path) -> Iterator[Serving]:
    found = serve(folder)
    yield found
    found.stop()


@pytest.mark.parametrize("words", QUESTIONS)
def test_without_a_server(words: str, say: Say, alone: dict[str, Said], folder: Path) -> None:
    assert noted(folder) is None
    alone[words] = say(words)
    assert alone[words][1] or alone[words][2]


@pytest.mark.parametrize("words", QUESTIONS)
def test_beside_a_server_the_same_words_give_the_same_bytes(
    words: str, say: Say, alone: dict[str, Said], serving: Serving
) -> None:
    assert say(words) == alone[words]


def test_changes_go_through_the_server_and_are_seen_at_once(say: Say, serving: Serving, folder: Path) -> None:
    code, told, _ = say("customer merge anna1 anna2 --by me")
    assert code == 0
    assert "cherish customer undo" in told
    assert "user_id:anna2" in say("customer why anna1")[1]
    with cherish.open(folder).session() as log:
        before = log.facts.rows["customers"]
        edge = log.store.merge("anna3", "anna4", "me")
        assert log.facts.rows["customers"] == before - 1, "a session sees its own changes"
        assert log.store.undo_edge(edge) == edge
        assert log.facts.rows["customers"] == before
    assert say("customer undo")[0] == 0
    assert say("define active buyers Order_Completed")[0] == 2
    assert say("define outcome orders")[0] == 0
    assert cherish.open(folder).facts.outcome == "orders"
    assert say("define identifiers email")[0] == 0
    assert say("define identifiers none")[0] == 0
    assert say("doctor --rebuild")[0] == 0


def test_a_report_made_beside_the_server_is_verified(say: Say, serving: Serving, tmp_path: Path) -> None:
    made = say("report retention --json")[1]
    (tmp_path / "report.json").write_text(made)
    code, told, _ = say(f"verify {tmp_path / 'report.json'}")
    assert code == 0
    figures = int(told.split()[0])
    assert told == f"{figures} of {figures} reproduced\n"
    assert figures > 20
    altered = json.loads(made)
    altered["headline"]["rate"] = 0.99
    (tmp_path / "report.json").write_text(json.dumps(altered))
    assert say(f"verify {tmp_path / 'report.json'}")[0] == 1


def test_an_audience_goes_along_as_a_table(serving: Serving, folder: Path, tmp_path: Path) -> None:
    rule = {"measure": "recency", "at_most": 10}
    beside = cherish.open(folder).report("actives", among=rule, against="rest")
    shutil.copytree(folder, tmp_path / "ws", ignore=shutil.ignore_patterns("serve.*", "scratch-*"))
    apart = cherish.open(tmp_path / "ws").report("actives", among=rule, against="rest")
    assert beside.to_json() == apart.to_json()
    assert "rest" in beside.to_json()


def test_an_answer_larger_than_a_piece_arrives_whole(serving: Serving, folder: Path) -> None:
    found = cherish.open(folder).sql("SELECT i, 'text ' || i AS text FROM range(300_000) AS t(i) ORDER BY i")
    assert found.num_rows == 300_000
    assert found["i"].to_pylist() == list(range(300_000))
    assert found["text"][299_999].as_py() == "text 299999"


def test_the_note_and_the_socket_are_the_owners_alone(serving: Serving, folder: Path) -> None:
    note = noted(folder)
    assert note is not None
    assert note.pid == serving.process.pid
    assert (folder / NOTE).stat().st_mode & 0o777 == 0o600
    assert Path(note.address).stat().st_mode & 0o777 == 0o600
    assert len(note.token) >= 40
    assert note.token not in serving.log


@pytest.mark.parametrize("token", ["", "wrong", "x" * 5000])
def test_without_the_token_nothing_is_answered(serving: Serving, folder: Path, token: str) -> None:
    note = noted(folder)
    assert note is not None
    with reached(note, token) as line, pytest.raises(WorkspaceError, match=r"token|went away"):
        line.ask("facts")


def test_no_key_and_no_token_of_the_api_opens_it_and_http_does_not_lead_there(serving: Serving, folder: Path) -> None:
    note = noted(folder)
    assert note is not None
    for path in ("/v1/commands", "/commands", "/serve.json", f"/{note.token}"):
        answer = serving.http.get(path, headers={"Authorization": f"Bearer {note.token}"})
        assert answer.status_code == 404
    assert (
        serving.http.get("/v1/customers?q=anna", headers={"Authorization": f"Bearer {note.token}"}).status_code == 401
    )


def test_statements_that_write_are_refused_there_too(serving: Serving, folder: Path) -> None:
    line = dial(folder)
    assert line is not None
    with line:
        for statement in ("DELETE FROM events", "SELECT 1; SELECT 2", "COPY events TO '/tmp/events.csv'"):
            with pytest.raises(QuestionError):
                line.table("run", {"statement": statement})
        with pytest.raises(QuestionError, match="no command 'nothing'"):
            line.ask("nothing")
        with pytest.raises(QuestionError, match="does not take"):
            line.ask("merge", {"a": 1, "c": 2})
        assert line.ask("customer_of", {"kind": "user_id", "key": "anna1"}) is not None, "the line still stands"


ENDLESS = "SELECT count(*) FROM range(10_000_000) AS a(i), range(10_000_000) AS b(j) WHERE i * j % 7 = 3"


def test_a_command_ends_when_its_time_is_over(serving: Serving, folder: Path) -> None:
    line = dial(folder)
    assert line is not None
    with line:
        began = time.monotonic()
        with pytest.raises(Unanswerable, match="longer than 1 seconds"):
            line.table("run", {"statement": ENDLESS}, seconds=1)
        assert time.monotonic() - began < 8
        assert line.ask("facts")["rows"]["events"] == 400


def test_ctrl_c_ends_the_work_in_the_server(serving: Serving, folder: Path) -> None:
    words = [sys.executable, "-m", "cherish", "sql", ENDLESS, "--workspace", str(folder)]
    asking = subprocess.Popen(words, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    before = spent(serving.process.pid)
    wait_until(lambda: spent(serving.process.pid) - before > 0.5)
    asking.send_signal(signal.SIGINT)
    out, error = asking.communicate(timeout=10)
    assert asking.returncode == 130
    assert (out, "Traceback" in error) == ("", False)
    wait_until(lambda: growing(serving) < 0.05)
    assert cherish.open(folder).facts.rows["events"] == 400


def test_a_session_sees_one_state_whatever_is_changed_meanwhile(serving: Serving, folder: Path) -> None:
    with cherish.open(folder).session() as log:
        before = log.facts
        other = cherish.open(folder)
        edge = other.store.merge("anna5", "anna6", "me")
        try:
            assert other.facts.fingerprint != before.fingerprint or other.facts.rows != before.rows
            assert log.store.query("SELECT count(*) AS n FROM customers")["n"][0].as_py() == before.rows["customers"]
            assert log.report("actives").rows == before.rows
        finally:
            other.store.undo_edge(edge)


def test_a_server_that_was_killed_leaves_a_note_that_is_seen_through(folder: Path, tmp_path: Path) -> None:
    place = tmp_path / "ws"
    shutil.copytree(folder, place, ignore=shutil.ignore_patterns("serve.*", "*.wal", "scratch-*"))
    serving = serve(place)
    serving.kill()
    assert noted(place) is not None
    assert cherish.open(place).facts.rows["events"] == 400
    again = serve(place)
    try:
        assert noted(place) is not None
        assert cherish.open(place).facts.rows["events"] == 400
    finally:
        again.stop()
    assert noted(place) is None
    assert not (place / "serve.sock").exists()
    assert cherish.open(place).facts.rows["events"] == 400


def test_a_path_too_long_for_a_socket_is_no_obstacle(tmp_path: Path) -> None:
    place = tmp_path / ("long" * 30) / "ws"
    place.parent.mkdir()
    serving = serve(place)
    try:
        note = noted(place)
        assert note is not None
        assert not note.address.startswith(str(tmp_path))
        assert cherish.open(place).facts.first is None
    finally:
        serving.stop()
    assert not Path(note.address).parent.exists()


def test_a_server_of_another_version_is_named(tmp_path: Path) -> None:
    address = tmp_path / "s"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(address))
        listener.listen()
        Note(str(address), "token", 1, "0.0.1", "another").leave(tmp_path)
        with pytest.raises(WorkspaceError, match=r"runs cherish 0\.0\.1"):
            dial(tmp_path)


def reached(note: Note, token: str) -> Line:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(note.address)
    frames = Frames(connection)
    # A token that is far too long is not read to its end.
    with suppress(OSError):
        frames.send(b"t", token.encode())
    return Line(frames)


def growing(serving: Serving) -> float:
    """Seconds of work that the server does within one; other tests may leave it little of the machine."""
    before = spent(serving.process.pid)
    time.sleep(1)
    return spent(serving.process.pid) - before


def spent(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)
