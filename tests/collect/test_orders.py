"""Lines folded into orders: sums, products, refunds, discounts, updates, several files."""

import json
from decimal import Decimal

import pytest

from cherish.collect.importing import import_files
from cherish.errors import FileError, MappingError

HEAD = "order_id,customer_id,date,sku,quantity,price,city\n"
FIRST = HEAD + (
    "1,ann,2024-01-01 10:00,A,2,10.10,Bern\n"
    "1,ann,2024-01-01 10:00,B,1,0.05,Bern\n"
    "2,bob,2024-01-02 11:00,A,1,10.10,Rome\n"
)


def test_lines_become_one_order_with_products(store, write, ask) -> None:
    summary = import_files(store, write("shop.csv", FIRST), currency="EUR")
    assert (summary.kind, summary.rows_read, summary.orders, summary.events_new) == ("lines", 3, 2, 2)
    assert ask("SELECT order_id, value, currency FROM orders ORDER BY 1") == [
        ("1", Decimal("20.2500"), "EUR"),
        ("2", Decimal("10.1000"), "EUR"),
    ]
    ((document,),) = ask("SELECT properties::VARCHAR FROM events WHERE order_id = '1'")
    found = json.loads(document)
    assert found["city"] == "Bern"
    assert found["products"] == [
        {"product_id": "A", "quantity": 2, "price": 10.1},
        {"product_id": "B", "quantity": 1, "price": 0.05},
    ]


def test_the_order_of_lines_does_not_matter(store, write) -> None:
    import_files(store, write("shop.csv", FIRST))
    head, one, two, three = FIRST.splitlines(keepends=True)
    again = import_files(store, write("shop2.csv", head + three + two + one))
    assert (again.events_new, again.events_known) == (0, 2)


def test_a_longer_file_replaces_the_order_and_never_doubles(store, write, ask) -> None:
    import_files(store, write("monday.csv", FIRST))
    more = FIRST + "2,bob,2024-01-02 11:00,C,1,5.00,Rome\n3,eve,2024-01-03 12:00,A,1,1.00,Oslo\n"
    summary = import_files(store, write("tuesday.csv", more))
    assert (summary.events_new, summary.events_known, summary.orders_updated) == (2, 1, 1)
    assert summary.events == {"Order Completed": 2, "Order Updated": 1}
    assert ask("SELECT order_id, value FROM orders ORDER BY 1") == [
        ("1", Decimal("20.2500")),
        ("2", Decimal("15.1000")),
        ("3", Decimal("1.0000")),
    ]
    for name in ("monday.csv", "tuesday.csv"):
        again = import_files(store, write(name, FIRST if name == "monday.csv" else more), name="again")
        assert again.events_new == 0
    assert ask("SELECT sum(value) FROM orders") == [(Decimal("36.3500"),)]


def test_a_dry_run_tells_the_same_and_writes_nothing(store, write, tmp_path) -> None:
    import_files(store, write("monday.csv", FIRST))
    before = store.facts.fingerprint
    more = write("tuesday.csv", FIRST + "2,bob,2024-01-02 11:00,C,1,5.00,Rome\n9,,2024-01-03,C,1,5.00,Rome\n")
    trial = import_files(store, more, dry_run=True, rejects_dir=tmp_path / "out")
    assert store.facts.fingerprint == before
    assert not (tmp_path / "out").exists()
    done = import_files(store, more)
    for field in (
        "rows_read",
        "orders",
        "orders_updated",
        "events",
        "events_new",
        "events_known",
        "money",
        "set_aside",
    ):
        assert getattr(trial, field) == getattr(done, field), field


def test_negative_lines_alone_are_a_refund(store, write, ask) -> None:
    text = FIRST + "C1,ann,2024-01-05 09:00,A,-1,10.10,Bern\n"
    summary = import_files(store, write("shop.csv", text), currency="EUR")
    assert (summary.orders, summary.refunds, summary.refund_lines) == (2, 1, 1)
    assert [str(each) for each in summary.money] == ["30.35 EUR gross, -10.10 EUR refunded"]
    assert ask("SELECT name, value FROM events WHERE order_id = 'C1'") == [("Order Refunded", Decimal("-10.1000"))]


def test_a_later_return_of_an_order_is_its_refund(store, write, ask) -> None:
    text = FIRST + "1,ann,2024-01-09 09:00,B,-1,0.05,Bern\n"
    import_files(store, write("shop.csv", text))
    assert ask("SELECT gross, refunded, value FROM orders WHERE order_id = '1'") == [
        (Decimal("20.2500"), Decimal("-0.0500"), Decimal("20.2000"))
    ]


def test_a_negative_line_of_the_same_moment_is_a_discount(store, write, ask) -> None:
    text = FIRST + "1,ann,2024-01-01 10:00,VOUCHER,-1,5.00,Bern\n"
    summary = import_files(store, write("shop.csv", text))
    assert summary.refunds == 0
    assert ask("SELECT gross, refunded FROM orders WHERE order_id = '1'") == [(Decimal("15.2500"), Decimal(0))]


def test_more_of_a_known_refund_adds_only_the_difference(store, write, ask) -> None:
    back = FIRST + "C1,ann,2024-01-05 09:00,A,-1,10.10,Bern\n"
    import_files(store, write("a.csv", back))
    import_files(store, write("b.csv", back + "C1,ann,2024-01-05 09:01,B,-1,0.05,Bern\n"))
    assert ask("SELECT refunded FROM orders WHERE order_id = 'C1'") == [(Decimal("-10.1500"),)]
    import_files(
        store, write("c.csv", HEAD + "C1,ann,2024-02-05 09:00,A,-1,1.00,Bern\nC1,ann,2024-02-05,B,-1,1.00,Bern\n")
    )
    assert ask("SELECT refunded FROM orders WHERE order_id = 'C1'") == [(Decimal("-12.1500"),)]


def test_what_is_no_sale_is_set_aside_with_its_reason(store, write, tmp_path) -> None:
    text = (
        FIRST + "4,eve,2024-01-05,A,1,0,Bern\n5,eve,2024-01-05,A,0,1,Bern\n"
        "6,,2024-01-05,A,1,1,Bern\n,eve,2024-01-05,A,1,1,X\n"
    )
    summary = import_files(store, write("shop.csv", text), rejects_dir=tmp_path / "out")
    assert summary.set_aside == {
        "a price of zero or less": 1,
        "a quantity of zero": 1,
        "no customer": 1,
        "no order id": 1,
    }
    assert not summary.rejected
    assert summary.set_aside_file == tmp_path / "out" / "shop.set-aside.csv"
    kept = summary.set_aside_file.read_text().splitlines()
    assert kept[0] == "file,line,reason,order_id,customer_id,date,sku,quantity,price,city"
    assert "shop.csv,5,a price of zero or less,4,eve,2024-01-05,A,1,0,Bern" in kept


def test_a_line_total_of_zero_is_a_sale(store, write, ask) -> None:
    lines = ("1,7,2024-01-01,0", "1,7,2024-01-01,0", "2,7,2024-01-02,3", "2,7,2024-01-02,0", "")
    text = "basket_id,household_id,day,sales_value\n" + "\n".join(lines)
    summary = import_files(store, write("baskets.csv", text))
    assert (summary.orders, dict(summary.set_aside)) == (2, {})
    assert ask("SELECT count(*), sum(value) FROM orders") == [(2, Decimal(3))]


def test_a_total_repeated_on_every_line_counts_once(store, write, ask) -> None:
    lines = "".join(f"{n},c{n},2024-01-0{n},{item},{n}0.00\n" for n in range(1, 8) for item in "ab")
    summary = import_files(store, write("orders.csv", "order_id,customer_id,date,sku,order_total\n" + lines))
    assert ask("SELECT sum(value) FROM orders") == [(Decimal(280),)]
    assert any("order_total" in note for note in summary.notes)


def test_a_total_beside_prices_is_the_money(store, write, ask) -> None:
    # Two pieces at n.00 on each of two lines, and a total that holds shipping of 1: 4n + 1, not the dearest line's 2n.
    lines = "".join(f"{n},c{n},2024-01-0{n},{item},2,{n}.00,{4 * n + 1}.00\n" for n in range(1, 8) for item in "ab")
    head = "order_id,customer_id,date,sku,quantity,price,order_total\n"
    import_files(store, write("orders.csv", head + lines + "8,c8,2024-01-08,gift,1,0,0\n"))
    assert ask("SELECT sum(value), count(*) FROM orders") == [(Decimal(4 * 28 + 7), 8)]


def test_an_id_shared_by_customers_is_no_order_id(store, write) -> None:
    lines = "".join(f"{n % 4},c{n},2024-01-01,{n}.50\n" for n in range(12))
    with pytest.raises(MappingError, match="invoice is no order id, for 4 of the first 4 hold several customers"):
        import_files(store, write("till.csv", "invoice,customer_id,date,amount\n" + lines))
    summary = import_files(store, write("till.csv", "invoice,customer_id,date,amount\n" + lines), mapping={"order": ""})
    assert (summary.kind, summary.orders) == ("orders", 12)


def test_one_order_in_two_currencies_is_refused(store, write) -> None:
    text = "order_id,customer_id,date,amount,currency\n1,a,2024-01-01,1.5,EUR\n1,a,2024-01-01,2,USD\n"
    with pytest.raises(FileError, match=r"mixed\.csv, line 2: .* several currencies"):
        import_files(store, write("mixed.csv", text))
    assert store.facts.first is None


def test_an_order_that_lies_in_two_files_is_one_order(store, write, ask) -> None:
    one = write("2024-01.csv", FIRST)
    two = write("2024-02.csv", HEAD + "2,bob,2024-01-02 11:00,C,1,5.00,Rome\n1,ann,2024-01-01 10:00,A,2,10.10,Bern\n")
    summary = import_files(store, [one, two], name="both")
    # Bern's line of order 1 is the same row in both files: one row.
    assert summary.orders == 2
    assert ask("SELECT order_id, value FROM orders ORDER BY 1") == [
        ("1", Decimal("20.2500")),
        ("2", Decimal("15.1000")),
    ]


def test_exact_repeats_are_kept_and_named(store, write, ask) -> None:
    text = FIRST + "2,bob,2024-01-02 11:00,A,1,10.10,Rome\n"
    summary = import_files(store, write("shop.csv", text))
    assert summary.exact_repeats == 1
    assert ask("SELECT value FROM orders WHERE order_id = '2'") == [(Decimal("20.2000"),)]


def test_undo_takes_an_import_back(store, write, ask) -> None:
    import_files(store, write("monday.csv", FIRST))
    import_files(store, write("tuesday.csv", HEAD + "3,eve,2024-01-03,A,1,1.00,Oslo\n3,eve,2024-01-03,B,1,1.00,Oslo\n"))
    assert [each.name for each in store.imports()] == ["monday", "tuesday"]
    assert store.undo("tuesday") == 1
    assert ask("SELECT count(*) FROM orders") == [(2,)]
