"""Shopify's topics: orders with their products, cancellations, refunds, customers; money as its export counts it.

Source: shopify.dev/docs/api/admin-rest (Order, Refund, Customer) and /docs/apps/build/webhooks.

The signature covers the body alone, neither the topic nor any id in the headers. So what an event is known by comes
from the body: whoever sends a body again, under whatever headers, changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from cherish.collect.webhooks.delivery import Delivery, Object, Sent, call, email, filled, inside, text

TITLE = "Shopify"


def read(sent: Sent) -> Delivery:
    """What a delivery of Shopify comes to."""
    topic = sent.headers.get("x-shopify-topic", "").strip().lower()[:100]
    made = HANDLED.get(topic)
    return Delivery(topic, tuple(made(sent, sent.body))) if made else Delivery(topic)


def _placed(sent: Sent, order: Object) -> list[Object]:
    items = inside(order, "line_items")
    products = [_product(item) for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    codes = inside(order, "discount_codes")
    coupon = text(codes[0], "code") if isinstance(codes, list) and codes else None
    values = {
        "revenue": _money(order, "subtotal_price"), "total": _money(order, "total_price"),
        "tax": _money(order, "total_tax"), "discount": _money(order, "total_discounts"),
        "shipping": _money(order, "total_shipping_price_set.shop_money.amount"), "coupon": coupon,
        "order_name": text(order, "name"), "products": products,
    }  # fmt: skip
    at = text(order, "processed_at") or text(order, "created_at")
    return [_track(sent, order, "Order Completed", text(order, "id"), at, "order", **values)]


def _cancelled(sent: Sent, order: Object) -> list[Object]:
    at = text(order, "cancelled_at") or text(order, "updated_at")
    return [
        _track(sent, order, "Order Cancelled", text(order, "id"), at, "cancelled", reason=text(order, "cancel_reason"))
    ]


def _refunded(sent: Sent, refund: Object) -> list[Object]:
    """A refund names its order and nobody else: it belongs to whom the order belongs."""
    order, at = text(refund, "order_id"), text(refund, "processed_at") or text(refund, "created_at")
    values = {"revenue": _back(refund), "refund_id": text(refund, "id")}
    told = _track(sent, {"currency": _currency(refund)}, "Order Refunded", order, at, "refund", **values)
    return [told | {"messageId": f"refund {text(refund, 'id')}"}]


def _customer(sent: Sent, customer: Object) -> list[Object]:
    traits = {
        "email": email(customer, "email"), "firstName": text(customer, "first_name"),
        "lastName": text(customer, "last_name"), "phone": text(customer, "phone"),
        "country": text(customer, "default_address.country_code"), "createdAt": text(customer, "created_at"),
        "tags": text(customer, "tags"), "shopify_customer": text(customer, "id"),
    }  # fmt: skip
    at = text(customer, "updated_at") or text(customer, "created_at")
    own = text(customer, sent.customer) if sent.customer else None
    who = own or email(customer, "email") or _named(text(customer, "id"))
    number = f"customer {text(customer, 'id')} {at}"
    return [call("identify", userId=who, traits=filled(traits), messageId=number, timestamp=at)]


def _track(sent: Sent, about: Object, event: str, order: str | None, at: str | None, key: str, **values: Any) -> Object:
    own = text(about, sent.customer) if sent.customer else None
    who = own or email(about, "email", "contact_email", "customer.email") or _named(text(about, "customer.id"))
    properties = filled({"order_id": order, **values, "currency": text(about, "currency")})
    if inside(about, "test") is True:
        properties["test_mode"] = True
    return call(
        "track", event=event, userId=who, anonymousId=f"shopify-order-{order}" if order else None,
        properties=properties, messageId=f"{key} {order}", timestamp=at,
    )  # fmt: skip


def _product(item: Object) -> Object:
    return filled(
        {
            "product_id": text(item, "product_id"), "sku": text(item, "sku"), "name": text(item, "title"),
            "variant": text(item, "variant_title"), "price": _money(item, "price"),
            "quantity": inside(item, "quantity"),
        }
    )  # fmt: skip


def _back(refund: Object) -> Decimal | None:
    """What went back of the goods, without shipping: as the order's money has none either."""
    items, changes = inside(refund, "refund_line_items"), inside(refund, "order_adjustments")
    goods = [_money(each, "subtotal") for each in _objects(items)]
    # What was given beyond the goods is negative, what was kept of them is positive.
    beyond = [_money(each, "amount") for each in _objects(changes) if text(each, "kind") == "refund_discrepancy"]
    if goods or beyond:
        return sum((each for each in goods if each is not None), Decimal(0)) - sum(
            (each for each in beyond if each is not None), Decimal(0)
        )
    paid = [_money(each, "amount") for each in _objects(inside(refund, "transactions")) if _is_back(each)]
    return sum((each for each in paid if each is not None), Decimal(0)) if paid and not _objects(changes) else None


def _is_back(transaction: Object) -> bool:
    return text(transaction, "kind") == "refund" and text(transaction, "status") == "success"


def _currency(refund: Object) -> str | None:
    found = [text(each, "currency") for each in _objects(inside(refund, "transactions"))]
    found += [
        text(each, "subtotal_set.shop_money.currency_code") for each in _objects(inside(refund, "refund_line_items"))
    ]
    return next((each for each in reversed(found) if each), None)


def _objects(value: Any) -> list[Object]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _named(customer: str | None) -> str | None:
    return f"shopify-{customer}" if customer else None


def _money(about: Any, path: str) -> Decimal | None:
    try:
        found = Decimal(text(about, path) or "")
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


HANDLED: dict[str, Callable[[Sent, Object], list[Object]]] = {
    "orders/create": _placed,
    "orders/paid": _placed,
    "orders/cancelled": _cancelled,
    "refunds/create": _refunded,
    "customers/create": _customer,
    "customers/update": _customer,
}
"""What is kept; other topics are answered with 200 and ignored."""
