"""Times as files hold them: forms, zones, two readings, impossible ones; Python's own datetime is the witness."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cherish.collect import dates
from cherish.collect.importing import import_files
from cherish.errors import FileError, MappingError


def body(*times: str) -> str:
    return "user_id;timestamp;event\n" + "".join(f"u{n:03};{at};Open\n" for n, at in enumerate(times))


def read(store, write, ask, *times: str, **options) -> list[str]:
    import_files(store, write("e.csv", body(*times)), **options)
    return [row[0] for row in ask("SELECT ts::VARCHAR FROM events ORDER BY user_id")]


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2024-03-05", "2024-03-05 00:00:00"),
        ("2024-03-05 14:07", "2024-03-05 14:07:00"),
        ("2024/03/05 14:07:09", "2024-03-05 14:07:09"),
        ("2024-03-05T14:07:09.25", "2024-03-05 14:07:09.25"),
        ("2024-03-05T14:07:09Z", "2024-03-05 14:07:09"),
        ("2024-03-05T14:07:09+02:00", "2024-03-05 12:07:09"),
        ("2024-03-05 14:07:09 +0530", "2024-03-05 08:37:09"),
        ("2024-03-05 14:07:09 UTC", "2024-03-05 14:07:09"),
        ("Tue, 05 Mar 2024 14:07:09 +0100", "2024-03-05 13:07:09"),
        ("5 Mar 2024 14:07", "2024-03-05 14:07:00"),
        ("March 5, 2024", "2024-03-05 00:00:00"),
        ("31.12.2024", "2024-12-31 00:00:00"),
        ("05.03.2024 14:07", "2024-03-05 14:07:00"),
        ("31/12/2024", "2024-12-31 00:00:00"),
        ("12/31/2024 2:05 PM", "2024-12-31 14:05:00"),
        ("12/31/99", "1999-12-31 00:00:00"),
        ("20240305", "2024-03-05 00:00:00"),
        ("1709647629", "2024-03-05 14:07:09"),
        ("1709647629250", "2024-03-05 14:07:09.25"),
        ("1709647629250000", "2024-03-05 14:07:09.25"),
    ],
)
def test_forms(store, write, ask, text, utc) -> None:
    assert read(store, write, ask, text) == [utc]


def test_local_times_are_the_zones(store, write, ask) -> None:
    times = ("2024-01-15 12:00", "2024-07-15 12:00")
    assert read(store, write, ask, *times, zone="Europe/Berlin") == ["2024-01-15 11:00:00", "2024-07-15 10:00:00"]


def test_the_workspace_has_the_say(store, write, ask) -> None:
    store.configure(zone="America/New_York")
    assert read(store, write, ask, "2024-01-15 12:00") == ["2024-01-15 17:00:00"]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns")),
    st.lists(st.datetimes(datetime(1995, 1, 1), datetime(2035, 1, 1)), min_size=1, max_size=30),
)
def test_local_to_utc_is_pythons(bench, zone, walls) -> None:
    local = ZoneInfo(zone)
    hours = [wall.replace(minute=30, second=0, microsecond=0) for wall in walls]
    # The hours around every change of the clock in one of the years, too.
    year = walls[0].year
    hours += [
        datetime(year, month, day, hour, 15) for month in (3, 4, 10, 11) for day in range(1, 32, 7) for hour in range(4)
              if day <= 30]  # fmt: skip
    sql = dates.to_utc_sql("t", zone, min(hours), max(hours))
    bench.run("CREATE OR REPLACE TEMP TABLE walls (t TIMESTAMP)")
    bench.connection.executemany("INSERT INTO walls VALUES (?)", [[wall] for wall in hours])
    found = [row[0] for row in bench.rows(f"SELECT {sql} FROM walls ORDER BY rowid")]
    assert found == [wall.replace(tzinfo=local).astimezone(UTC).replace(tzinfo=None) for wall in hours]


@settings(max_examples=60, deadline=None)
@given(st.datetimes(datetime(1971, 1, 1), datetime(2069, 12, 31)), st.sampled_from(("/", "-", ".")), st.booleans())
def test_day_and_month_first(bench, at, sign, short) -> None:
    year = f"{at:%y}" if short else f"{at:%Y}"
    midnight = datetime(at.year, at.month, at.day)
    day_first, month_first = f"{at.day}{sign}{at.month:02}{sign}{year}", f"{at.month}{sign}{at.day:02}{sign}{year}"
    if short and at.year < 1970 + 100 and at.year >= 2070:
        return
    (found,) = bench.row(f"SELECT {dates.naive_sql('x', 'day-first')} FROM (SELECT '{day_first}' AS x)")
    assert found == midnight
    if sign != ".":
        (found,) = bench.row(f"SELECT {dates.naive_sql('x', 'month-first')} FROM (SELECT '{month_first}' AS x)")
        assert found == midnight
        (found,) = bench.row(f"SELECT {dates.naive_sql('x', 'either')} FROM (SELECT '{day_first}' AS x)")
        assert found == (midnight if at.day > 12 or at.day == at.month else None)


def test_one_row_settles_the_file(store, write, ask) -> None:
    assert read(store, write, ask, "03/04/2011", "25/04/2011") == ["2011-04-03 00:00:00", "2011-04-25 00:00:00"]


def test_month_first_settles_it_the_other_way(store, write, ask) -> None:
    assert read(store, write, ask, "03/04/2011", "04/25/2011") == ["2011-03-04 00:00:00", "2011-04-25 00:00:00"]


def test_nothing_settles_it(store, write, ask, tmp_path) -> None:
    sure = ["05/05/2011"] * 30
    summary = import_files(store, write("e.csv", body("03/04/2011", *sure)), rejects_dir=tmp_path)
    assert summary.rejected == {f"timestamp: {dates.TWO_READINGS}": 1}
    assert summary.rejects_file is not None
    assert summary.rejects_file.read_text().splitlines()[1].startswith('e.csv,2,"timestamp: two readings')
    assert read(store, write, ask, "03/04/2011", dates="day-first", name="x")[0] == "2011-04-03 00:00:00"


def test_if_most_are_open_the_way_out_is_named(store, write) -> None:
    with pytest.raises(
        FileError, match=r"e\.csv, line 2: timestamp: two readings .* --dates day-first or --dates month"
    ):
        import_files(store, write("e.csv", body("03/04/2011", "05/06/2011")))
    with pytest.raises(MappingError, match="choose day-first or month-first"):
        import_files(store, write("e.csv", body("03/04/2011")), dates="european")


def test_zoned_and_local_mixed_is_refused_with_a_line_of_each(store, write, ask) -> None:
    times = ("2024-01-01T10:00:00Z", "2024-01-02T10:00:00Z", "2024-01-03 10:00")
    with pytest.raises(
        FileError, match=r"e\.csv: timestamp has times with a zone \(line 2\) and without one \(line 4\).*--tz"
    ):
        import_files(store, write("e.csv", body(*times)))
    assert store.facts.first is None
    assert read(store, write, ask, *times, zone="Asia/Tokyo")[2] == "2024-01-03 01:00:00"


@pytest.mark.parametrize(
    "bad", ["2024-02-30", "2024-13-01", "yesterday", "2100-01-01", "1899-12-31 23:00", "infinity", "0"]
)
def test_impossible_times_are_rejected(store, write, bad) -> None:
    summary = import_files(store, write("e.csv", body(*["2024-01-01"] * 30, bad)))
    assert (sum(summary.rejected.values()), summary.rows_taken) == (1, 30)


def test_the_last_moment_that_can_be(store, write, ask) -> None:
    assert read(store, write, ask, "2099-12-31 23:59", "1900-01-01") == ["2099-12-31 23:59:00", "1900-01-01 00:00:00"]


def test_span_of_the_summary(store, write) -> None:
    summary = import_files(store, write("e.csv", body("2024-01-01", "2024-01-03")))
    assert summary.last is not None
    assert summary.first is not None
    assert summary.last - summary.first == timedelta(days=2)
