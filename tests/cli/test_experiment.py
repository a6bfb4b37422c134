"""`cherish experiment`: declare, list, analyse; from a workspace, and from a table alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.conftest import Run
from cli.conftest import run as run

PEOPLE = 80


def events(folder: Path) -> Path:
    """Who was drawn on 1 March, and what they bought in the week after: the offer brings one order more in four."""
    lines = []
    for n in range(PEOPLE):
        arm, user = ("control", "offer")[n % 2], f"u{n}"
        lines.append({"user": user, "event": "Page Viewed", "time": "2024-02-20T10:00:00"})
        told = {"experiment_id": "spring", "variation_id": arm, "page": ("home", "cart")[n // 2 % 2]}
        lines.append({"user": user, "event": "Experiment Viewed", "time": "2024-03-01T10:00:00", **told})
        if n % 8 in (0, 1, 3):
            lines.append({"user": user, "event": "Trial Started", "time": f"2024-03-0{2 + n % 5}T12:00:00"})
    lines.append({"user": "u0", "event": "Page Viewed", "time": "2024-04-20T10:00:00"})
    path = folder / "talk.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


@pytest.fixture
def imported(run: Run, tmp_path: Path) -> Path:
    code, _, err = run("import", events(tmp_path), "--yes", "--tz", "UTC")
    assert code == 0, err
    return tmp_path


def test_declare_analyse_list(run: Run, imported: Path) -> None:
    code, out, err = run("experiment", "declare", "spring", "--horizon", "14d", "--metric", "any:Trial Started",
                         "--interaction", "page", "--until", "2024-04-01")  # fmt: skip
    assert (code, err) == (0, "")
    assert out.startswith("spring@1, declared ")
    assert "any:Trial Started" in out
    code, out, _ = run("experiment", "analyse", "spring", "--json")
    found = json.loads(out)
    assert code == 0
    assert "experiment=spring@1" in found["name"]
    row = found["table"][0]
    # Of 40 with the offer 20 began a trial (n % 8 is 1 or 3), of 40 others 10 (n % 8 is 0).
    assert (row["mean"], row["control"], row["effect"]) == (0.5, 0.25, 0.25)
    assert {each["among"] for each in found["table"]} == {"all", "page=home", "page=cart", "by page"}
    code, out, _ = run("experiment", "list")
    assert (code, out) == (0, "spring: 80 customers in 2 arms, 2024-03-01 to 2024-03-01, declared spring@1\n")


def test_the_readout_can_be_verified(run: Run, imported: Path) -> None:
    file = imported / "spring.json"
    file.write_text(run("experiment", "analyse", "spring", "--metric", "any:Trial Started", "--json")[1])
    code, out, _ = run("verify", file)
    assert code == 0, out
    assert "reproduced" in out


def test_verify_notices_another_assignment_table(run: Run, imported: Path) -> None:
    table = imported / "arms.csv"
    rows = [f"u{n},{('control', 'offer')[n % 2]},2024-03-01T10:00:00" for n in range(PEOPLE)]
    table.write_text("\n".join(["customer,arm,time", *rows]) + "\n")
    words = ("experiment", "analyse", "--assignments", table, "--metric", "any:Trial Started", "--horizon", "14d")
    file = imported / "arms.json"
    file.write_text(run(*words, "--json")[1])
    assert run("verify", file)[0] == 0
    table.write_text(table.read_text().replace("u0,control", "u0,offer"))
    code, out, _ = run("verify", file)
    assert code == 1
    assert "the definition changed" in out


def test_a_table_alone_is_enough(run: Run, tmp_path: Path) -> None:
    rows = [f"{('control', 'offer')[n % 2]},{int(n % 8 in (0, 1, 3))}" for n in range(PEOPLE)]
    (tmp_path / "visits.csv").write_text("\n".join(["lot,visit", *rows]) + "\n")
    words = ("experiment", "analyse", "--assignments", tmp_path / "visits.csv", "--column", "arm=lot")
    code, out, err = run(*words, "--metric", "column:visit", "--csv")
    assert code == 0, err
    assert out.splitlines()[1].startswith("visit,offer,,all,not proven,40,0.5,0.25,0.25,")
    code, _, err = run(*words, "--metric", "orders")
    assert code == 2
    assert "says neither time nor customer" in err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("analyse", "sprung"), "no experiment is called 'sprung'; the log tells of spring"),
        (("analyse", "spring", "--metric", "Paid"), "is called 'Paid'"),
        (("analyse", "spring", "--until", "soon"), "--until 'soon': write a day as YYYY-MM-DD"),
        (("analyse", "spring", "--control", "blue"), "--control 'blue' is no arm; there are control, offer"),
        (("declare", "spring"), "declare something, such as --horizon 28d --metric revenue"),
        (("declare", "spring", "--guardrail", "revenue"), "write METRIC:MARGIN"),
    ],
)
def test_refusals_say_what_to_do(words: tuple[str, ...], says: str, run: Run, imported: Path) -> None:
    code, _, err = run("experiment", *words)
    assert code == 2
    assert says in err
