"""Survey files by layout: eight years of an airport's survey as they come, and what a layout may not say."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

import cherish
from cherish.collect.layouts import load
from cherish.errors import FileError, MappingError
from cherish.library import Log

EXAMPLES = Path(__file__).parents[2] / "examples" / "sfo_survey"
ROWS = {2010: 3_234, 2011: 3_872, 2012: 3_521, 2013: 3_535, 2014: 2_818, 2015: 2_958, 2016: 3_087, 2017: 2_831}
"""25,856 rows in all: the data sets' README."""


@pytest.fixture(scope="module")
def airport(datasets: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Log, dict[int, Any]]:
    folder = tmp_path_factory.mktemp("airport")
    shutil.copytree(EXAMPLES / "instruments", folder / "instruments")
    log = cherish.open(folder)
    found = {
        year: log.import_files(
            datasets / "sfo_survey" / f"y{year}.parquet", survey=EXAMPLES / f"y{year}.toml", zone="America/Los_Angeles"
        )
        for year in ROWS
    }
    return log, found


@pytest.mark.parametrize("year", ROWS)
def test_every_year_comes_in(airport: tuple[Log, dict[int, Any]], datasets: Path, year: int) -> None:
    log, found = airport
    summary = found[year]
    assert f"{ROWS[year]:,} rows" in summary.notes[0]
    assert not summary.rejected
    assert not summary.set_aside
    # Counted once more on the file: a plain number on its scale is an answer, all else is none.
    file = datasets / "sfo_survey" / f"y{year}.parquet"
    layout = load(EXAMPLES / f"y{year}.toml", (EXAMPLES / "instruments",))
    counts = []
    for answer in layout.answers:
        column = f'TRY_CAST("{answer.column}" AS DOUBLE)'
        within = f"{column} BETWEEN {answer.low} AND {answer.high}"
        counts.append(f"count(*) FILTER ({within}), CAST(sum({column}) FILTER ({within}) AS BIGINT)")
    expected = duckdb.connect().execute(f"SELECT {', '.join(counts)} FROM '{file}'").fetchall()[0]
    kept = log.sql(
        "SELECT properties ->> '$.instrument' || '.' || (properties ->> '$.item') AS item, count(*) AS n, "
        f"CAST(sum(CAST(properties ->> '$.score' AS DOUBLE)) AS BIGINT) AS total FROM events "
        f"WHERE user_id LIKE '{year}-%' GROUP BY 1"
    ).to_pylist()
    in_log = {row["item"]: (row["n"], row["total"]) for row in kept}
    assert len(in_log) == len(layout.answers)
    for place, answer in enumerate(layout.answers):
        assert in_log[f"{answer.instrument}.{answer.item}"] == expected[2 * place : 2 * place + 2], answer


def test_the_recommend_score_of_2017(airport: tuple[Log, dict[int, Any]]) -> None:
    log, found = airport
    assert "NETPRO: kept out, 84 coded 11 (blank), 1 empty" in found[2017].notes[1]
    headline = log.report("survey").headline
    assert headline["n"] == 2_746
    assert headline["value"] == pytest.approx(39.84, abs=5e-3)
    assert headline["weighted"] == pytest.approx(40.40, abs=5e-3)
    assert (headline["share_of_promoters"], headline["share_of_detractors"]) == pytest.approx(
        (0.5229, 0.1245), abs=5e-5
    )
    assert headline["refused"] == 0


def test_days_are_those_of_the_survey(airport: tuple[Log, dict[int, Any]]) -> None:
    _, found = airport
    spans = {year: (f"{found[year].first:%Y-%m-%d}", f"{found[year].last:%Y-%m-%d}") for year in (2012, 2016, 2017)}
    assert spans == {
        2012: ("2012-01-01", "2012-01-01"), 2016: ("2016-05-06", "2016-05-24"), 2017: ("2017-05-05", "2017-05-30"),
    }  # fmt: skip


def test_the_same_year_again_adds_nothing(airport: tuple[Log, dict[int, Any]], datasets: Path) -> None:
    log, found = airport
    again = log.import_files(
        datasets / "sfo_survey" / "y2017.parquet", survey=EXAMPLES / "y2017.toml", name="again", dry_run=True
    )
    assert (again.events_new, again.events_known) == (0, found[2017].events_new)


# -- small files --------------------------------------------------------------------------------------------------

LAYOUT = """
items = [{ column = "nps", instrument = "recommend", item = "recommend", kept_out = { 11 = "blank" } }]
weight = "w"
[respondent]
column = "id"
[time]
column = "day"
"""
FILE = "id,day,nps,w\na,2024-03-01,10,1\nb,2024-03-01,11,1\nc,2024-03-02,3,2\nd,2024-03-02,,1\n"


def asked(folder: Path, layout: str = LAYOUT, file: str = FILE, **more: Any) -> tuple[Log, Any]:
    (folder / "wave.toml").write_text(layout)
    (folder / "wave.csv").write_text(file)
    log = cherish.open(folder / "ws")
    return log, log.import_files(folder / "wave.csv", survey=folder / "wave.toml", **more)


def test_a_small_wave(tmp_path: Path) -> None:
    log, summary = asked(tmp_path)
    assert (summary.events, summary.customers) == ({"Survey Answered": 2}, 2)
    assert summary.notes[0] == "wave.csv: 4 rows, 2 answers"
    assert "1 coded 11 (blank), 1 empty" in summary.notes[1]
    # One promoter of weight 1, one detractor of weight 2: plain 0, weighted -1/3.
    headline = log.report("survey").headline
    assert (headline["value"], headline["weighted"]) == (0, pytest.approx(-100 / 3))


def test_an_answer_off_its_scale_is_rejected_with_its_line(tmp_path: Path) -> None:
    file = FILE + "e,2024-03-02,12,1\nf,2024-03-02,often,1\n"
    with pytest.raises(FileError, match=r"wave.csv, line 6: nps: not a number from 0 to 10; 2 of 4 rows"):
        asked(tmp_path, file=file)
    log, summary = asked(tmp_path, file=file, reject_share=1.0)
    assert summary.rejected == {"nps: not a number from 0 to 10": 2}
    assert (summary.rejects_file or Path()).read_text().splitlines()[2].startswith("wave.csv,7,nps: not a number")
    assert log.report("survey").headline["n"] == 2


def test_a_weight_is_a_number_above_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="line 2: w: a weight must be a number above 0"):
        asked(tmp_path, file=FILE.replace("a,2024-03-01,10,1", "a,2024-03-01,10,0"))


def test_days_of_a_month(tmp_path: Path) -> None:
    layout = LAYOUT.replace('column = "day"', 'column = "day"\nmonth = "2024-02"')
    file = "id,day,nps,w\na,1,10,1\nb,29.0,9,1\n"
    _, summary = asked(tmp_path, layout, file)
    assert (str(summary.first), str(summary.last)) == ("2024-02-01 00:00:00+00:00", "2024-02-29 00:00:00+00:00")
    with pytest.raises(FileError, match="line 2: time: "):
        asked(tmp_path, layout, "id,day,nps,w\na,30,10,1\n")


def test_nobody_is_nobody(tmp_path: Path) -> None:
    _, summary = asked(tmp_path, file=FILE + ",2024-03-02,5,1\n")
    assert summary.set_aside == {"no customer": 1}
    with pytest.raises(FileError, match="not one answer is in the columns that wave names"):
        asked(tmp_path, file="id,day,nps,w\na,2024-03-01,11,1\n")


WRONG = {
    "a column that is not there": (LAYOUT.replace('"nps"', '"nsp"'), "there is no column 'nsp', which the layout wave"),
    "a code on the scale": (LAYOUT.replace("11 =", "10 ="), "the code 10 (blank) lies on the scale from 0 to 10"),
    "an item that is not there": (
        LAYOUT.replace('item = "recommend"', 'item = "again"'),
        "wave.toml: items[0].item = 'again': recommend has no such item; it has recommend",
    ),
    "an item that is not there, on a scale of its own": (
        LAYOUT.replace('item = "recommend"', 'item = "again", min = 0, max = 10'),
        "wave.toml: items[0].item = 'again': recommend has no such item; it has recommend",
    ),
    "no scale": (
        LAYOUT.replace('instrument = "recommend"', 'instrument = "own"'),
        "no instrument is called 'own', so give",
    ),
    "no instrument": (LAYOUT.replace('instrument = "recommend", ', ""), "say which instrument it belongs to"),
    "two times": (LAYOUT + 'at = "2024-01-01"', "give either the column of the time or `at`"),
    "no month": (LAYOUT + 'month = "May"', "time.month = 'May': write a month as 2017-05"),
    "a reserved name": (LAYOUT + '[properties]\nscore = "w"', "properties.score: every answer has a property"),
    "an unknown field": (LAYOUT.replace("weight", "wieght"), "`wieght`"),
    "not TOML": ("items = ", "is not TOML"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_with_a_layout_is_named(case: str, tmp_path: Path) -> None:
    layout, says = WRONG[case]
    with pytest.raises(FileError, match=re.escape(says)):
        asked(tmp_path, layout)
    assert not (tmp_path / "ws" / "log.duckdb").exists()


def test_a_layout_says_it_all(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="--kind: with --survey the layout says which column is what"):
        asked(tmp_path, kind="events")
    with pytest.raises(FileError, match="No such file"):
        cherish.open(tmp_path / "ws").import_files(tmp_path / "wave.csv", survey=tmp_path / "gone.toml")


def test_an_instrument_without_a_file_has_the_items_that_a_layout_names(tmp_path: Path) -> None:
    own = 'instrument = "own", item = "again", min = 0, max = 10'
    _, summary = asked(tmp_path, LAYOUT.replace('instrument = "recommend", item = "recommend"', own))
    assert summary.events == {"Survey Answered": 2}


def test_several_files_under_one_layout(tmp_path: Path) -> None:
    # The third has a broken record before a bad answer: lines are those of the file.
    for name, text in (("one.csv", FILE), ("two.csv", FILE.replace("a,", "x,").replace("c,", "y,"))):
        (tmp_path / name).write_text(text)
    (tmp_path / "three.csv").write_text("id,day,nps,w\nv,2024-03-05,9,1\nw,2024-03-05\nz,2024-03-05,77,1\n")
    (tmp_path / "wave.toml").write_text(LAYOUT)
    files = [tmp_path / f"{name}.csv" for name in ("one", "two", "three")]
    summary = cherish.open(tmp_path / "ws").import_files(*files, survey=tmp_path / "wave.toml", reject_share=1.0)
    assert summary.events == {"Survey Answered": 5}
    assert summary.rejected == {"nps: not a number from 0 to 10": 1, "fewer fields than columns": 1}
    lines = (summary.rejects_file or Path()).read_text().splitlines()
    assert sorted(line.split(",")[:2] for line in lines[1:]) == [["three.csv", "3"], ["three.csv", "4"]]
