"""The front door: open, read, measures as functions; light to import and no longer on the file than a question."""

from __future__ import annotations

import inspect
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

import cherish
from cherish.errors import MappingError, QuestionError, WorkspaceError

TABLE = pa.table(
    {
        "who": ["a", "b", "a"],
        "when": [datetime(2024, 1, 1), datetime(2024, 1, 2), datetime(2024, 1, 5)],
        "what": ["Visit", "Visit", "Buy"],
    }
)
CSV = "customer,when,order,amount\na,2024-01-01 10:00,1,10.50\nb,2024-01-02 11:00,2,20\n"


def test_importing_cherish_is_light() -> None:
    heavy = ("ibis", "duckdb", "pyarrow", "altair", "numpy", "pandas", "rich", "typer")
    script = f"import sys, cherish; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_everything_promised_is_there() -> None:
    assert all(hasattr(cherish, name) for name in cherish.__all__)
    with pytest.raises(AttributeError):
        cherish.nothing  # noqa: B018


def frame(kind: str) -> object:
    if kind == "pyarrow":
        return TABLE
    library = pytest.importorskip(kind, reason=f"{kind} comes with the extra `test`", exc_type=ImportError)
    return TABLE.to_pandas() if kind == "pandas" else library.from_arrow(TABLE)


@pytest.mark.parametrize("kind", ["pyarrow", "pandas", "polars"])
def test_tables_of_every_kind_give_the_same(kind: str) -> None:
    source = frame(kind)
    log = cherish.read(source, customer="who", ts="when", name="what")
    assert log.facts.names == {"Visit": 2, "Buy": 1}
    assert log.measure("active_days").headline["value"] == 1.5
    assert repr(log) == "<Log 3 events, 2 customers, 2024-01-01 to 2024-01-05, UTC>"


def test_files_are_read_without_a_workspace(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(CSV)
    log = cherish.read([file], ts="when", zone="Europe/Berlin", currency="EUR")
    assert (log.facts.zone, log.facts.currencies) == ("Europe/Berlin", {"EUR": 2})
    assert str(log.measure("monetary").headline["sum"]) == "30.5000"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["orders.csv"]


def test_an_ibis_table_must_be_told_its_columns() -> None:
    import ibis

    with pytest.raises(MappingError, match=r"customer=.*ts="):
        cherish.read(ibis.table({"a": "string"}, name="t"))


def test_a_workspace_is_held_for_a_question_only(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(CSV)
    log = cherish.open(tmp_path / "ws")
    with pytest.raises(WorkspaceError, match="cherish import"):
        log.measure("recency")
    log.import_files(file, zone="Europe/Berlin", currency="EUR")
    assert [each.name for each in log.imports()] == ["orders"]
    assert log.facts.zone == "Europe/Berlin"
    assert log.measure("monetary").headline["customers"] == 2
    # Another process could write now; here another connection does.
    duckdb.connect(str(tmp_path / "ws" / "log.duckdb")).close()
    assert log.sql("SELECT count(*) AS n FROM orders").to_pylist() == [{"n": 2}]
    with log.session() as held:
        assert held.report("overview").headline["orders"] == 2


def test_signature_and_docstring_come_from_the_definition() -> None:
    log = cherish.read(TABLE, customer="who", ts="when", name="what")
    found = inspect.signature(log.measures.recency).parameters
    assert [name for name, each in found.items()][:2] == ["active", "window"]
    assert found["active"].default == "core"
    assert "by" in found
    assert "over" not in inspect.signature(log.reports.overview).parameters
    assert "Novo 2001" in (log.measures.recency.__doc__ or "")
    assert "recency" in dir(log.measures)
    assert log.measures.recency(window="7d").name == log.ask("measure/recency?window=7d").name
    assert log.ask(log.measure("recency").query.to_json()) == log.measure("recency")
    with pytest.raises(QuestionError, match="did you mean"):
        log.measures.recencyy  # noqa: B018


def test_the_catalogue_finds_by_words() -> None:
    found = [each.name for each in cherish.catalogue("last active")]
    assert set(found[:2]) == {"recency", "latency"}
    assert "monetary" not in found
    assert {each.family for each in cherish.catalogue("sessions")} >= {"C"}
    assert "monetary" in repr(cherish.catalogue("money"))
    assert "<table>" in cherish.catalogue("money")._repr_html_()


@pytest.mark.parametrize(
    ("words", "first", "others"),
    [
        ("Greenberg", "customer_initiated", {"relationship", "ladder"}),
        ("van Doorn", "content", {"voices", "word_of_mouth"}),
        ("vivek", "customer_initiated", {"depth", "survey_score", "survey"}),
        ("Peterson Carrabis", "visitor_engagement", set()),
        ("Brooke 1996", "sus", set()),
        ("gini", "concentration", {"community_roles"}),
        ("quick ratio", "growth", set()),
        ("bg_nbd", "clv", {"expected_purchases", "p_alive"}),
    ],
)
def test_the_catalogue_finds_authors_formulas_and_parameters(words: str, first: str, others: set[str]) -> None:
    found = [each.name for each in cherish.catalogue(words)]
    assert found[0] == first
    assert others <= set(found)
    assert len(found) < 9


def test_the_catalogue_shows_the_best_match_first() -> None:
    assert cherish.catalogue("retention")[0].name == "retention"
    money = [each.name for each in cherish.catalogue("money")]
    # What asks for money stands before what only takes a currency, or says that it is not about it.
    assert max(map(money.index, ("monetary", "rfm", "revenue"))) < money.index("frequency")
    assert not cherish.catalogue("money xyzzy")
