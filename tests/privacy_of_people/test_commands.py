"""`cherish customer export|erase` and `cherish expire` on a workspace without a server, and when the night comes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from cherish.serve import privacy
from cherish.settings import Settings
from cherish.store.duckdb import DuckDBStore
from cli.conftest import Run
from cli.conftest import run as run
from privacy_of_people.planted import TOKEN, holding

ORDERS = f"""customer,time,order,amount
{TOKEN},2024-01-01 09:00,1,10.50
ben,2024-01-02 09:00,2,20.00
{TOKEN},2024-01-03 09:00,3,5.25
{TOKEN},no time,4,1
"""
PEOPLE = f"customer,country\n{TOKEN},ES\nben,FR\n"


@pytest.fixture
def shop(run: Run, tmp_path: Path) -> Path:
    (tmp_path / "orders.csv").write_text(ORDERS)
    (tmp_path / "people.csv").write_text(PEOPLE)
    bring(run, tmp_path)
    return tmp_path / "ws"


def bring(run: Run, folder: Path) -> str:
    said = ""
    for name in ("orders", "people"):
        words = ("import", folder / f"{name}.csv", "--yes", "--reject-share", "50%", "--workspace", folder / "ws")
        code, out, err = run(*words, *(("--currency", "EUR") if name == "orders" else ()))
        assert code == 0, err
        said += out + err
    return said


def test_a_person_of_files_is_exported_erased_and_stays_out(run: Run, shop: Path, plain: None) -> None:
    code, out, _ = run("customer", "export", TOKEN, "--workspace", shop)
    told = json.loads(out)
    assert code == 0
    assert [each["order_id"] for each in told["orders"]] == ["1", "3"]
    assert told["said"][0]["traits"] == {"country": "ES"}
    assert told["said"][0]["loaded_by"] == "people"
    assert (shop / "rejects" / "orders.csv").exists()
    code, out, _ = run("customer", "erase", TOKEN, "--now", "--yes", "--workspace", shop)
    assert code == 0
    assert out.splitlines()[0] == "erased, with 1 key"
    assert "2 events, 2 orders" in out
    assert "1 rejected rows" in out
    assert TOKEN not in out
    assert holding(shop) == []
    assert DuckDBStore(shop).check() == {}
    # The same files once more: what they say of the person is from before.
    said = bring(run, shop.parent)
    assert "2 rows are about erased customers and from before the erasure; they stay out" in said
    assert "1 row is about erased customers" in said
    assert DuckDBStore(shop).query("SELECT customer FROM customers").to_pylist() == [{"customer": "ben"}]
    # The row that could not be taken lies there again; then nobody and nothing is left.
    assert "1 rejected rows" in run("customer", "erase", TOKEN, "--yes", "--workspace", shop)[1]
    code, _, err = run("customer", "erase", TOKEN, "--yes", "--workspace", shop)
    assert (code, TOKEN in err) == (2, False)


def test_an_import_that_brought_them_can_still_be_undone(run: Run, shop: Path) -> None:
    run("customer", "erase", TOKEN, "--yes", "--workspace", shop)
    assert run("imports", "undo", "orders", "--workspace", shop)[0] == 0
    store = DuckDBStore(shop)
    assert store.check() == {}
    assert store.query("SELECT customer, last_seen FROM customers").to_pylist() == [
        {"customer": "ben", "last_seen": None}
    ]


def test_expire_says_and_does(run: Run, shop: Path, plain: None) -> None:
    code, _, err = run("expire", "--workspace", shop)
    assert (code, "[retention]" in err) == (2, True)
    Path("cherish.toml").write_text('[retention]\n"Order Completed" = "1 year"\n')
    assert run("expire", "--dry-run", "--workspace", shop)[1] == "Order Completed: 3 would go\n"
    assert len(DuckDBStore(shop).query("FROM events")) == 3
    assert run("expire", "--workspace", shop)[1] == "Order Completed: 3 gone\n"
    assert DuckDBStore(shop).facts.rows["orders"] == 0
    bring(run, shop.parent)
    assert "log.duckdb" in holding(shop)
    run("customer", "erase", TOKEN, "--yes", "--workspace", shop)
    assert "log.duckdb" in holding(shop)
    assert "cherish expire --now" in run("doctor", "--workspace", shop)[1]
    Path("cherish.toml").unlink()
    assert "written anew" in run("expire", "--now", "--workspace", shop)[1]
    assert holding(shop) == []


@pytest.mark.parametrize(
    ("last", "night"),
    [
        ("2026-03-10T00:30", "2026-03-10T02:00"),
        ("2026-03-10T02:00", "2026-03-11T02:00"),
        ("2026-03-10T20:00", "2026-03-11T02:00"),
        ("2026-03-28T20:00", "2026-03-29T01:00"),
    ],
)
def test_the_night_comes_at_its_hour_in_the_zone_of_the_workspace(last: str, night: str) -> None:
    """3 o'clock in Berlin: 2 in UTC, and 1 from the Sunday on which clocks go forward."""
    facts = SimpleNamespace(zone="Europe/Berlin")
    parts = SimpleNamespace(store=SimpleNamespace(facts=facts), workspace=SimpleNamespace(settings=Settings(nightly=3)))
    found = privacy._night_after(parts, datetime.fromisoformat(last).replace(tzinfo=UTC))
    assert found == datetime.fromisoformat(night).replace(tzinfo=UTC)


def test_what_waited_for_a_day_is_done_at_the_start(tmp_path: Path) -> None:
    now = datetime(2026, 3, 10, 12, tzinfo=UTC)

    def overdue(since: datetime | None, **retention: str) -> bool:
        expired = {"A": 1} if retention else {}
        store = SimpleNamespace(due_since=since and since.replace(tzinfo=None), expired=lambda until: expired)
        workspace = SimpleNamespace(settings=Settings(retention=retention))
        return privacy._overdue(SimpleNamespace(store=store, workspace=workspace), now)

    assert not overdue(None)
    assert not overdue(now - timedelta(hours=20))
    assert overdue(now - timedelta(hours=25))
    assert overdue(None, A="90 days")
