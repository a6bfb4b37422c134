"""`cherish questions`: the seven answers, the two settings above them, and settling."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cherish.cli import questions
from cherish.cli._seven import figure
from cherish.reports.seven_questions import TITLES
from cherish.spec.registry import find
from cli.conftest import Run


def test_every_parameter_of_the_report_is_an_option() -> None:
    own = {each.name for each in find("report", "seven_questions").parameters()}
    assert own - {"active"} == set(questions.PARAMETERS)


def test_the_seven_are_answered_below_the_two_settings(run: Run, workspace: Path) -> None:
    code, out, err = run("questions", "--workspace", workspace)
    assert (code, err) == (0, "")
    assert out.startswith("What counts as active? Proposed: Order Completed")
    assert "cherish questions --yes" in out
    for number, title in enumerate(TITLES.values(), 1):
        assert f"{number}. {title}" in out
    assert out.count("Not known") >= 4


def test_once_settled_the_settings_are_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("customer,time,order,amount\na,2024-01-01,1,2\nb,2024-01-05,2,3\n")
    run("import", "orders.csv", "--yes", "--currency", "EUR")
    run("questions", "--yes")
    out = run("questions", "--question", "7")[1]
    assert out.startswith("What counts as active? core@1: Order Completed")
    assert 'Change them: cherish questions --active "A|B" --outcome NAME' in out


def test_json_is_the_report_and_nothing_else(run: Run, workspace: Path) -> None:
    asked = ("--workspace", workspace, "--question", "4|7", "--as-of", "2024-01-04", "--json")
    found, report = (json.loads(run(*words, *asked)[1]) for words in (("questions",), ("report", "seven_questions")))
    assert found == report
    assert {row["question"][0] for row in found["table"]} == {"4", "7"}


def test_a_picture_and_a_file(run: Run, workspace: Path, tmp_path: Path) -> None:
    code, out, err = run("questions", "--workspace", workspace, "--question", "1", "--chart", tmp_path / "a.html")
    assert (code, out) == (0, "")
    assert "drawn" in err
    code, out, _ = run("questions", "--file", workspace.parent / "orders.csv", "--question", "7")
    assert code == 0
    assert "7. Is your community split" in out


def test_a_terminal_asks_for_what_is_not_settled_and_answers_then(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "orders.csv").write_text("customer,time,order,amount\na,2024-01-01,1,2\nb,2024-01-05,2,3\n")
    run("import", "orders.csv", "--yes", "--currency", "EUR")
    typed = iter(["Order Completed", "orders"])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("typer.prompt", lambda text, default: next(typed))
    out = run("questions", "--question", "7")[1]
    assert "Active is core@1: Order Completed" in out
    assert "The outcome that matters is orders" in out
    assert "7. " in out


def test_a_question_that_is_none_is_refused_by_its_option(run: Run, workspace: Path) -> None:
    code, out, err = run("questions", "--workspace", workspace, "--question", "9")
    assert (code, out) == (2, "")
    assert "--question" in err


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ({"figure": 0.4123, "low": 0.38, "high": 0.4451, "n": 2469, "p_value": 0.0001},
         "share that stayed, recency: 41.2% (38.0% to 44.5%), n 2,469, p below 0.001"),
        ({"figure": None, "why_not": "nobody"}, "share that stayed, recency: – (nobody)"),
    ],
)  # fmt: skip
def test_a_figure_as_a_line(row: dict[str, Any], text: str) -> None:
    empty = dict.fromkeys(("figure", "low", "high", "n", "p_value", "why_not"))
    assert figure({**empty, "measured": "share that stayed", "of": "recency", **row}) == text
