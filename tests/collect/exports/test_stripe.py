"""Stripe: payments as the Dashboard writes them, charges as the API does, minor units, refunds, failures."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from collect.exports.conftest import Bring

HEAD = (
    "id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Fee,Status,Description,Customer ID,Customer Email,"
    "user_id (metadata)\n"
)
PAID = "ch_1,2024-02-01 20:38:34,3125.00,0.00,usd,true,90.93,Paid,Plan,cus_1,Ann@X.org,u1\n"
PARTLY = "ch_2,2024-02-02 20:38:34,50.00,10.00,eur,true,1.75,Refunded,Plan,cus_2,,u2\n"
FAILED = "ch_3,2024-02-03 20:38:34,50.00,0.00,eur,false,0.00,Failed,Plan,cus_2,,u2\n"


def orders(found: Any) -> list[tuple[Any, ...]]:
    rows = found.store.query("SELECT order_id, gross, refunded, currency FROM orders ORDER BY 1").to_pylist()
    return [tuple(each.values()) for each in rows]


def test_payments(bring: Bring) -> None:
    found = bring("payments.csv", HEAD + PAID + PARTLY + FAILED, zone="America/New_York")
    assert orders(found) == [
        ("ch_1", Decimal(3125), Decimal(0), "USD"), ("ch_2", Decimal(50), Decimal(-10), "EUR"),
    ]  # fmt: skip
    first, *_, failed = found.events()
    assert (first["user_id"], first["ts"]) == ("ann@x.org", datetime(2024, 2, 1, 20, 38, 34))
    assert first["properties"]["Description"] == "Plan"
    assert (failed["name"], failed["user_id"], failed["value"]) == ("Payment Failed", "cus_2", None)
    assert failed["properties"]["amount"] == 50


def test_the_customer_may_be_another_column(bring: Bring) -> None:
    found = bring("payments.csv", HEAD + PAID + FAILED, tool="stripe", mapping={"customer": "user_id (metadata)"})
    assert [each["user_id"] for each in found.events()] == ["u1", "u2"]


def test_a_payment_held_but_not_captured_is_no_order(bring: Bring) -> None:
    found = bring("payments.csv", HEAD + PAID.replace("true", "false"))
    assert found.names() == ["Payment Authorized"]


def charge(number: int, amount: int, currency: str, refunded: int = 0, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"ch_{number}", "object": "charge", "amount": amount, "amount_refunded": refunded, "currency": currency,
        "created": 1706820000, "captured": True, "paid": True, "status": "succeeded", "customer": "cus_1",
        "billing_details": {"email": None}, "receipt_email": None, "metadata": {}, **fields,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("amount", "currency", "money"),
    [
        (1099, "eur", "10.99"),
        (500, "jpy", "500"),
        (5124, "kwd", "5.124"),
        (500, "ugx", "5"),
        (500, "isk", "5"),
        (7, "usd", "0.07"),
    ],
)
def test_amounts_of_the_api_are_in_the_smallest_unit(bring: Bring, amount: int, currency: str, money: str) -> None:
    found = bring("charges.jsonl", [charge(1, amount, currency)])
    assert orders(found) == [("ch_1", Decimal(money), Decimal(0), currency.upper())]
    # 1,706,820,000 s = 19,754 days (2024-02-01) and 74,400 s = 20:40.
    assert found.events()[0]["ts"] == datetime(2024, 2, 1, 20, 40)


def test_charges_that_went_back_failed_or_were_only_authorized(bring: Bring) -> None:
    rows = [
        charge(1, 1000, "eur", refunded=250, billing_details={"email": "Ann@X.org"}),
        charge(2, 1000, "eur", status="failed"),
        charge(3, 1000, "eur", captured=False),
    ]
    found = bring("charges.jsonl", rows)
    assert orders(found) == [("ch_1", Decimal(10), Decimal("-2.5"), "EUR")]
    others = {each["name"]: each for each in found.events() if not each["name"].startswith("Order")}
    assert set(others) == {"Payment Failed", "Payment Authorized"}
    assert found.events()[0]["user_id"] in ("ann@x.org", "cus_1")


def test_rejects(bring: Bring) -> None:
    unread = PAID.replace("3125.00", "many").replace("ch_1", "ch_9")
    timeless = PAID.replace("2024-02-01", "1.2.x").replace("ch_1", "ch_8")
    found = bring("payments.csv", HEAD + PAID + unread + timeless)
    assert sum(found.summary.rejected.values()) == 2
    assert set(found.summary.rejected) == {"order_total: not a number", "time: not a possible time"}


def test_what_either_kind_of_row_leaves_out_is_kept(bring: Bring) -> None:
    paid, failed = PARTLY.replace("2024-02-02", "2024-02-40"), FAILED.replace("2024-02-03", "2024-02-41")
    found = bring("payments.csv", HEAD + PAID + paid + failed)
    assert dict(found.summary.rejected) == {"time: not a possible time": 2}
    files = sorted(found.summary.rejects_file.parent.glob("payments.*.csv"))
    kept = [line for file in files for line in file.read_text().splitlines()[1:]]
    assert sorted(line.split(",")[1] for line in kept) == ["3", "4"]
    assert orders(found) == [("ch_1", Decimal(3125), Decimal(0), "USD")], (
        "and what went back of the unread one did not stay alone"
    )
