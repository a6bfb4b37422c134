"""What goes out as it came in: every event once, and the same counts where it is brought in again."""

from __future__ import annotations

import csv
import io
import json
import threading
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest

import cherish
from cherish.errors import QuestionError, WorkspaceError
from cherish.store.duckdb import DuckDBStore
from cherish.store.duckdb.exporting import COLUMNS, FORMS, Wanted, pieces
from cli.conftest import Run
from cli.conftest import run as run
from load.support import NOW, line, made_up, order, put, works
from owning.support import event_id

COUNTS = {
    "events": "SELECT type, name, count(*) AS n, sum(value) AS money, min(ts) AS first, max(ts) AS last, currency, "
    "source FROM events GROUP BY ALL ORDER BY ALL",
    "orders": "SELECT order_id, ts, changed_at, day, value, gross, refunded, currency, completed FROM orders "
    "ORDER BY ALL",
    "customers": "SELECT customer, identified, first_seen, last_seen, traits FROM customers ORDER BY ALL",
    "activity": "SELECT customer, day, name, currency, n, value FROM activity JOIN customers USING (customer_id) "
    "ORDER BY ALL",
    "edges": "SELECT kind_a, key_a, kind_b, key_b, reason FROM edges ORDER BY ALL",
}


@pytest.fixture(scope="module")
def lines() -> list[dict[str, Any]]:
    alias = line(9001, type="alias", name=None, user_id="u1", previous_id="old")
    refund = order(7, 3.5, name="Order Refunded")
    # An import keeps traits of people who signed in; what visitors said of themselves stays out of the comparison.
    made = [each for each in made_up(Random(7), 300) if each["type"] != "identify" or each.get("user_id")]
    return [*made, alias, refund, line(9002, properties={"text": 'a,"b"\n☃', "deep": {"x": [1]}})]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, lines: list[dict[str, Any]]) -> Path:
    """A workspace whose events came in live, with who is who, orders, traits and groups."""
    folder = tmp_path_factory.mktemp("export") / "shop"
    with works(folder) as here, here.store.owned():
        here.store.configure(zone="America/New_York", currency="EUR")
        put(here.journal, lines)
        here.load()
    return folder


def exported(folder: Path, wanted: Wanted | None = None, form: str = "jsonl") -> bytes:
    return b"".join(pieces(DuckDBStore(folder), wanted or Wanted(), form))


def rows(folder: Path, wanted: Wanted | None = None) -> list[dict[str, Any]]:
    return [json.loads(each) for each in exported(folder, wanted).splitlines()]


# -- what is in it ----------------------------------------------------------------------------------------------------


def test_every_event_is_there_once_under_the_id_that_anybody_can_compute(
    shop: Path, lines: list[dict[str, Any]]
) -> None:
    found = rows(shop)
    assert sorted(each["eventId"] for each in found) == sorted({event_id(each["message_id"]) for each in lines})
    assert all(tuple(each) == COLUMNS for each in found)


def test_an_event_says_what_was_sent(shop: Path, lines: list[dict[str, Any]]) -> None:
    by_id = {each["eventId"]: each for each in rows(shop)}
    for sent in lines:
        if sum(each["message_id"] == sent["message_id"] for each in lines) > 1:
            continue
        found = by_id[event_id(sent["message_id"])]
        at = datetime(1970, 1, 1) + timedelta(microseconds=sent["ts"])
        assert datetime.fromisoformat(found["timestamp"]).replace(tzinfo=None) == at
        assert (found["userId"], found["anonymousId"]) == (sent.get("user_id"), sent.get("anonymous_id"))
        assert found["type"] == sent["type"]
        assert (found["groupId"], found["previousId"]) == (sent.get("group_id"), sent.get("previous_id"))
        if sent["type"] == "track":
            assert found["properties"] == sent.get("properties")
        if sent["type"] in ("identify", "group") and found["traits"] is not None:
            assert found["traits"] == sent["traits"]


def test_traits_that_were_said_are_told_by_an_event_that_said_them(shop: Path) -> None:
    told = {(each["userId"] or each["anonymousId"], str(each["traits"])) for each in rows(shop) if each["traits"]}
    store = DuckDBStore(shop)
    said = store.query(
        "SELECT coalesce(key, 'group') AS key, CAST(traits AS VARCHAR) AS traits FROM traits"
    ).to_pylist()
    people = {(each["key"], str(json.loads(each["traits"]))) for each in said if each["key"] != "group"}
    assert people
    assert people <= told


def test_two_who_spoke_at_one_moment_are_one_event_each(tmp_path: Path) -> None:
    with works(tmp_path) as here, here.store.owned():
        put(
            here.journal,
            [line(n, type="identify", name=None, user_id="u1", traits={"a": n, f"b{n}": 1}) for n in (1, 2)],
        )
        here.load()
    found = rows(tmp_path)
    assert len(found) == 2
    (customer,) = DuckDBStore(tmp_path).query("SELECT traits FROM customers").to_pylist()
    assert [each["traits"] for each in found] == [json.loads(customer["traits"])] * 2


@pytest.mark.parametrize("form", sorted(FORMS))
def test_every_form_holds_the_same_events(shop: Path, tmp_path: Path, form: str) -> None:
    written = exported(shop, form=form)
    if form == "csv":
        found = {each["eventId"]: each["event"] for each in csv.DictReader(io.StringIO(written.decode()))}
    elif form == "jsonl":
        found = {each["eventId"]: each["event"] for each in map(json.loads, written.splitlines())}
    else:
        (tmp_path / "events.parquet").write_bytes(written)
        table = duckdb.sql(f"FROM '{tmp_path}/events.parquet'").to_arrow_table()
        assert tuple(table.column_names) == COLUMNS
        assert str(table.schema.field("timestamp").type).startswith("timestamp[us, tz=")
        found = {each["eventId"]: each["event"] for each in table.select(["eventId", "event"]).to_pylist()}
    held = DuckDBStore(shop).query("SELECT CAST(event_id AS VARCHAR) AS id, name FROM events").to_pylist()
    assert found == {each["id"]: each["name"] for each in held}


@pytest.mark.parametrize(
    ("since", "until", "condition"),
    [
        # New York is four hours behind UTC from 8 March 2026 on, five before.
        ("2026-03-08", "2026-03-09", "ts >= '2026-03-08 05:00' AND ts < '2026-03-10 04:00'"),
        ("2026-03-08T12:00", None, "ts >= '2026-03-08 12:00'"),
        (None, "2026-03-08T12:00:00+01:00", "ts < '2026-03-08 11:00'"),
    ],
)
def test_a_day_is_the_workspaces_and_a_moment_is_utc(
    shop: Path, since: str | None, until: str | None, condition: str
) -> None:
    wanted = (
        DuckDBStore(shop).query(f"SELECT CAST(event_id AS VARCHAR) AS id FROM events WHERE {condition}").to_pylist()
    )
    found = {each["eventId"] for each in rows(shop, Wanted(since, until))}
    assert found == {each["id"] for each in wanted}
    assert 0 < len(found) < 300


def test_only_the_names_that_are_wanted(shop: Path) -> None:
    names = ("Order Completed", "it's; DROP TABLE events")
    assert {each["event"] for each in rows(shop, Wanted(names=names))} == {"Order Completed"}


@pytest.mark.parametrize("wanted", [Wanted(since="yesterday"), Wanted(until="2024-13-01"), Wanted(since="9999-12-31'")])
def test_a_moment_that_is_none_is_refused(shop: Path, wanted: Wanted) -> None:
    with pytest.raises(QuestionError, match="write a day"):
        exported(shop, wanted)


def test_a_form_that_is_none_and_a_log_that_is_none_are_refused(shop: Path, tmp_path: Path) -> None:
    with pytest.raises(QuestionError, match="jsonl, csv, parquet"):
        exported(shop, form="xml")
    with pytest.raises(WorkspaceError, match="there is no log"):
        exported(tmp_path / "nowhere")
    assert not list(shop.glob(".export-*"))


def test_a_reader_who_leaves_ends_the_work(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    with works(shop) as here, here.store.owned():
        for start in range(0, 40_000, 10_000):
            put(here.journal, [line(number, at=NOW) for number in range(10_000 + start, 20_000 + start)])
        here.load()
    found = pieces(DuckDBStore(shop), Wanted(), "jsonl")
    assert next(found)
    found.close()  # type: ignore[attr-defined]
    assert not any(each.name == "export" for each in threading.enumerate())
    assert not list(shop.glob(".export-*"))
    with works(shop) as here:
        here.store.configure(currency="USD")


# -- and in again -----------------------------------------------------------------------------------------------------


def test_what_goes_out_gives_the_same_counts_when_it_comes_in(shop: Path, tmp_path: Path, run: Run) -> None:
    code, _, err = run("export", "events", "--to", "events.jsonl", "--workspace", shop)
    assert code == 0, err
    code, out, err = run(
        "import", "events.jsonl", "--yes", "--workspace", "other", "--tz", "America/New_York", "--currency", "EUR"
    )
    assert code == 0, err
    assert "Cherish" in out + err
    before, after = cherish.open(shop), cherish.open(tmp_path / "other")
    for what, statement in COUNTS.items():
        assert after.sql(statement).to_pylist() == before.sql(statement).to_pylist(), what


def test_a_file_has_its_name_once_it_is_whole_and_dash_is_the_output(shop: Path, tmp_path: Path, run: Run) -> None:
    code, _, err = run("export", "events", "--to", "events.csv.gz", "--workspace", shop)
    assert code == 0, err
    import gzip

    assert gzip.decompress((tmp_path / "events.csv.gz").read_bytes()).startswith(b"eventId,type,event,")
    assert (tmp_path / "events.csv.gz").stat().st_mode & 0o777 == 0o600
    code, _, err = run("export", "events", "--to", "late.jsonl", "--since", "soon", "--workspace", shop)
    assert code == 2
    assert sorted(each.name for each in tmp_path.iterdir()) == ["events.csv.gz"]
    for to, words in (("events", "in which format"), ("a.parquet.gz", "leave .gz out"), ("no/a.csv", "No such file")):
        code, _, err = run("export", "events", "--to", to, "--workspace", shop)
        assert code == 2
        assert words in err
