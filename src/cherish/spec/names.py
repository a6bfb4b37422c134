"""Standard event names (Segment's where one exists) and who acts in them: the customer or the company."""

from __future__ import annotations

ORDER_COMPLETED = "Order Completed"
ORDER_UPDATED = "Order Updated"
ORDER_REFUNDED = "Order Refunded"
ORDER_CANCELLED = "Order Cancelled"

ORDER_EVENTS = (ORDER_COMPLETED, ORDER_UPDATED, ORDER_REFUNDED, ORDER_CANCELLED)

V1_NAMES = {
    "Completed Order": ORDER_COMPLETED,
    "Updated Order": ORDER_UPDATED,
    "Viewed Product": "Product Viewed",
    "Clicked Product": "Product Clicked",
    "Added Product": "Product Added",
    "Removed Product": "Product Removed",
    "Viewed Product Category": "Product List Viewed",
    "Viewed Promotion": "Promotion Viewed",
    "Clicked Promotion": "Promotion Clicked",
}
"""Names of the first ecommerce spec, still sent by old integrations, and what they are called now."""

COMPANY_EVENTS = (
    "Email Planned",
    "Email Sent",
    "Email Delivered",
    "Email Bounced",
    "Message Planned",
    "Message Sent",
    "Message Delivered",
    "Message Bounced",
    "Message Skipped",
    "Push Notification Received",
    "Push Notification Bounced",
    "Campaign Received",
    "Campaign Sent",
    "Promotion Viewed",
    "Experiment Viewed",
    "Subscription Renewed",
    "Renewal Charged",
    "Invoice Sent",
    ORDER_UPDATED,
    ORDER_REFUNDED,
    ORDER_CANCELLED,
    "Audience Entered",
    "Audience Left",
    "Badge Awarded",
)
"""What the company (or chance) does to the customer. Never counted as the customer's activity."""


def is_company_act(name: str) -> bool:
    """Whether an event of this name is the company's doing; reserved `$` names always are."""
    return name.startswith("$") or name in COMPANY_EVENTS
