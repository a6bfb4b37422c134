"""Asking from the command line: options from definitions, tables, JSON, CSV, charts, refusals."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from cherish.result import Result
from cli.conftest import Run


def test_a_measure_reads_as_a_sentence_and_a_table(run: Run, workspace: Path) -> None:
    code, out, err = run("measure", "monetary", "--workspace", workspace)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "monetary: 17.88 EUR on average over 2 customers"
    assert lines[2:5] == ["customer  value", "b         20.00", "a         15.75"]
    assert " ".join(lines[-2:]).startswith(
        "monetary@1 · monetary/net_of_refunds/EUR · before 2024-01-04 UTC · read 3 events"
    )
    assert "\x1b" not in out


def test_options_come_from_the_definition(run: Run, workspace: Path) -> None:
    code, out, _ = run("report", "retention", "--unit", "month", "--help")
    assert code == 0
    for part in ("--unit day|week|month", "--averaging pooled|simple|mixpanel", "[default week]", "Its parameters:"):
        assert part in out
    assert "cherish explain retention" in out
    code, out, _ = run("measure", "active_days", "--window", "2d", "--json", "--workspace", workspace)
    assert Result.from_json(out).name == "active_days(active=core@0,window=2d)@1"


def test_where_as_of_limit_and_over(run: Run, workspace: Path) -> None:
    at = ("--workspace", workspace, "--json")
    assert json.loads(run("measure", "monetary", "--as-of", "2024-01-02", *at)[1])["headline"]["sum"] == "10.5000"
    assert len(json.loads(run("measure", "monetary", "--limit", "1", *at)[1])["table"]) == 1
    assert len(json.loads(run("measure", "monetary", "--over", "2d", *at)[1])["table"]) == 2
    assert json.loads(run("measure", "recency", "--where", "value>=20", *at)[1])["headline"]["known"] == 1


def test_csv_and_chart(run: Run, workspace: Path, tmp_path: Path) -> None:
    code, out, _ = run("measure", "monetary", "--csv", "--workspace", workspace)
    assert [row["value"] for row in csv.DictReader(io.StringIO(out))] == ["20.0000", "15.7500"]
    code, out, err = run("report", "actives", "--chart", tmp_path / "actives.svg", "--workspace", workspace)
    assert (code, out) == (0, "")
    assert "actives.svg" in err
    assert (tmp_path / "actives.svg").stat().st_size > 1000


def test_a_file_is_asked_without_a_workspace(run: Run, workspace: Path, tmp_path: Path) -> None:
    file = workspace.parent / "orders.csv"
    code, out, err = run("report", "overview", "--file", file)
    assert (code, err) == (0, "")
    assert "orders 3" in out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("measure", "recencyy"), "did you mean recency"),
        (
            ("report", "recency"),
            "no report is called 'recency'; recency is a measure: cherish measure recency",
        ),
        (("measure", "survey"), "survey is a report: cherish report survey, or log.report('survey')"),
        (("measure", "recommend"), "recommend is an instrument: cherish report survey --instrument recommend"),
        (("explain", "retentio"), "did you mean retention"),
        (("catalog",), "did you mean catalogue"),
        (("measure", "recency", "--window", "3 moons"), "3 moons"),
        (("measure", "monetary", "--per", "moon"), "choose one of customer, order"),
        (("measure", "recency", "--where", "country"), "write FIELD=VALUE"),
        (("measure", "recency", "--where", "planet=Mars"), "no field is called 'planet'"),
        (("measure", "recency", "--as-of", "soon"), "write a date"),
        (("sql", "DROP TABLE events"), "only read"),
        (("catalogue", "xyzzy"), "nothing in the catalogue"),
        (("verify", "nothing.json"), "can't be read"),
    ],
)
def test_refusals_are_one_sentence_with_exit_code_2(
    run: Run, workspace: Path, words: tuple[str, ...], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHERISH_WORKSPACE", str(workspace))
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert says in err
    assert err.startswith("cherish: ")
    assert err.count("\n") == 1


def test_unknown_options_are_named(run: Run) -> None:
    code, _, err = run("measure", "recency", "--windo", "3d")
    assert code == 2
    assert "--window" in err


def test_without_a_workspace_the_way_out_is_named(run: Run) -> None:
    code, _, err = run("measure", "recency")
    assert code == 2
    assert "cherish import FILE" in err


def test_sql_as_table_json_and_csv(run: Run, workspace: Path) -> None:
    words = ("sql", "SELECT order_id, value, completed FROM orders ORDER BY order_id", "--workspace", workspace)
    assert run(*words)[1].splitlines()[:2] == ["order_id  value  completed", "1         10.50  yes"]
    first = json.loads(run(*words, "--json")[1])[0]
    assert first == {"order_id": "1", "value": "10.5000", "completed": True}
    assert run(*words, "--csv")[1].splitlines()[1] == "1,10.5000,true"
    assert "the first 1 of 3 rows" in run(*words, "--limit", "1")[1]
    nothing = run("sql", "SELECT order_id, value FROM orders WHERE value > 99", "--workspace", workspace)
    assert nothing[0] == 0
    assert nothing[1].startswith("order_id  value\n")


def test_explain(run: Run, workspace: Path) -> None:
    code, out, _ = run("explain", "monetary", "--workspace", workspace)
    assert code == 0
    for part in ("Hughes 1994", "SELECT", "The first 2 of 2 rows", "per=order", "What would change the answer"):
        assert part in out


def test_catalogue_in_a_line_each_and_in_full(run: Run) -> None:
    assert "recency " in run("catalogue")[1]
    assert "no value (never_active)" in run("catalogue", "recency")[1]
    assert "recency" in [each["name"] for each in json.loads(run("catalogue", "recency", "--json")[1])]


def test_catalogue_by_the_words_of_an_author(run: Run) -> None:
    lines = run("catalogue", "van Doorn")[1].splitlines()
    assert [line.split()[:2] for line in lines[:3]] == [
        ["report", "content"],
        ["report", "voices"],
        ["report", "word_of_mouth"],
    ]
    assert run("catalogue", "van Doorn", "--family", "N")[1].split()[1] == "word_of_mouth"


def test_a_bug_is_reported_without_data(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    import cherish.cards as cards

    def broken(search: str | None = None) -> None:
        raise RuntimeError("alice@example.org")

    monkeypatch.setattr(cards, "catalogue", broken)
    code, out, err = run("catalogue")
    assert (code, out) == (70, "")
    assert "RuntimeError" in err
    assert "alice" not in err
    monkeypatch.setenv("CHERISH_DEBUG", "1")
    assert "alice" in run("catalogue")[2]


def test_explain_a_sentence_by_its_number(run: Run, workspace: Path) -> None:
    told = run("look", "--quiet", "--workspace", workspace)[1]
    sentence = next(line for line in told.splitlines() if line.startswith("3. "))
    code, out, err = run("explain", "3", "--workspace", workspace)
    assert code == 0
    assert out.startswith("concentration: ")
    assert "formula" in out
    assert sentence[:40] in err
    assert '"statement"' in run("explain", "3", "--json", "--workspace", workspace)[1]
    code, _, err = run("explain", "12", "--workspace", workspace)
    assert code == 2
    assert "no number 12" in err


@pytest.mark.parametrize("body", ["{", "{}", '{"cherish": 1}'])
def test_a_damaged_result_is_named(run: Run, workspace: Path, tmp_path: Path, body: str) -> None:
    (tmp_path / "old.json").write_text(body)
    code, out, err = run("verify", "old.json", "--workspace", workspace)
    assert (code, out) == (2, "")
    assert err.startswith("cherish: old.json: this is not a result exported with --json")


def test_a_list_may_come_in_one_word_or_in_several(run: Run, workspace: Path) -> None:
    names = []
    for words in (["--weights", "3|2|1"], ["--weights", "3", "--weights", "2", "--weights", "1"]):
        code, out, err = run("measure", "rfm", *words, "--json", "--workspace", workspace)
        assert code == 0, err
        names.append(json.loads(out)["parameters"]["weights"])
    assert names == ["3|2|1", "3|2|1"]
