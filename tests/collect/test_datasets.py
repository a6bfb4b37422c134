"""The development data sets as they come; the figures are those of the data sets' README, recomputed from the rows."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from cherish.collect.importing import import_files
from cherish.errors import MappingError
from cherish.store.memory import memory


@pytest.fixture(scope="module")
def retail(datasets: Path):
    store = memory()
    first = import_files(store, datasets / "online_retail" / "lines.parquet", currency="GBP")
    yield store, first
    store.close()


def test_online_retail_comes_in_as_it_is(retail) -> None:
    _, summary = retail
    assert summary.rows_read == 541_909
    assert summary.sale_lines == 397_884
    assert summary.orders == 18_532
    assert summary.customers_with_order == 4_338
    assert summary.exact_repeats == 5_268
    (money,) = summary.money
    assert (money.currency, f"{money.gross:,.2f}") == ("GBP", "8,911,407.90")
    # Arithmetic on the rows: C invoices of known customers, lines without customer, known customers' zero prices.
    assert (summary.refunds, summary.refund_lines, money.refunded) == (3_654, 8_905, Decimal("-611342.0900"))
    assert summary.set_aside == {"no customer": 135_080, "a price of zero or less": 40}
    assert not summary.rejected
    assert summary.rows_taken + 135_120 == summary.rows_read


def test_online_retail_in_the_log(retail) -> None:
    store, _ = retail
    placed = store.query(
        "SELECT count(*) AS n, count(DISTINCT customer_id) AS who, sum(gross) AS gross FROM orders WHERE completed"
    ).to_pylist()
    assert placed == [{"n": 18_532, "who": 4_338, "gross": Decimal("8911407.9040")}]
    first = "SELECT customer_id, min(ts) AS first FROM orders WHERE completed GROUP BY 1"
    cohort = store.query(f"SELECT count(*) AS n FROM ({first}) WHERE first < TIMESTAMP '2011-01-01'").to_pylist()
    assert cohort == [{"n": 885}]


def test_online_retail_keeps_its_products(retail) -> None:
    store, _ = retail
    lines = "SELECT sum(json_array_length(properties, '$.products')) AS n FROM events WHERE name = 'Order Completed'"
    assert store.query(lines).to_pylist() == [{"n": 397_884}]


def test_a_second_import_adds_nothing(retail, datasets: Path) -> None:
    store, first = retail
    before = store.facts.fingerprint
    trial = import_files(store, datasets / "online_retail" / "lines.parquet", currency="GBP", dry_run=True)
    again = import_files(store, datasets / "online_retail" / "lines.parquet", currency="GBP", name="again")
    assert (again.events_new, again.events_known) == (0, first.events_new)
    assert (trial.events_new, trial.events_known) == (0, first.events_new)
    assert again.events == first.events
    assert store.facts.fingerprint == before


@pytest.mark.parametrize(
    ("file", "rows", "customers", "total", "zeros"),
    [("master", 69_659, 23_570, "2500315.6300", 80), ("sample", 6_919, 2_357, "244091.9400", None)],
)
def test_cdnow_each_row_is_a_purchase(store, ask, datasets: Path, file, rows, customers, total, zeros) -> None:
    summary = import_files(store, datasets / "cdnow" / f"{file}.parquet")
    assert (summary.rows_read, summary.orders, summary.customers_with_order) == (rows, rows, customers)
    assert ask("SELECT count(*), sum(value) FROM orders") == [(rows, Decimal(total))]
    if zeros is not None:
        assert ask("SELECT count(*) FROM orders WHERE value = 0") == [(zeros,)]
    assert any("no currency" in note for note in summary.notes)


def test_complete_journey_loses_no_basket(store, ask, datasets: Path) -> None:
    path = datasets / "complete_journey" / "transactions.parquet"
    summary = import_files(store, path, zone="UTC", currency="USD")
    assert (summary.rows_read, summary.orders, summary.customers_with_order) == (1_469_307, 155_848, 2_469)
    assert ask("SELECT count(*), sum(gross) FROM orders") == [(155_848, Decimal("4596039.5800"))]
    assert summary.first == datetime(2017, 1, 1, 11, 53, 26, tzinfo=UTC)
    products = "SELECT sum(json_array_length(properties, '$.products')) FROM events"
    assert ask(products) == [(1_469_307,)]


def test_campaigns_have_no_time(store, datasets: Path) -> None:
    with pytest.raises(MappingError, match=r"campaigns\.parquet: no column says when; the columns are campaign_id, "):
        import_files(store, datasets / "complete_journey" / "campaigns.parquet")


def test_demographics_are_traits(store, ask, datasets: Path) -> None:
    summary = import_files(store, datasets / "complete_journey" / "demographics.parquet")
    assert (summary.kind, summary.traits, summary.traits_new) == ("customers", 801, 801)
    assert "age" in store.facts.traits
    again = import_files(store, datasets / "complete_journey" / "demographics.parquet")
    assert (again.traits, again.traits_new) == (801, 0)


def test_a_forum_in_several_files(store, ask, datasets: Path) -> None:
    folder = datasets / "se_quantum"
    files = [folder / f"{name}.parquet" for name in ("posts", "comments", "votes")]
    summary = import_files(store, files, name="forum")
    assert summary.events == {"Post Created": 1_984, "Comment Created": 3_412}
    assert list(summary.skipped) == ["votes.parquet"]
    assert "no column says who" in summary.skipped["votes.parquet"]
    assert summary.set_aside == {"no customer": 3}
    assert ask("SELECT name, count(*) FROM events GROUP BY 1 ORDER BY 1") == [
        ("Comment Created", 3_412),
        ("Post Created", 1_984),
    ]
    with pytest.raises(MappingError, match=r"votes\.parquet: no column says who"):
        import_files(store, folder / "votes.parquet")
