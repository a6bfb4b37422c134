"""Standard Webhooks (standardwebhooks.com): `{type, timestamp, data}`, kept as an event of that name.

Who it is about stands in `data`: as userId, user_id, customer_id or email, or where the endpoint was told.
"""

from __future__ import annotations

from typing import Any

from cherish.collect.webhooks.delivery import Delivery, Object, Sent, call, email, inside, text

TITLE = "Standard Webhooks"

USERS = ("userId", "user_id", "customer_id")
DEVICES = ("anonymousId", "anonymous_id")
HANDLED: dict[str, Any] = {}
"""Everything is kept."""


def read(sent: Sent) -> Delivery:
    """What a delivery comes to: one event; one that is about nobody is refused at the door, and seen."""
    kind = text(sent.body, "type") or ""
    data: Object = inside(sent.body, "data") if isinstance(inside(sent.body, "data"), dict) else {}
    own = text(data, sent.customer) if sent.customer else None
    told = call(
        "track", event=kind, userId=own or _first(data, USERS) or email(data, "email"),
        anonymousId=_first(data, DEVICES), properties=data, messageId=sent.headers.get("webhook-id"),
        timestamp=inside(sent.body, "timestamp"),
    )  # fmt: skip
    return Delivery(kind, (told,))


def _first(data: Object, names: tuple[str, ...]) -> str | None:
    return next((found for name in names if (found := text(data, name))), None)
