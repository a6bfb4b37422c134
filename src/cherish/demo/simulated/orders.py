"""The order book: own and caused orders with their spend and refunds."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .arrays import Flags, Floats, Integers
from .batches import Batch, Column
from .parameters import PARAMETERS
from .plan import Plan
from .purchases import Buyers

OWN = "own"
CURRENCY = "EUR"
ROOM_PER_CAUSE = 1 << 38


@dataclass(frozen=True)
class Orders:
    """One cause's orders: `number` is unique over all causes, `refunded_at` is infinite where nothing was refunded.

    `kept` is false for orders that were drawn but never placed, because life ended before or a campaign destroyed them.
    """

    cause: str
    number: Integers
    customer: Integers
    moment: Floats
    cents: Integers
    refunded_at: Floats
    kept: Flags

    def placed(self) -> "Orders":
        """Drop the orders that were never placed."""
        keep = self.kept
        return Orders(
            self.cause,
            self.number[keep],
            self.customer[keep],
            self.moment[keep],
            self.cents[keep],
            self.refunded_at[keep],
            keep[keep],
        )

    def since(self, moment: float, until: float) -> Flags:
        """Mark the orders in [moment, until)."""
        return np.asarray((self.moment >= moment) & (self.moment < until))


def price(
    plan: Plan, buyers: Buyers, cause: str, place: int, customer: Integers, moment: Floats, kept: Flags
) -> Orders:
    """Draw spend and refund of every order of one cause, also of those that are not kept.

    So each order keeps its number, spend and refund when another effect is switched off.
    """
    law, size = PARAMETERS.spending, customer.size
    standard = plan.stream(f"orders/{cause}/spend").standard_gamma(law.order_shape, size)
    cents = np.maximum(np.rint(standard / buyers.spend_rate[customer] * 100), 1).astype(np.int64)
    draws = plan.stream(f"orders/{cause}/refund")
    refunded = draws.random(size) < plan.effects.refunds
    refunded_at = np.where(refunded, moment + draws.uniform(*law.refund_days, size), np.inf)
    number = np.arange(size, dtype=np.int64) + place * ROOM_PER_CAUSE
    return Orders(cause, number, customer, moment, cents, refunded_at, kept & (moment < plan.days))


def merged(books: list[Orders]) -> Orders:
    """Put the orders of all causes in one book, sorted by customer and moment."""
    customer = np.concatenate([book.customer for book in books])
    moment = np.concatenate([book.moment for book in books])
    order = np.lexsort((moment, customer))
    number, cents, refunded_at, kept = (
        np.concatenate([getattr(book, name) for book in books])[order]
        for name in ("number", "cents", "refunded_at", "kept")
    )
    return Orders("all", number, customer[order], moment[order], cents, refunded_at, kept)


def next_order(book: Orders, days: int, customer: Integers, after: Floats) -> Floats:
    """Give the moment of each customer's first order after a moment, infinite if there is none; `book` is merged."""
    span = float(days + 1)
    keys = book.customer * span + book.moment
    place = np.searchsorted(keys, customer * span + np.minimum(after, days), side="right")
    found = np.minimum(place, keys.size - 1)
    same = (place < keys.size) & (book.customer[found] == customer)
    return np.where(same, book.moment[found], np.inf)


def order_events(book: Orders) -> Iterator[Batch]:
    """Record orders and refunds; a refund is the order's money with a minus."""
    part = f"orders/{book.cause}"
    columns: dict[str, Column] = {"order_id": book.number, "value": book.cents, "currency": CURRENCY, "channel": "web"}
    yield Batch(part, "Order Completed", book.number, book.customer, book.moment, columns=columns).where(book.kept)
    back: dict[str, Column] = {"order_id": book.number, "value": -book.cents, "currency": CURRENCY}
    rows = book.kept & np.isfinite(book.refunded_at)
    yield Batch(f"{part}/refund", "Order Refunded", book.number, book.customer, book.refunded_at, columns=back).where(
        rows
    )
