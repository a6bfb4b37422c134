"""What services send, in the shapes that they document, as the events that it is here."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cherish.collect.importing import import_files
from cherish.collect.webhooks import KINDS, kind_of
from cherish.collect.webhooks.amounts import NONE, THREE, amount
from cherish.collect.webhooks.delivery import Delivery, Sent
from cherish.errors import QuestionError
from cherish.spec.names import is_company_act
from cherish.spec.standards import BY_NAME
from cherish.store.duckdb import DuckDBStore

ROOT = Path(__file__).parents[3]
CHARGE = {
    "id": "ch_1", "object": "charge", "amount": 1250, "amount_captured": 1250, "amount_refunded": 0, "captured": True,
    "created": 1700000000, "currency": "eur", "customer": "cus_1", "paid": True, "status": "succeeded",
    "receipt_email": None, "billing_details": {"email": "Anna@Example.com", "name": "Anna"}, "payment_intent": "pi_1",
    "metadata": {"user_id": "u1"}, "invoice": None, "refunded": False,
}  # fmt: skip
INTENT = {
    "id": "pi_1", "object": "payment_intent", "amount": 1250, "amount_received": 1250, "currency": "eur",
    "created": 1699999990, "customer": "cus_1", "latest_charge": "ch_1", "receipt_email": None, "status": "succeeded",
    "metadata": {},
}  # fmt: skip


def of_stripe(
    kind: str, about: dict[str, Any], number: str = "evt_1", customer: str | None = None, **more: Any
) -> Delivery:
    body = {"id": number, "object": "event", "api_version": "2025-03-31.basil", "created": 1700000005, "livemode": True,
            "pending_webhooks": 1, "type": kind, "data": {"object": about, **more}}  # fmt: skip
    return KINDS["stripe"].read(Sent({}, body, customer))


def of_shopify(topic: str, body: dict[str, Any]) -> Delivery:
    return KINDS["shopify"].read(Sent({"x-shopify-topic": topic, "x-shopify-webhook-id": "w1"}, body))


def only(delivery: Delivery) -> dict[str, Any]:
    (found,) = delivery.calls
    return found


# -- Stripe -------------------------------------------------------------------------------------------------------


def test_a_paid_charge_is_an_order() -> None:
    assert only(of_stripe("charge.succeeded", CHARGE)) == {
        "type": "track", "event": "Order Completed", "userId": "anna@example.com", "anonymousId": "cus_1",
        "messageId": "order ch_1", "timestamp": 1700000000,
        "properties": {"order_id": "ch_1", "revenue": Decimal("12.50"), "currency": "EUR", "stripe_customer": "cus_1",
                       "metadata": {"user_id": "u1"}},
    }  # fmt: skip


def test_a_payment_that_is_told_of_twice_is_one_order() -> None:
    charge, intent = (
        only(of_stripe("charge.succeeded", CHARGE)),
        only(of_stripe("payment_intent.succeeded", INTENT, "evt_2")),
    )
    assert charge["messageId"] == intent["messageId"]
    for name in ("order_id", "revenue", "currency"):
        assert charge["properties"][name] == intent["properties"][name]
    older = {**INTENT, "charges": {"data": [{"id": "ch_1"}]}, "latest_charge": None}
    assert only(of_stripe("payment_intent.succeeded", older))["messageId"] == charge["messageId"]
    expanded = {**INTENT, "latest_charge": {"id": "ch_1"}}
    assert only(of_stripe("payment_intent.succeeded", expanded))["messageId"] == charge["messageId"]


@pytest.mark.parametrize(
    ("code", "units", "expected"),
    [("jpy", 500, "500"), ("krw", 1, "1"), ("eur", 1250, "12.50"), ("kwd", 1250, "1.250"), ("isk", 500, "5.00"),
     ("ugx", 500, "5.00"), ("usd", 0, "0.00"), ("bhd", -1250, "-1.250"), ("usd", 99999999, "999999.99")],
)  # fmt: skip
def test_minor_units(code: str, units: int, expected: str) -> None:
    assert str(amount(units, code)) == expected
    charge = only(
        of_stripe("charge.succeeded", {**CHARGE, "currency": code, "amount_captured": units, "amount": units})
    )
    if units > 0:
        assert str(charge["properties"]["revenue"]) == expected


def test_minor_units_are_those_that_the_importer_knows() -> None:
    """The witness is the importer's own layout file, which was read in Stripe's page on currencies."""
    text = (ROOT / "src/cherish/collect/exports/stripe.toml").read_text()
    lists = re.findall(r"WHEN upper\(currency\) IN \(([^)]*)\) THEN (\d)", text)
    found = {int(decimals): frozenset(re.findall(r"[A-Z]{3}", codes)) for codes, decimals in lists}
    assert found == {0: NONE, 3: THREE}


@pytest.mark.parametrize("units", [None, True, "1250", 12.5, Decimal("12.5")])
def test_what_is_no_count_of_units_is_no_amount(units: Any) -> None:
    assert amount(units, "eur") is None
    assert amount(1250, None) is None


def test_a_refund_is_what_went_back_this_time() -> None:
    first = of_stripe("charge.refunded", {**CHARGE, "amount_refunded": 500}, previous_attributes={"amount_refunded": 0})
    second = of_stripe("charge.refunded", {**CHARGE, "amount_refunded": 1250}, "evt_2",
                       previous_attributes={"amount_refunded": 500})  # fmt: skip
    assert [only(each)["properties"]["revenue"] for each in (first, second)] == [Decimal("5.00"), Decimal("7.50")]
    assert only(first)["event"] == "Order Refunded"
    assert only(first)["properties"]["order_id"] == "ch_1"
    assert [only(each)["messageId"] for each in (first, second)] == ["evt_1", "evt_2"]
    whole = of_stripe("charge.refunded", {**CHARGE, "amount_refunded": 1250})
    assert only(whole)["properties"]["revenue"] == Decimal("12.50")


def test_an_authorized_charge_is_an_order_once_it_is_captured() -> None:
    held = {**CHARGE, "captured": False, "amount_captured": 0}
    assert only(of_stripe("charge.succeeded", held))["event"] == "Payment Authorized"
    assert "revenue" not in only(of_stripe("charge.succeeded", held))["properties"]
    captured = only(of_stripe("charge.captured", {**CHARGE, "amount_captured": 1000}))
    assert (captured["event"], captured["properties"]["revenue"]) == ("Order Completed", Decimal("10.00"))


def test_an_invoice_is_no_second_order() -> None:
    invoice = {"id": "in_1", "customer": "cus_1", "customer_email": "ANNA@example.com", "amount_paid": 900,
               "currency": "eur", "billing_reason": "subscription_cycle", "subscription": "sub_1"}  # fmt: skip
    renewed = only(of_stripe("invoice.paid", invoice))
    assert (renewed["event"], renewed["userId"]) == ("Subscription Renewed", "anna@example.com")
    assert renewed["properties"]["amount"] == Decimal("9.00")
    assert "revenue" not in renewed["properties"]
    newer = {**invoice, "billing_reason": "manual", "subscription": None,
             "parent": {"subscription_details": {"subscription": "sub_2"}}}  # fmt: skip
    told = only(of_stripe("invoice.paid", newer))
    assert (told["event"], told["properties"]["subscription_id"]) == ("Invoice Paid", "sub_2")


@pytest.mark.parametrize(
    ("kind", "event"),
    [("created", "Subscription Started"), ("updated", "Subscription Updated"), ("deleted", "Subscription Cancelled")],
)
def test_a_subscription_belongs_to_stripes_customer(kind: str, event: str) -> None:
    price = {"id": "price_1", "nickname": "Pro", "unit_amount": 900, "currency": "eur", "product": "prod_1",
             "recurring": {"interval": "month"}}  # fmt: skip
    about = {"id": "sub_1", "customer": "cus_1", "status": "active", "items": {"data": [{"price": price}]}}
    found = only(of_stripe(f"customer.subscription.{kind}", about))
    assert (found["event"], found["anonymousId"]) == (event, "cus_1")
    assert "userId" not in found
    assert found["properties"]["price"] == Decimal("9.00")
    assert (found["properties"]["plan"], found["properties"]["interval"]) == ("Pro", "month")


def test_a_customer_joins_an_address_with_stripes_id() -> None:
    found = only(of_stripe("customer.created", {"id": "cus_1", "email": "Anna@Example.com", "name": "Anna"}))
    assert (found["type"], found["userId"], found["anonymousId"]) == ("identify", "anna@example.com", "cus_1")
    assert found["traits"] == {"email": "anna@example.com", "name": "Anna", "stripe_customer": "cus_1"}


def test_your_own_id_stands_where_it_was_said() -> None:
    assert only(of_stripe("charge.succeeded", CHARGE, customer="metadata.user_id"))["userId"] == "u1"
    assert only(of_stripe("charge.succeeded", CHARGE, customer="metadata.nothing"))["userId"] == "anna@example.com"


def test_test_mode_says_so() -> None:
    body = {"id": "evt_1", "livemode": False, "type": "charge.succeeded", "created": 1, "data": {"object": CHARGE}}
    assert only(KINDS["stripe"].read(Sent({}, body)))["properties"]["test_mode"] is True


def test_a_charge_is_the_same_order_by_webhook_and_by_export(tmp_path: Path) -> None:
    """The importer's layout, read on the same charge, says the same of it."""
    file, store = tmp_path / "charges.jsonl", DuckDBStore(tmp_path / "workspace")
    charges = [{**CHARGE, "id": f"ch_{code}", "currency": code} for code in ("eur", "jpy", "kwd")]
    file.write_text("".join(json.dumps(each) + "\n" for each in charges))
    import_files(store, file, tool="stripe")
    statement = """SELECT order_id, customer, orders.value, orders.currency, epoch(ts) AS at
        FROM orders JOIN customers USING (customer_id) ORDER BY order_id"""
    by_export = [tuple(row.values()) for row in store.query(statement).to_pylist()]
    by_webhook = [only(of_stripe("charge.succeeded", each)) for each in charges]
    assert by_export == [
        (each["properties"]["order_id"], each["userId"], each["properties"]["revenue"], each["properties"]["currency"],
         each["timestamp"])
        for each in by_webhook
    ]  # fmt: skip


# -- Shopify ------------------------------------------------------------------------------------------------------

ORDER = {
    "id": 820982911946154508, "name": "#9999", "email": "Jon@Example.com", "created_at": "2024-01-02T10:00:00-05:00",
    "processed_at": "2024-01-02T10:00:01-05:00", "currency": "USD", "subtotal_price": "388.00", "total_price": "408.00",
    "total_tax": "10.00", "total_discounts": "20.00", "financial_status": "paid", "test": False,
    "total_shipping_price_set": {"shop_money": {"amount": "10.00", "currency_code": "USD"}},
    "discount_codes": [{"code": "TEN", "amount": "20.00"}], "customer": {"id": 115310627314723954, "email": None},
    "line_items": [{"id": 1, "product_id": 788032119674292922, "sku": "S1", "title": "Shoe", "variant_title": "Red",
                    "price": "204.00", "quantity": 2}],
}  # fmt: skip
REFUND = {
    "id": 890088186047892319, "order_id": 820982911946154508, "created_at": "2024-01-05T10:00:00-05:00",
    "refund_line_items": [{"id": 1, "quantity": 1, "subtotal": 195.67, "total_tax": 0.0}],
    "transactions": [{"amount": "205.67", "kind": "refund", "status": "success", "currency": "USD"}],
    "order_adjustments": [],
}  # fmt: skip


def decimals(refund: dict[str, Any]) -> dict[str, Any]:
    """Numbers as the door decodes them."""
    items = [{**each, "subtotal": Decimal(str(each["subtotal"]))} for each in refund["refund_line_items"]]
    return {**refund, "refund_line_items": items}


@pytest.mark.parametrize("topic", ["orders/create", "orders/paid"])
def test_an_order_counts_without_shipping_and_once(topic: str) -> None:
    found = only(of_shopify(topic, ORDER))
    assert (found["event"], found["userId"]) == ("Order Completed", "jon@example.com")
    assert (found["messageId"], found["timestamp"]) == ("order 820982911946154508", "2024-01-02T10:00:01-05:00")
    properties = found["properties"]
    assert properties["revenue"] == Decimal("388.00")
    assert (properties["order_id"], properties["order_name"], properties["coupon"]) == (
        "820982911946154508",
        "#9999",
        "TEN",
    )
    assert properties["products"] == [
        {"product_id": "788032119674292922", "sku": "S1", "name": "Shoe", "variant": "Red", "price": Decimal("204.00"),
         "quantity": 2}
    ]  # fmt: skip
    assert properties["currency"] == "USD"


def test_a_refund_follows_its_order() -> None:
    order, refund = only(of_shopify("orders/create", ORDER)), only(of_shopify("refunds/create", decimals(REFUND)))
    assert refund["anonymousId"] == order["anonymousId"]
    assert refund["properties"]["order_id"] == order["properties"]["order_id"]
    assert refund["properties"]["revenue"] == Decimal("195.67")
    assert refund["properties"]["currency"] == "USD"
    assert "userId" not in refund
    assert refund["messageId"] == "refund 890088186047892319"


def test_what_goes_back_beside_goods() -> None:
    def back(**changed: Any) -> Any:
        return only(of_shopify("refunds/create", decimals({**REFUND, **changed})))["properties"].get("revenue")

    more = [{"kind": "refund_discrepancy", "amount": "-10.00"}]
    assert back(order_adjustments=more) == Decimal("205.67")
    assert back(refund_line_items=[], order_adjustments=more) == Decimal("10.00")
    assert back(refund_line_items=[]) == Decimal("205.67")
    shipping = [{"kind": "shipping_refund", "amount": "-10.00"}]
    assert back(order_adjustments=shipping) == Decimal("195.67")
    assert back(refund_line_items=[], order_adjustments=shipping) is None


def test_a_cancellation_and_a_customer() -> None:
    gone = only(
        of_shopify("orders/cancelled", {**ORDER, "cancelled_at": "2024-01-03T00:00:00Z", "cancel_reason": "customer"})
    )
    assert (gone["event"], gone["messageId"]) == ("Order Cancelled", "cancelled 820982911946154508")
    assert gone["timestamp"] == "2024-01-03T00:00:00Z"
    customer = {"id": 1, "email": "Jon@Example.com", "first_name": "Jon", "last_name": "Snow", "phone": None,
                "created_at": "2024-01-01T00:00:00Z", "updated_at": "2024-01-02T00:00:00Z", "tags": "",
                "default_address": {"country_code": "US"}}  # fmt: skip
    found = only(of_shopify("customers/create", customer))
    assert (found["type"], found["userId"]) == ("identify", "jon@example.com")
    assert found["traits"]["country"] == "US"
    assert found["messageId"] == "customer 1 2024-01-02T00:00:00Z"


def test_an_order_without_an_address_belongs_to_shopifys_customer() -> None:
    assert only(of_shopify("orders/create", {**ORDER, "email": ""}))["userId"] == "shopify-115310627314723954"


# -- Standard Webhooks --------------------------------------------------------------------------------------------


def of_standard(body: dict[str, Any], customer: str | None = None) -> dict[str, Any]:
    return only(KINDS["standard"].read(Sent({"webhook-id": "msg_1"}, body, customer)))


def test_standard_webhooks_are_kept_under_their_own_names() -> None:
    body = {"type": "contact.created", "timestamp": "2024-01-02T10:00:00Z", "data": {"user_id": 7, "plan": "pro"}}
    assert of_standard(body) == {
        "type": "track", "event": "contact.created", "userId": "7", "messageId": "msg_1",
        "timestamp": "2024-01-02T10:00:00Z", "properties": {"user_id": 7, "plan": "pro"},
    }  # fmt: skip
    assert of_standard({"type": "x", "data": {"email": "A@B.com"}})["userId"] == "a@b.com"
    assert of_standard({"type": "x", "data": {"buyer": {"no": "9"}}}, "buyer.no")["userId"] == "9"
    assert "userId" not in of_standard({"type": "x", "data": []})


# -- anything -----------------------------------------------------------------------------------------------------


def test_what_is_of_no_use_is_ignored() -> None:
    assert of_stripe("account.updated", {"id": "acct_1"}).calls == ()
    assert of_shopify("themes/publish", {}).calls == ()
    assert KINDS["stripe"].read(Sent({}, {"type": "charge.succeeded", "data": []})).calls == ()


ODD = [None, True, 5, Decimal("1.5"), "text", [], {}, [[]], [None], {"data": None}, {"data": [1]}, {"id": {}}]


@pytest.mark.parametrize("name", KINDS)
def test_no_shape_breaks_a_reader(name: str) -> None:
    kind = KINDS[name]
    fields = {key for sample in (CHARGE, INTENT, ORDER, REFUND) for key in sample} | {
        "items",
        "plan",
        "charges",
        "tags",
    }
    for handled in kind.handled or ("anything",):
        for odd in ODD:
            about = dict.fromkeys(fields, odd)
            body = {**about, "type": handled, "data": {"object": about, "previous_attributes": odd}}
            for headers in ({"x-shopify-topic": handled}, {}):
                found = kind.read(Sent(headers, body, "metadata.user_id"))
                assert isinstance(found.calls, tuple)


def test_a_service_that_nobody_knows() -> None:
    with pytest.raises(QuestionError, match="did you mean stripe"):
        kind_of("strpe")


def test_what_stripe_tells_of_invoices_and_subscriptions_is_no_act_of_the_customer() -> None:
    subscription = {"id": "sub_1", "customer": "cus_1", "status": "active"}
    told = [only(of_stripe(f"customer.subscription.{kind}", subscription)) for kind in ("updated", "deleted")]
    invoice = {"id": "in_1", "customer": "cus_1", "amount_paid": 900, "currency": "eur", "billing_reason": "manual"}
    told.append(only(of_stripe("invoice.paid", invoice)))
    for each in told:
        standard = BY_NAME[each["event"]]
        assert is_company_act(standard.name), "a plan that changes by itself makes nobody active"
        assert set(standard.required) <= set(each["properties"])
