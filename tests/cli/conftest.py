"""The command line in this process (fast) and in processes of its own (where that matters)."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cherish.cli import main

CSV = """customer,time,order,amount
a,2024-01-01 09:00,1,10.50
b,2024-01-02 09:00,2,20.00
a,2024-01-03 09:00,3,5.25
"""


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with three orders, made by the command line itself."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "orders.csv").write_text(CSV)
    with pytest.raises(SystemExit) as left:
        main(["import", str(folder / "orders.csv"), "--yes", "--currency", "EUR", "--workspace", str(folder / "ws")])
    assert left.value.code == 0
    return folder / "ws"


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run words as the command line would; returns exit code, output, error output."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CHERISH_WORKSPACE", raising=False)
    monkeypatch.delenv("COLUMNS", raising=False)

    def started(*words: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main([str(word) for word in words])
        found = capsys.readouterr()
        return int(left.value.code or 0), found.out, found.err

    return started


def process(*words: object, **options: object) -> subprocess.Popen[str]:
    """A process of its own."""
    around = {name: value for name, value in os.environ.items() if name not in ("CHERISH_WORKSPACE", "COLUMNS")}
    return subprocess.Popen(
        [sys.executable, "-m", "cherish", *(str(word) for word in words)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**around, **options.pop("env", {})}, **options,  # type: ignore[arg-type,call-overload]
    )  # fmt: skip
