"""What only a process of its own shows: time to help, pipes, a terminal, interruption."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

from cli.conftest import process


def best_of(words: list[str], times: int = 3) -> float:
    spent = []
    for _ in range(times):
        start = time.perf_counter()
        subprocess.run(words, check=True, capture_output=True)
        spent.append(time.perf_counter() - start)
    return min(spent)


def test_help_comes_at_once() -> None:
    """Half a second on a machine of its own; other work on a shared one is measured and taken out."""
    bare = best_of([sys.executable, "-c", "pass"])
    full = best_of([sys.executable, "-m", "cherish", "--help"])
    assert full - bare < 0.4 * max(1.0, bare / 0.03)


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys\nfrom cherish.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = ('ibis', 'duckdb', 'pyarrow', 'altair', 'numpy', 'pandas', 'msgspec')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert "First steps" in done.stdout


def test_a_pipe_gets_plain_whole_lines_and_may_close_early(workspace: Path) -> None:
    running = process("measure", "monetary", "--workspace", workspace, env={"FORCE_COLOR": ""})
    out, err = running.communicate(timeout=60)
    assert (running.returncode, err) == (0, "")
    assert "\x1b" not in out
    assert all(line == line.rstrip() for line in out.splitlines())
    with process("sql", "SELECT range FROM range(200000)", "--csv", "--workspace", workspace) as closing:
        assert closing.stdout is not None
        assert closing.stderr is not None
        assert closing.stdout.readline() == "range\n"
        closing.stdout.close()
        assert closing.wait(60) == 0
        assert closing.stderr.read() == ""
    # Through Rich, which would leave with 1.
    with process("sql", "SELECT range FROM range(200000)", "--limit", "200000", "--workspace", workspace) as closing:
        assert closing.stdout is not None
        assert closing.stdout.readline().strip() == "range"
        closing.stdout.close()
        assert closing.wait(60) == 0


def asking(running: subprocess.Popen[str], patience: float = 60) -> bool:
    """Whether the process has opened the log."""
    end = time.monotonic() + patience
    while time.monotonic() < end and running.poll() is None:
        if any(
            "log.duckdb" in os.readlink(each) for each in Path(f"/proc/{running.pid}/fd").iterdir() if each.is_symlink()
        ):
            return True
        time.sleep(0.1)
    return False


def test_ctrl_c_leaves_with_130(workspace: Path) -> None:
    endless = "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b"
    running = process("sql", endless, "--workspace", workspace)
    try:
        assert asking(running)
        time.sleep(1)
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=20)
        assert running.returncode == 130
        assert err == "cherish: interrupted\n"
    finally:
        running.kill()
        running.communicate()


def on_a_terminal(*words: object, **around: str) -> str:
    """What a terminal of 60 columns is sent."""
    near, far = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "60", **around}
    environment.pop("CHERISH_WORKSPACE", None)
    running = subprocess.Popen(
        [sys.executable, "-m", "cherish", *(str(word) for word in words)],
        stdin=far,
        stdout=far,
        stderr=far,
        env=environment,
    )
    os.close(far)
    sent = b""
    while running.poll() is None or select.select([near], [], [], 0.1)[0]:
        if select.select([near], [], [], 0.1)[0]:
            try:
                sent += os.read(near, 65536)
            except OSError:
                break
    running.wait(60)
    os.close(near)
    return sent.decode()


def test_a_terminal_gets_colours_unless_it_says_no(workspace: Path) -> None:
    words = ("report", "stickiness", "--workspace", workspace)
    coloured = on_a_terminal(*words)
    assert "\x1b[1m" in coloured
    assert "no room for" in coloured
    plain = on_a_terminal(*words, NO_COLOR="1")
    assert "\x1b[3" not in plain
    assert all(
        len(line) <= 60
        for line in plain.replace("\x1b[1m", "").replace("\x1b[2m", "").replace("\x1b[0m", "").split("\r\n")
        if "/" not in line
    )
