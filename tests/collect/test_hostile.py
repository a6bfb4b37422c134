"""Files as nobody should write them: each is taken for what it says, or refused in a sentence with nothing loaded."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cherish.collect.importing import import_files
from cherish.collect.roles import event_name
from cherish.errors import CherishError, FileError, MappingError
from cherish.store.duckdb import DuckDBStore

DAYS = [datetime(2024, 1, 1 + n, 10, tzinfo=UTC) for n in range(12)]
HEAD = "customer,time,amount\n"
ROWS = [f"c{n % 4},{day:%Y-%m-%d %H:%M},{n}.50\n" for n, day in enumerate(DAYS)]
PLAIN = HEAD + "".join(ROWS)


def refused(store, path: Path, **wishes) -> str:
    """The one sentence with which a file is refused, and nothing is loaded."""
    with pytest.raises(CherishError) as caught:
        import_files(store, path, **wishes)
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)
    assert store.facts.first is None
    return str(caught.value)


def test_a_row_without_a_time_is_rejected(store, ask, write) -> None:
    many = "".join(f"c{n},2024-01-01\n" for n in range(60))
    summary = import_files(store, write("visits.csv", f"customer,time\n{many}c1,\nc2,  \n"))
    assert summary.rejected == {"time: no time": 2}
    assert ask("SELECT count(*), count(ts) FROM events") == [(60, 60)]


@pytest.mark.parametrize("text", ["a\0b", "\0"])
def test_a_byte_of_zero_is_rejected_with_its_row(store, ask, write, text) -> None:
    body = PLAIN + "".join(ROWS) + f"{text},2024-02-01,1\n"
    summary = import_files(store, write("a.csv", body))
    assert summary.rejected == {"a byte of zero in a text": 1}
    assert ask("SELECT count(*) FROM events") == [(24,)]


def test_an_escaped_zero_in_json_is_rejected_too(store, write) -> None:
    lines = [{"user_id": f"c{n}", "timestamp": "2024-01-01", "event": "Open"} for n in range(30)]
    lines.append({"user_id": "a\0b", "timestamp": "2024-01-01", "event": "Open"})
    summary = import_files(store, write("a.jsonl", "\n".join(json.dumps(each) for each in lines)))
    assert summary.rejected == {"a byte of zero in a text": 1}


@pytest.mark.parametrize("name", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_named(store, tmp_path: Path, name) -> None:
    (tmp_path / "a.csv").write_bytes(PLAIN.encode(name))
    assert f"--encoding {name}" in refused(store, tmp_path / "a.csv")
    assert "--encoding utf-16-le or utf-16-be" in refused(store, tmp_path / "a.csv", encoding="utf-16")
    assert import_files(store, tmp_path / "a.csv", encoding=name).orders == 12


@pytest.mark.parametrize("name", ["base64", "rot13", "undefined", "nonsense"])
def test_an_encoding_that_is_none_of_texts(store, write, name) -> None:
    assert f"'{name}' is not an encoding" in refused(store, write("a.csv", PLAIN), encoding=name)


@pytest.mark.parametrize(
    ("name", "body", "says"),
    [
        ("book.xlsx", b"PK\x03\x04\x14\0", "book.xlsx is an Excel workbook or a zip archive"),
        ("book.csv", b"\xd0\xcf\x11\xe0\xa1", "book.csv is an old Excel workbook"),
        ("page.pdf", b"%PDF-1.7 \xe2\xe3", "page.pdf is a PDF document"),
        ("noise.csv", bytes(range(256)) * 20, "noise.csv is not a file that can be imported"),
        ("empty.jsonl", b"{}\n{}\n", "empty.jsonl: its objects hold nothing"),
        ("one.json", b'{\n"a": 1\n}\n', "one.json, line 1: not valid JSON; give one object a line"),
        ("list.jsonl", b"1\n2\n", "list.jsonl, line 1: not a JSON object"),
    ],
)
def test_other_formats_are_named(store, tmp_path: Path, name, body, says) -> None:
    (tmp_path / name).write_bytes(body)
    assert says in refused(store, tmp_path / name)


def test_a_pipe_is_refused_at_once(store, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    assert "pipe.csv is a pipe or a device, not a file" in refused(store, tmp_path / "pipe.csv")


def table(path: Path, **columns) -> Path:
    base = {"customer": [f"c{n % 3}" for n in range(12)], "time": [day.replace(tzinfo=None) for day in DAYS]}
    pq.write_table(pa.table(base | columns), path)
    return path


def test_parquet_columns_that_hold_more_than_one_value(store, ask, tmp_path: Path) -> None:
    columns = {
        "numbers": [[1, 2]] * 12, "deep": [{"a": 1, "b": [1, None]}] * 12, "raw": [b"\0\xff"] * 12,
        "pairs": pa.array([[("k", 1)]] * 12, pa.map_(pa.string(), pa.int32())),
    }  # fmt: skip
    import_files(store, table(tmp_path / "visits.parquet", **columns))
    (text,) = {row[0] for row in ask("SELECT CAST(properties AS VARCHAR) FROM events")}
    assert json.loads(text) == {"numbers": [1, 2], "deep": {"a": 1, "b": [1, None]}, "pairs": {"k": 1}}


def test_parquet_times_with_a_zone(store, ask, tmp_path: Path) -> None:
    from cherish.story.preview import preview

    path = table(tmp_path / "visits.parquet", time=pa.array(DAYS, pa.timestamp("us", tz="America/New_York")))
    (seen,) = preview([path])
    assert {role.name: role.values[0] for role in seen.roles}["time"].startswith("2024-01-01 10:00:00")
    import_files(store, path)
    assert ask("SELECT min(ts) FROM events") == [(datetime(2024, 1, 1, 10),)]


def test_parquet_that_is_damaged_inside(store, tmp_path: Path) -> None:
    path = table(tmp_path / "visits.parquet")
    body = bytearray(path.read_bytes())
    body[4:200] = b"\xff" * 196
    path.write_bytes(body)
    assert "visits.parquet can't be read" in refused(store, path)


def test_a_column_name_that_the_engine_needs(store, tmp_path: Path) -> None:
    path = table(tmp_path / "visits.parquet", file_row_number=[1] * 12)
    assert "file_row_number for itself; rename this column" in refused(store, path)


def test_a_currency_that_is_none(store, write) -> None:
    with pytest.raises(MappingError, match="'euro': give the code of three letters"):
        import_files(store, write("a.csv", PLAIN), currency="euro")
    assert import_files(store, write("a.csv", PLAIN), currency="eur").money[0].currency == "EUR"


def test_the_first_import_says_the_zone_and_a_refused_one_nothing(tmp_path: Path, write) -> None:
    store = DuckDBStore(tmp_path / "shop")
    with pytest.raises(FileError):
        import_files(store, write("a.csv", PLAIN + "c1,never,1\n"), zone="Asia/Tokyo", currency="JPY")
    assert not (tmp_path / "shop").exists()
    import_files(store, write("a.csv", PLAIN), zone="Europe/Berlin", currency="EUR")
    assert (store.facts.zone, store.facts.currency) == ("Europe/Berlin", "EUR")
    import_files(store, write("b.csv", HEAD + "c1,2024-03-01,1\n"), zone="Asia/Tokyo", currency="JPY")
    assert (store.facts.zone, store.facts.currency) == ("Europe/Berlin", "EUR")


def test_the_summary_counts_who_bought_in_a_stream_of_events(store, write) -> None:
    lines = [
        {"type": "track", "userId": who, "event": "Order Completed", "messageId": f"m{n}",
         "timestamp": f"2024-01-0{n + 1}T10:00:00Z", "properties": {"order_id": f"o{n}", "revenue": 5}}
        for n, who in enumerate(("ann", "bob", "ann"))
    ]  # fmt: skip
    lines.append({"type": "page", "anonymousId": "x", "messageId": "m9", "timestamp": "2024-01-02T10:00:00Z"})
    summary = import_files(store, write("stream.jsonl", "\n".join(json.dumps(each) for each in lines)))
    assert (summary.orders, summary.customers_with_order, summary.customers) == (3, 2, 3)
    assert "3 orders by 2 customers" in summary.lines()[1]


def test_a_row_in_two_files_counts_once_in_the_summary(store, write) -> None:
    paths = [write("a.csv", HEAD + "".join(ROWS[:8])), write("b.csv", HEAD + "".join(ROWS[4:]))]
    summary = import_files(store, paths)
    assert (summary.rows_taken, summary.orders, summary.events_new, summary.events_known) == (16, 12, 12, 4)
    assert summary.money[0].gross == sum(n + 0.5 for n in range(12))


def test_the_summary_tells_of_traits_beside_orders(store, write) -> None:
    paths = [write("orders.csv", PLAIN), write("people.csv", "customer_id,age\nc1,30\nc2,40\n")]
    assert "  traits of 2 customers".strip() in import_files(store, paths).lines()


def test_one_is_written_as_one(store, write) -> None:
    text = "\n".join(import_files(store, write("a.csv", HEAD + ROWS[0])).lines())
    assert "1 of 1 row read" in text
    assert "1 order by 1 customer\n" in text
    assert "1 event is new, 0 were known" in text


def test_times_that_can_not_be_read_make_nobody_a_customer_file(store, write) -> None:
    body = "customer,date,amount\n" + "".join(f"c{n},Q{n % 4} of 2024,{n}\n" for n in range(20))
    assert "date is called like a time, and hardly any of it can be read as one" in refused(store, write("o.csv", body))
    assert import_files(store, write("p.csv", body), kind="customers").traits == 20
    assert import_files(store, write("customers.csv", body)).traits == 20


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("pages", "Page Viewed"), ("page_views", "Page Viewed"), ("pageviews", "Page Viewed"), ("visits", "Visited"),
        ("clicks", "Clicked"), ("posts", "Post Created"), ("coupon_redemptions", "Coupon Redeemed"),
    ],
)  # fmt: skip
def test_what_a_row_of_a_file_tells(stem, name) -> None:
    assert event_name(stem) == name
