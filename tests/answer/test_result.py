"""A result as JSON, CSV, data frame, text, HTML and picture."""

from __future__ import annotations

import csv
import io
import json
import sys
from typing import Any

import pytest

from answer.small import shop
from cherish import charts
from cherish.errors import FileError, QuestionError, Unsupported
from cherish.library import Log
from cherish.result import Result
from cherish.show.terminal import plain


@pytest.fixture(scope="module")
def log() -> Log:
    return Log(shop())


@pytest.fixture(scope="module")
def results(log: Log) -> list[Result]:
    asked = [log.measure("monetary"), log.measure("monetary", by="country"), log.measure("recency", over="3d")]
    return [*asked, log.report("actives"), log.report("overview"), log.report("retention", unit="day", buckets=2)]


def test_json_loses_nothing(results: list[Result]) -> None:
    for each in results:
        again = Result.from_json(each.to_json())
        assert again.table.equals(each.table)
        assert again.table.schema == each.table.schema
        assert again == each
        assert again.to_json() == each.to_json()


def test_money_travels_as_exact_text(log: Log) -> None:
    found = json.loads(log.measure("monetary").to_json())
    assert found["table"][0]["value"] == "20.0000"
    assert found["headline"]["sum"] == "35.7500"


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"cherish": 1}', '{"cherish": 99}'])
def test_what_is_no_result_is_refused(text: str) -> None:
    with pytest.raises(FileError):
        Result.from_json(text)


def test_csv_is_exact_and_whole(log: Log) -> None:
    result = log.measure("monetary", per="order")
    rows = list(csv.DictReader(io.StringIO(result.to_csv())))
    assert [(row["customer"], row["y"], row["why"]) for row in rows] == [
        ("b", "20.0000", ""), ("a", "15.7500", ""), ("c", "", "no_orders")
    ]  # fmt: skip


def test_frames(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("pandas", "polars"):
        pytest.importorskip(name, reason=f"{name} comes with the extra `test`", exc_type=ImportError)
    result = log.measure("recency")
    assert list(result.to_polars()["customer"]) == ["a", "b", "c"] or result.to_polars().height == 3
    assert len(result.to_pandas()) == 3
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(Unsupported, match="pip install polars"):
        result.to_polars()


def test_a_result_reads_as_a_sentence_a_table_and_its_origin(results: list[Result]) -> None:
    text = repr(results[0])
    assert text.startswith("monetary: 11.92 EUR on average over 3 customers")
    assert "before 2024-01-06 UTC" in text
    assert "monetary@1" in text
    for each in results:
        assert all(len(line) <= 100 for line in repr(each).splitlines())
        assert "\x1b" not in repr(each)
        assert each._repr_html_().count("<tr>") >= 2


def test_names_from_data_can_steer_neither_terminal_nor_page() -> None:
    from datetime import datetime

    from logs import event, log_of

    log = Log(log_of([event("\x1b[31m<b>evil</b>", "Visit", datetime(2024, 1, 1))]))
    result = log.measure("tenure")
    assert "\x1b" not in repr(result)
    assert "<b>" not in result._repr_html_()


def test_pictures_of_every_shape(results: list[Result], tmp_path: Any) -> None:
    for each in results:
        for dark in (False, True):
            chart = each.chart(dark=dark)
            assert charts.specification(chart)["config"]["font"] == charts.FONT
    assert charts.save(results[1], tmp_path / "a.svg").read_text().startswith("<svg")
    assert charts.save(results[0], tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    page = charts.save(results[2], tmp_path / "a.html").read_text()
    assert 'src="http' not in page
    for name, says in (("a.gif", "ends in"), ("missing/a.svg", "no folder")):
        with pytest.raises(QuestionError, match=says):
            charts.save(results[0], tmp_path / name)


def test_explain_shows_all_that_stands_behind(log: Log) -> None:
    text = repr(log.explain("monetary"))
    for part in ("SELECT", "formula", "Hughes", "monetary@1", "per=order", "parameters", "The first 3 of 3 rows"):
        assert part in text
    assert json.loads(log.explain("recency").to_json())["result"]["name"].startswith("recency(")
    again = Result.from_json(log.measure("recency").to_json())
    with pytest.raises(Unsupported, match="cherish measure recency"):
        again.explain()
    with pytest.raises(Unsupported):
        again.sql()


def test_whole_numbers_stay_whole_in_a_frame_where_some_are_missing() -> None:
    pandas = pytest.importorskip("pandas")
    frame = Log(shop()).measure("rfm").to_pandas()
    assert frame["cell"].dtype == pandas.Int64Dtype()
    cells = dict(zip(frame["customer"], frame["cell"], strict=True))
    assert {str(cells[each]) for each in "ab"} <= {str(100 * r + 10 * f + m) for r in range(1, 6) for f in range(1, 6)
                                                    for m in range(1, 6)}  # fmt: skip
    assert cells["c"] is pandas.NA


def test_a_table_wider_than_people_read_is_written_in_parts_with_what_its_rows_are(monkeypatch: Any) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    found = Log(shop()).report("funnel", steps="Order Completed|Order Completed|Product Viewed")
    lines = plain(found).splitlines()
    assert max(map(len, lines)) <= 120
    heads = [line.split() for line in lines if line.startswith(("step", " step"))]
    assert len(heads) > 1
    assert all(head[:2] == ["step", "name"] for head in heads)
    shown = [name for head in heads for name in head[2:]]
    assert len(shown) == len(set(shown))
    assert set(shown) <= set(found.table.column_names)
    assert {"reached", "step_rate", "overall_rate_high"} <= set(shown)
    monkeypatch.setenv("COLUMNS", "400")
    assert len([line for line in plain(found).splitlines() if line.startswith("step")]) == 1
