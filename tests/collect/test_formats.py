"""The same rows in every format, dialect and encoding; and what can't be read, refused in a sentence."""

import gzip
import json
import re
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cherish.collect.importing import import_files
from cherish.errors import FileError, MappingError
from cherish.store.memory import memory

ROWS = [("ann", "2024-01-01 10:00:00", "Zürich, west", "12.50"), ("bob", "2024-01-02 11:30:00", 'a "b"', "3.25")]
NAMES = ("customer_id", "date", "place name", "amount")
RESULT = [
    ("ann", "2024-01-01 10:00:00", Decimal("12.5000"), "Zürich, west"),
    ("bob", "2024-01-02 11:30:00", Decimal("3.2500"), 'a "b"'),
]


def delimited(sep: str, quote: str = '"') -> str:
    def cell(text: str) -> str:
        return quote + text.replace(quote, quote * 2) + quote if sep in text or quote in text else text

    return "".join(sep.join(cell(each) for each in row) + "\n" for row in (NAMES, *ROWS))


def check(ask) -> None:
    columns = "user_id, ts::VARCHAR, value, properties ->> '/place name'"
    assert ask(f"SELECT {columns} FROM events ORDER BY 1") == RESULT


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("a.csv", delimited(",").encode()),
        ("a.tsv", delimited("\t").encode()),
        ("semicolons.csv", delimited(";").encode()),
        ("bars.txt", delimited("|").encode()),
        ("windows.csv", delimited(",").replace("\n", "\r\n").encode()),
        ("marked.csv", b"\xef\xbb\xbf" + delimited(",").encode()),
        ("wide.csv", delimited(",").encode("utf-16")),
        ("a.csv.gz", gzip.compress(delimited(",").encode())),
        ("no-newline.csv", delimited(",").rstrip("\n").encode()),
        ("a.jsonl", "".join(json.dumps(dict(zip(NAMES, row, strict=True))) + "\n" for row in ROWS).encode()),
        ("a.json", json.dumps([dict(zip(NAMES, row, strict=True)) for row in ROWS]).encode()),
        (
            "a.ndjson.gz",
            gzip.compress("\n\n".join(json.dumps(dict(zip(NAMES, r, strict=True))) for r in ROWS).encode()),
        ),
        ("unnamed", delimited(",").encode()),
    ],
)
def test_every_format_gives_the_same_rows(store, ask, tmp_path: Path, name, body) -> None:
    (tmp_path / name).write_bytes(body)
    summary = import_files(store, tmp_path / name)
    assert (summary.rows_read, summary.orders) == (2, 2)
    check(ask)


def test_parquet_with_types(store, ask, tmp_path: Path) -> None:
    from datetime import datetime

    table = pa.table(
        {
            "customer_id": ["ann", "bob"],
            "date": [datetime.fromisoformat(row[1]) for row in ROWS],
            "place name": [row[2] for row in ROWS],
            "amount": [Decimal("12.5"), Decimal("3.25")],
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    import_files(store, tmp_path / "a.parquet")
    check(ask)


def test_latin_1_is_refused_with_line_and_way_out(store, ask, tmp_path: Path) -> None:
    path = tmp_path / "old.csv"
    path.write_bytes(delimited(",").encode("latin-1"))
    place = delimited(",").encode("latin-1").index(b"\xfc") + 1
    with pytest.raises(FileError, match=rf"old\.csv, line 2: byte {place} is not utf-8; .* --encoding cp1252"):
        import_files(store, path)
    assert store.facts.first is None
    import_files(store, path, encoding="latin-1")
    check(ask)


def test_a_broken_byte_far_into_the_file(store, tmp_path: Path) -> None:
    line = b"ann,2024-01-01,north,1.50\n"
    head = b"customer_id,date,place,amount\n"
    many = (1 << 20) // len(line) + 5
    (tmp_path / "big.csv").write_bytes(head + line * many + b"bob,2024-01-01,s\xe9d,1.50\n")
    byte = len(head) + len(line) * many + len(b"bob,2024-01-01,s") + 1
    with pytest.raises(FileError, match=rf"big\.csv, line {many + 2}: byte {byte:,} is not utf-8"):
        import_files(store, tmp_path / "big.csv")


@pytest.mark.parametrize(
    ("name", "body", "says"),
    [
        ("empty.csv", b"", "empty.csv is empty"),
        ("blank.csv", b"\n\n", "blank.csv is empty"),
        ("head.csv", b"customer_id,date,amount\n", r"head.csv is empty below its header \(line 1\)"),
        ("empty.jsonl", b"", "empty.jsonl is empty"),
        ("not.jsonl", b"hello\n", "not.jsonl, line 1: not valid JSON"),
        ("list.jsonl", b"[1, 2]\n", "list.jsonl"),
        ("fake.parquet", b"customer_id,date\n", "fake.parquet is not Parquet"),
        ("torn.parquet", b"PAR1abc", "torn.parquet can't be read as Parquet"),
        ("binary.dat", b"\x00\x01\x02", "binary.dat is not a file that can be imported"),
        (
            "cut.csv.gz",
            gzip.compress(b"customer_id,date,amount\nann,2024-01-01,1\n", mtime=0)[:-12],
            "cut.csv.gz can't be read to its",
        ),
    ],
)
def test_what_can_not_be_read_is_refused_in_a_sentence(store, tmp_path: Path, name, body, says) -> None:
    (tmp_path / name).write_bytes(body)
    with pytest.raises(FileError, match=says) as caught:
        import_files(store, tmp_path / name)
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)
    assert store.facts.first is None


def test_a_file_that_is_not_there(store, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="there is no such file"):
        import_files(store, tmp_path / "nothing.csv")
    with pytest.raises(FileError, match="no file that can be imported"):
        import_files(store, tmp_path)


def test_a_column_that_is_not_there(store, write) -> None:
    path = write("shop.csv", delimited(","))
    with pytest.raises(
        FileError, match=r"shop\.csv, line 1: there is no column 'amout' .* did you mean value=amount\?"
    ):
        import_files(store, path, mapping=["value=amout"])
    with pytest.raises(MappingError, match="there is no role 'money'"):
        import_files(store, path, mapping=["money=amount"])


def test_folders_and_globs_are_read_as_one(store, write, tmp_path: Path, ask) -> None:
    write("2024-01.csv", "customer_id,date,amount\nann,2024-01-01,1.50\n")
    write("2024-02.csv", "customer_id,date,amount\nbob,2024-02-01,2.50\n")
    write("notes.md", "not data")
    summary = import_files(store, tmp_path)
    assert (summary.name, summary.rows_read, summary.files) == (tmp_path.name, 2, ("2024-01.csv", "2024-02.csv"))
    again = import_files(store, str(tmp_path / "2024-*.csv"))
    assert again.events_new == 0


def test_a_file_without_a_header(store, write, ask) -> None:
    path = write("bare.csv", "17,2024-01-01,1.50\n18,2024-01-02,2.50\n")
    with pytest.raises(MappingError, match=re.escape("the columns are column1, column2, column3")):
        import_files(store, path)
    import_files(store, path, mapping={"customer": "column1", "value": "column3"})
    assert ask("SELECT user_id, value FROM events ORDER BY 1") == [("17", Decimal("1.5")), ("18", Decimal("2.5"))]


def test_hostile_names_of_columns_and_files(store, tmp_path: Path, ask) -> None:
    evil = "a\"b'; DROP TABLE events; --"
    names = ("customer_id", "date", evil, "line", "C0", "файл, ключ", "", "c0")
    cells = ("ann", "2024-01-01", "x'y", "7", "z", '{"a": 1}', "e", "f")

    def row(values) -> str:
        return ",".join('"' + value.replace('"', '""') + '"' for value in values) + "\n"

    path = tmp_path / 'it\'s "odd".csv'
    path.write_text(row(names) + row(cells), encoding="utf-8")
    import_files(store, path, event="Seen", name="o'dd")
    ((document,),) = ask("SELECT properties::VARCHAR FROM events")
    expected = {evil: "x'y", "line": 7, "C0": "z", "файл, ключ": {"a": 1}, "column7": "e", "c0_2": "f"}
    assert json.loads(document) == expected


def test_everything_in_one_name_is_one_transaction(tmp_path: Path, write) -> None:
    # A file that can't be taken keeps the ones before it out, too.
    good = write("good.csv", delimited(","))
    (tmp_path / "bad.csv").write_bytes(b"customer_id,date,amount\nann,\xff,1\n")
    store = memory()
    with pytest.raises(FileError, match=r"bad\.csv"):
        import_files(store, [good, tmp_path / "bad.csv"])
    assert store.facts.first is None
    assert store.imports() == []
