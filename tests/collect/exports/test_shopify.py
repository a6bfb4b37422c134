"""Shopify's orders: several lines an order, blank fields on all but the first, discounts, refunds, cancellations."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from cherish.collect.importing import import_files
from collect.exports.conftest import Bring

HEAD = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Accepts Marketing,Currency,Subtotal,Shipping,Taxes,Total,"
    "Discount Code,Discount Amount,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,"
    "Lineitem discount,Billing City,Cancelled at,Refunded Amount,Id,Tags\n"
)
# Two teas at 10 and a cup at 10, less 3: a subtotal of 27, and 5 of shipping on top.
TWO_LINES = (
    "#1001,Ann@X.org,paid,2024-01-02 10:00:05 -0500,fulfilled,yes,EUR,27.00,5.00,0.00,32.00,"
    "HELLO,3.00,2024-01-02 10:00:00 -0500,2,Tea,10.00,T1,0.00,Bern,,0.00,5001,vip\n"
    "#1001,Ann@X.org,,,,,,,,,,,,2024-01-02 10:00:00 -0500,1,Cup,10.00,C1,0.00,,,,,\n"
)


def order(
    name: str,
    refunded: str = "0.00",
    cancelled: str = "",
    email: str = "bob@x.org",
    at: str = "2024-01-03 10:00:00 +0000",
) -> str:
    return (
        f"{name},{email},paid,,,no,EUR,20.00,5.00,0.00,25.00,,0.00,{at},2,Tea,10.00,T1,0.00,,{cancelled},{refunded},,\n"
    )


def orders(found: Any) -> dict[str, tuple[Decimal, Decimal, bool]]:
    rows = found.store.query("SELECT order_id, gross, refunded, completed FROM orders").to_pylist()
    return {each["order_id"]: (each["gross"], each["refunded"], each["completed"]) for each in rows}


def test_lines_of_one_order_are_one_order(bring: Bring) -> None:
    found = bring("orders_export.csv", HEAD + TWO_LINES)
    assert (found.summary.orders, found.summary.customers, found.summary.rejected) == (1, 1, {})
    (one,) = found.events()
    assert (one["name"], one["user_id"], one["order_id"], one["currency"]) == (
        "Order Completed",
        "ann@x.org",
        "#1001",
        "EUR",
    )
    assert one["value"] == Decimal("27")
    assert one["ts"] == datetime(2024, 1, 2, 15)
    held = one["properties"]
    assert held["products"] == [
        {"product_id": "C1", "name": "Cup", "quantity": 1, "price": 10},
        {"product_id": "T1", "name": "Tea", "quantity": 2, "price": 10},
    ]
    assert {key: held[key] for key in ("total", "shipping", "tax", "discount", "coupon", "Tags", "Billing City")} == {
        "total": 32, "shipping": 5, "tax": 0, "discount": 3, "coupon": "HELLO", "Tags": "vip", "Billing City": "Bern",
    }  # fmt: skip


def test_the_time_may_stand_on_the_first_line_alone(bring: Bring) -> None:
    first, second = TWO_LINES.splitlines(keepends=True)
    text = first + second.replace("2024-01-02 10:00:00 -0500", "").replace("Ann@X.org", "")
    found = bring("orders_export.csv", HEAD + text)
    assert orders(found) == {"#1001": (Decimal(27), Decimal(0), True)}


def test_a_refund_is_taken_off_and_never_more_than_was_counted(bring: Bring) -> None:
    # All of the 25 paid went back, 5 of them shipping that was never counted.
    found = bring("orders_export.csv", HEAD + TWO_LINES + order("#1002", "25.00") + order("#1003", "7.50"))
    assert orders(found)["#1002"] == (Decimal(20), Decimal(-20), True)
    assert orders(found)["#1003"] == (Decimal(20), Decimal("-7.5"), True)
    assert found.summary.refunds == 2


def test_a_later_export_brings_only_what_changed(bring: Bring, store: Any, tmp_path: Any) -> None:
    bring("january.csv", HEAD + TWO_LINES + order("#1002", "5.00"))
    (tmp_path / "february.csv").write_text(HEAD + TWO_LINES + order("#1002", "12.00") + order("#1004"))
    summary = import_files(store, tmp_path / "february.csv")
    rows = store.query("SELECT order_id, gross, refunded FROM orders ORDER BY 1").to_pylist()
    assert [tuple(each.values()) for each in rows] == [
        ("#1001", Decimal(27), Decimal(0)), ("#1002", Decimal(20), Decimal(-12)), ("#1004", Decimal(20), Decimal(0)),
    ]  # fmt: skip
    assert summary.orders_updated == 1, "the refunded amount that the order now names is news about it"


def test_a_cancelled_order_is_none(bring: Bring) -> None:
    found = bring("orders_export.csv", HEAD + order("#1005", cancelled="2024-01-05 09:00:00 +0000"))
    assert orders(found) == {"#1005": (Decimal(20), Decimal(-20), False)}
    assert [each["ts"] for each in found.events() if each["name"] == "Order Cancelled"] == [datetime(2024, 1, 5, 9)]


def test_what_can_not_be_taken_is_told(bring: Bring) -> None:
    text = HEAD + order("#1", email="") + order("", at="2024-01-04 10:00:00 +0000") + order("#3", at="soon") + TWO_LINES
    found = bring("orders_export.csv", text)
    assert dict(found.summary.set_aside) == {"no customer": 1, "no order id": 1}
    assert dict(found.summary.rejected) == {"time: not a possible time": 1}
    assert [line.split(",")[1] for line in found.summary.rejects_file.read_text().splitlines()[1:]] == ["4"]
    assert set(orders(found)) == {"#1001"}
