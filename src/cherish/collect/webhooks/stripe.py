"""Stripe's events: charges are orders, refunds and subscriptions follow, under the names that its exports get here.

Source: docs.stripe.com/api/events/types, /api/charges/object, /api/payment_intents/object, /api/subscriptions/object.

A charge is one order however often it is told of: `charge.succeeded` and `payment_intent.succeeded` come for the same
payment, and an invoice's money comes with its charge. Stripe's customer is like a device: events that name no e-mail
address belong to it, and so to the person as soon as one event names both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cherish.collect.webhooks.amounts import amount
from cherish.collect.webhooks.delivery import Delivery, Object, Sent, call, email, filled, inside, text

TITLE = "Stripe"


def read(sent: Sent) -> Delivery:
    """What an event of Stripe comes to."""
    kind = text(sent.body, "type") or ""
    about = inside(sent.body, "data.object")
    made = HANDLED.get(kind)
    if made is None or not isinstance(about, dict):
        return Delivery(kind)
    return Delivery(kind, tuple(made(sent, about)))


def _paid(sent: Sent, charge: Object) -> list[Object]:
    if inside(charge, "captured") is False:
        return [_track(sent, charge, "Payment Authorized", charge_id=text(charge, "id"))]
    units = inside(charge, "amount_captured") or inside(charge, "amount")
    return [_order(sent, charge, text(charge, "id"), units)]


def _intent_paid(sent: Sent, intent: Object) -> list[Object]:
    charges = inside(intent, "charges.data")
    first = charges[0] if isinstance(charges, list) and charges else None
    charge = text(intent, "latest_charge") or text(intent, "latest_charge.id") or text(first, "id")
    return [_order(sent, intent, charge or text(intent, "id"), inside(intent, "amount_received"))]


def _refunded(sent: Sent, charge: Object) -> list[Object]:
    """What went back this time: the charge tells the sum so far."""
    before = inside(sent.body, "data.previous_attributes.amount_refunded")
    now = inside(charge, "amount_refunded")
    currency = text(charge, "currency")
    back, already = amount(now, currency), amount(before if before is not None else 0, currency)
    more = {"revenue": back - already} if back is not None and already is not None else {}
    return [_track(sent, charge, "Order Refunded", order_id=text(charge, "id"), **more)]


def _failed(sent: Sent, charge: Object) -> list[Object]:
    failure = text(charge, "failure_code") or text(charge, "last_payment_error.code")
    return [_track(sent, charge, "Payment Failed", charge_id=text(charge, "id"), failure_code=failure)]


def _invoice(sent: Sent, invoice: Object) -> list[Object]:
    renewed = text(invoice, "billing_reason") == "subscription_cycle"
    paid = amount(inside(invoice, "amount_paid"), text(invoice, "currency"))
    told = {
        "invoice_id": text(invoice, "id"), "amount": paid, "billing_reason": text(invoice, "billing_reason"),
        "subscription_id": text(invoice, "subscription")
        or text(invoice, "parent.subscription_details.subscription"),
    }  # fmt: skip
    return [_track(sent, invoice, "Subscription Renewed" if renewed else "Invoice Paid", **told)]


def _subscription(name: str) -> Callable[[Sent, Object], list[Object]]:
    def told(sent: Sent, subscription: Object) -> list[Object]:
        items = inside(subscription, "items.data")
        price = inside(items[0], "price") if isinstance(items, list) and items else inside(subscription, "plan")
        values = {
            "subscription_id": text(subscription, "id"), "status": text(subscription, "status"),
            "plan": text(price, "nickname") or text(price, "id"), "product_id": text(price, "product"),
            "interval": text(price, "recurring.interval") or text(price, "interval"),
            "price": amount(inside(price, "unit_amount"), text(price, "currency")),
            "ends": inside(subscription, "cancel_at_period_end"),
        }  # fmt: skip
        return [_track(sent, subscription, name, **values)]

    return told


def _customer(sent: Sent, customer: Object) -> list[Object]:
    traits = {
        "email": email(customer, "email"), "name": text(customer, "name"), "phone": text(customer, "phone"),
        "country": text(customer, "address.country"), "stripe_customer": text(customer, "id"),
    }  # fmt: skip
    who = _who(sent, customer) | filled({"anonymousId": text(customer, "id")})
    return [call("identify", traits=filled(traits), messageId=text(sent.body, "id"), timestamp=_at(sent), **who)]


def _order(sent: Sent, about: Object, order: str | None, units: Any) -> Object:
    told = _track(sent, about, "Order Completed", order_id=order, revenue=amount(units, text(about, "currency")))
    # By the order and not by the event: several events tell of one payment.
    return told | {"messageId": f"order {order}", "timestamp": inside(about, "created") or _at(sent)}


def _track(sent: Sent, about: Object, event: str, **values: Any) -> Object:
    """A track call; an event of Stripe's test mode says so."""
    code = text(about, "currency")
    properties = filled(values) | filled({"currency": code.upper() if code else None})
    if inside(sent.body, "livemode") is False:
        properties["test_mode"] = True
    metadata = inside(about, "metadata")
    properties |= filled({"stripe_customer": text(about, "customer"), "metadata": metadata})
    return call(
        "track", event=event, properties=properties, messageId=text(sent.body, "id"), timestamp=_at(sent),
        **_who(sent, about),
    )  # fmt: skip


def _who(sent: Sent, about: Object) -> Object:
    own = text(about, sent.customer) if sent.customer else None
    address = email(
        about, "receipt_email", "billing_details.email", "customer_email", "customer_details.email", "email"
    )
    return filled({"userId": own or address, "anonymousId": text(about, "customer") or text(about, "customer.id")})


def _at(sent: Sent) -> Any:
    return inside(sent.body, "created")


HANDLED: dict[str, Callable[[Sent, Object], list[Object]]] = {
    "charge.succeeded": _paid,
    "charge.captured": _paid,
    "charge.failed": _failed,
    "charge.refunded": _refunded,
    "payment_intent.succeeded": _intent_paid,
    "invoice.paid": _invoice,
    "customer.subscription.created": _subscription("Subscription Started"),
    "customer.subscription.updated": _subscription("Subscription Updated"),
    "customer.subscription.deleted": _subscription("Subscription Cancelled"),
    "customer.created": _customer,
    "customer.updated": _customer,
}
"""What is kept; Stripe's other events are answered with 200 and ignored."""
