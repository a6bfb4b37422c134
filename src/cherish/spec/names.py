"""Standard event names (Segment's where one exists) and who acts in them: the customer or the company."""

from __future__ import annotations

from cherish.spec.standards import BY_NAME

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
    *(name for name, standard in BY_NAME.items() if standard.actor == "company"),
    "Content Shown",
    "Survey Sent",
    "Survey Shown",
    "Campaign Received",
    "Campaign Sent",
    "Promotion Viewed",
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
"""What the company (or chance) does to the customer. Never counted as the customer's activity.

Payments are among them: the order that a customer places is an event of its own, and a renewal is charged by nobody's
hand."""


# -- roles: the standard names of what definitions speak of, each the default of a parameter that can replace it ---

REACHES = (
    "Email Sent",
    "Email Delivered",
    "Message Sent",
    "Message Delivered",
    "Push Notification Received",
    "Campaign Received",
    "Campaign Sent",
    "Promotion Viewed",
    "Content Shown",
    "Survey Sent",
    "Survey Shown",
)
"""The company reached out: something was sent or shown."""

VIEWS = ("Page", "Page Viewed", "Screen Viewed", "Product Viewed", "Content Viewed")
"""Something was looked at: a page, a screen, a product, a post.

Sessions know more views (`points.relations.sessions.VIEWS`): a list of products is a page of a visit as well, and here
a search."""

SEARCHES = (
    "Products Searched",
    "Product List Viewed",
    "Product List Filtered",
    "Content Searched",
    "Products Compared",
)
"""Looking for something and comparing."""

MESSAGE_CLICKS = (
    "Email Link Clicked",
    "Email Clicked",
    "Message Clicked",
    "Push Notification Tapped",
    "Promotion Clicked",
)
"""A click on something that the company sent or put in the way."""

CLICKS = (*MESSAGE_CLICKS, "Product Clicked", "Content Clicked", "Coupon Redeemed")
"""An answer to what the company sent or showed."""

OPENS = ("Email Opened", "Message Opened")
"""Mail privacy proxies open mail by themselves: never evidence of interest on its own."""

SIGNS_UP = ("Signed Up", "Account Created", "Community Joined")
"""Becoming known."""

CREATES = ("Post Created", "Question Created", "Content Created")
"""Starting something that others can see."""

CONTRIBUTES = ("Comment Created", "Answer Created", "Reply Created", "Reaction Created", "Post Edited", "Content Liked")
"""Adding to what others started."""

REVIEWS = ("Product Reviewed", "Review Created")
"""A review of a product or of the company."""

COMPLAINTS = ("Complaint Created", "Email Marked as Spam", "Email Marked As Spam", "Ticket Created")
"""Saying that something is wrong."""

CONTACTS = ("Live Chat Conversation Started", "Live Chat Message Sent", "Conversation Started", "Message Received",
            "Email Replied", "Message Replied")  # fmt: skip
"""A turn of the customer in a conversation with the company."""

REPLIES = ("Email Replied", "Message Replied")
"""A reply to what the company sent."""

COMPANY_TURNS = ("Live Chat Message Received", "Conversation Answered", "Message Answered")
"""A turn of the company in a conversation with the customer."""

SHARES = ("Product Shared", "Cart Shared", "Content Shared")
"""Telling others."""

REFERRALS = ("Invite Sent", "Referral Sent")
"""Inviting somebody by name."""

SUBSCRIBES = ("Subscribed", "Newsletter Subscribed", "Email Subscribed", "Subscription Started")
"""Asking to hear more from the company."""

FAVOURITES = ("Product Added to Wishlist", "Content Saved", "Content Liked")
"""A sign of liking that costs something small."""

ANSWERS = ("Survey Answered",)
"""One answered item of a survey: properties instrument, item, score."""


def is_company_act(name: str) -> bool:
    """Whether an event of this name is the company's doing; reserved `$` names are, but for a customer's own acts."""
    standard = BY_NAME.get(name)
    if standard is not None:
        return standard.actor == "company"
    return name.startswith("$") or name in COMPANY_EVENTS
