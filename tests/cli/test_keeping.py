"""Bringing data in, answering the two questions, checking: the verbs that change or judge a workspace."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.conftest import CSV, Run


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "orders.csv").write_text(CSV)
    return tmp_path / "orders.csv"


def test_import_twice_then_undo(run: Run, shop: Path) -> None:
    code, out, err = run("import", shop, "--currency", "EUR", "--tz", "Europe/Berlin")
    assert code == 0
    assert out.startswith("orders: imported 3 of 3 rows")
    assert "customer      customer" in err
    assert "Next: cherish questions" in out
    assert "0 events are new, 3 were known" in run("import", shop)[1]
    assert json.loads(run("imports", "--json")[1])[0]["events"] == 3
    assert "3 events removed" in run("imports", "undo", "orders")[1]
    assert run("imports", "undo", "orders")[0] == 2
    assert run("imports")[1].startswith("Nothing was imported yet")


def test_a_dry_run_leaves_nothing(run: Run, shop: Path, tmp_path: Path) -> None:
    code, out, _ = run("import", shop, "--dry-run", "--currency", "EUR", "--tz", "Europe/Berlin")
    assert code == 0
    assert "would import 3 of 3 rows" in out
    assert [each.name for each in tmp_path.iterdir()] == ["orders.csv"]


@pytest.mark.parametrize(
    "words", [("--map", "customer"), ("--map", "customer=nobody"), ("--kind", "stars"), ("--map", "king=a")]
)
def test_a_mapping_that_is_none_is_refused(run: Run, shop: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    code, out, err = run("import", shop, *words)
    assert (code, out) == (2, "")
    assert err.startswith("cherish: ")
    assert [each.name for each in tmp_path.iterdir()] == ["orders.csv"]


def test_questions_define_and_their_names_in_results(run: Run, shop: Path) -> None:
    run("import", shop, "--yes")
    code, out, _ = run("questions")
    assert code == 0
    assert "Proposed: Order Completed" in out
    assert "--yes" in out
    assert "Active is core@1: Order Completed" in run("questions", "--yes")[1]
    assert run("questions", "--outcome", "fame")[0] == 2
    assert "lookers@1" in run("define", "active", "lookers", "Order Completed")[1]
    assert "orders" in run("define", "outcome", "orders")[1]
    assert "active_days(active=lookers@1)@1" in run("measure", "active_days", "--active", "lookers")[1]
    assert run("define", "active", "lookers", "Nothing")[0] == 2


def test_doctor(run: Run, shop: Path) -> None:
    assert "nothing is there yet" in run("doctor")[1]
    run("import", shop, "--yes")
    code, out, _ = run("doctor", "--rebuild")
    assert code == 0
    assert "activity, orders and customers equal a rebuild" in out
    assert "schema       version" in out
    assert all(each["ok"] for each in json.loads(run("doctor", "--json")[1]))


def test_doctor_finds_what_differs_from_a_rebuild(run: Run, shop: Path) -> None:
    import duckdb

    run("import", shop, "--yes")
    connection = duckdb.connect("cherish-workspace/log.duckdb")
    connection.execute("UPDATE activity SET n = n + 1 WHERE customer_id = (SELECT min(customer_id) FROM activity)")
    connection.close()
    code, out, _ = run("doctor")
    assert code == 1
    assert "rows of activity" in out
    assert run("doctor", "--rebuild")[0] == 0


def test_verify_says_what_changed(run: Run, shop: Path, tmp_path: Path) -> None:
    run("import", shop, "--yes", "--currency", "EUR")
    exported = tmp_path / "monetary.json"
    exported.write_text(run("measure", "monetary", "--json")[1])
    code, out, _ = run("verify", exported)
    assert code == 0
    assert out.rstrip().endswith("reproduced")
    exported.write_text(exported.read_text().replace("20.0000", "21.0000"))
    code, out, _ = run("verify", exported)
    assert code == 1
    assert "the figure was altered" in out
    (tmp_path / "more.csv").write_text(CSV.splitlines()[0] + "\nc,2024-01-03 10:00,9,1\n")
    run("import", tmp_path / "more.csv", "--yes", "--currency", "EUR")
    code, out, _ = run("verify", exported, "--json")
    assert code == 1
    assert {each["cause"] for each in json.loads(out)["differ"]} == {"rows"}
    # The file that was read without a workspace verifies by that file.
    whole = tmp_path / "file.json"
    whole.write_text(run("measure", "monetary", "--file", shop, "--json")[1])
    assert run("verify", whole, "--file", shop)[0] == 0


def test_settings_come_from_environment_and_file(
    run: Run, shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cherish.toml").write_text('workspace = "here"\nthreads = 1\nmemory = "500MB"\n')
    run("import", shop, "--yes")
    assert (tmp_path / "here" / "log.duckdb").exists()
    monkeypatch.setenv("CHERISH_WORKSPACE", str(tmp_path / "there"))
    assert "there" in run("doctor")[1]
    monkeypatch.setenv("CHERISH_THREADS", "many")
    assert "threads='many'" in run("doctor")[2]
    (tmp_path / "cherish.toml").write_text("wokspace = 1")
    assert "no setting is called 'wokspace'" in run("doctor")[2]


def test_undoing_where_nothing_is_makes_nothing(run: Run, tmp_path: Path) -> None:
    code, out, err = run("imports", "undo", "orders")
    assert (code, out) == (2, "")
    assert "there is no log" in err
    assert list(tmp_path.iterdir()) == []


def test_a_refused_first_import_makes_no_workspace(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text(
        "customer,time,amount\na,2024-01-01,1\na,never,1\na,2024-01-01,1\na,2024-01-02,1\na,2024-01-02,1\n"
    )
    code, _, err = run("import", "bad.csv", "--tz", "Europe/Berlin", "--currency", "EUR")
    assert code == 2
    assert "bad.csv, line 3: time: not a possible time" in err
    assert [each.name for each in tmp_path.iterdir()] == ["bad.csv"]


def test_a_refusal_is_said_once(run: Run, tmp_path: Path) -> None:
    (tmp_path / "odd.csv").write_text("a,b\n1,2\n")
    assert run("import", "odd.csv")[2].count("odd.csv") == 1


COINS = "customer,time,order,amount,currency\na,2024-01-01,1,10,EUR\nb,2024-01-02,2,10,USD\nb,2024-01-03,3,10,GBP\n"


def test_currencies_are_told_apart_until_there_are_rates(run: Run, tmp_path: Path) -> None:
    assert run("define", "rates", "EUR", "USD=0.5")[0] == 2
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "orders.csv").write_text(COINS)
    run("import", "orders.csv", "--yes")
    code, _, err = run("measure", "monetary")
    assert code == 2
    assert "several currencies" in err
    assert "cherish define rates" in err
    told = json.loads(run("report", "overview", "--json")[1])
    assert (told["headline"]["value"], told["headline"]["orders"]) == (None, 3)
    assert any("several currencies" in note and "cherish define rates" in note for note in told["notes"])
    assert "1 purchase in EUR by 1 customer, " in run("look", "--quiet")[1]
    code, out, _ = run("define", "rates", "eur", "USD=0.5", "GBP=2")
    assert (code, out) == (0, "money is reported in EUR: 1 USD = 0.5 EUR, 1 GBP = 2 EUR\n")
    # 10 EUR, 10 USD at 0.5 and 10 GBP at 2.
    assert json.loads(run("report", "overview", "--json")[1])["headline"]["value"] == "35.0000"
    assert "3 purchases by 2 customers, " in run("look", "--quiet")[1]


@pytest.mark.parametrize(
    "words", [("euro", "USD=1"), ("EUR", "USD"), ("EUR", "USD=-1"), ("EUR", "USD=inf"), ("EUR", "dollar=1")]
)
def test_rates_that_are_none_are_refused(run: Run, shop: Path, words: tuple[str, ...]) -> None:
    run("import", shop, "--yes")
    code, out, err = run("define", "rates", *words)
    assert (code, out) == (2, "")
    assert "such as" in err


def test_more_rejects_than_usual_can_be_allowed(run: Run, shop: Path, tmp_path: Path) -> None:
    shop.write_text(CSV + "a,never,4,1\n")
    code, _, err = run("import", shop)
    assert code == 2
    assert "1 of 4 rows can't be taken, more than 5%" in err
    assert "--reject-share 100%" in err
    assert run("import", shop, "--reject-share", "most")[0] == 2
    assert run("import", shop, "--reject-share", "0.2")[0] == 2
    assert not (tmp_path / "cherish-workspace").exists()
    code, out, _ = run("import", shop, "--reject-share", "25%")
    assert code == 0
    assert "rejected: 1 row: time: not a possible time 1" in out
    left = (tmp_path / "cherish-workspace" / "rejects" / "orders.csv").read_text()
    assert left == "file,line,reason,customer,time,order,amount\norders.csv,5,time: not a possible time,a,never,4,1\n"
