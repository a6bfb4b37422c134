"""Browsing: sessions of pages while the customer lives, alone or before an order."""

from collections.abc import Iterator

import numpy as np

from .arrays import Flags, Floats, Integers, owners, positions, spread
from .batches import Batch, Column, Labels
from .orders import Orders
from .parameters import PARAMETERS
from .people import DEVICES, People
from .plan import Plan
from .purchases import Buyers

PAGES = ("/", "/new", "/category", "/story")
PRODUCTS = tuple(f"product-{number:02d}" for number in range(1, 41))
SECONDS_PER_DAY = 86_400


def visit_rate(plan: Plan, people: People) -> Floats:
    """Draw visits per week: a gamma times the planted fall with age; purchase rates have no such factor."""
    law = PARAMETERS.browsing
    own = plan.stream("visits/rate").gamma(law.rate_shape, law.rate_mean / law.rate_shape, plan.customers)
    return np.asarray(own * np.exp(-plan.effects.age_visits * (people.age.astype(np.float64) - 2)))


def visits(plan: Plan, people: People, buyers: Buyers, ends: Floats, rate: Floats) -> Iterator[Batch]:
    """Draw the visits of the undisturbed life, keep those before dropout, and fill them with pages."""
    until = np.minimum(buyers.ends, plan.days)
    draws = plan.stream("visits/moments")
    visit_counts = draws.poisson(np.where(people.recorded, rate * (until - people.first_order) / 7, 0.0))
    customer, moment = owners(visit_counts), spread(draws, visit_counts, people.first_order, until)
    counts = page_counts(draws, customer.size)
    gaps = page_gaps(draws, int(counts.sum()))
    moment = np.repeat(moment, counts) + elapsed(gaps, counts)
    rows = moment < np.repeat(ends[customer], counts)
    yield from pages("visits", draws, people, customer, moment, counts, rows)


def order_sessions(plan: Plan, people: People, book: Orders) -> Iterator[Batch]:
    """Lead up to every repeat order with a session; its last gap lies between the last page and the order.

    The first order needs none: it follows the sign-up within minutes.
    """
    part = f"visits/before {book.cause} orders"
    draws = plan.stream(part)
    counts = page_counts(draws, book.number.size)
    gaps = page_gaps(draws, int(counts.sum()))
    whole = np.bincount(owners(counts), weights=gaps, minlength=counts.size)
    moment = np.repeat(book.moment - whole, counts) + elapsed(gaps, counts)
    shown = book.kept & people.recorded[book.customer] & (book.moment > people.first_order[book.customer])
    rows = shown[owners(counts)]
    yield from pages(part, draws, people, book.customer, moment, counts, rows)


def page_counts(draws: np.random.Generator, sessions: int) -> Integers:
    """Draw pages per session, geometric from one."""
    return draws.geometric(1 - PARAMETERS.browsing.more_pages, sessions)


def page_gaps(draws: np.random.Generator, pages: int) -> Floats:
    """Draw one gap per page, to the next page or to the order, in days."""
    law = PARAMETERS.browsing
    return np.asarray(draws.lognormal(np.log(law.gap_seconds / SECONDS_PER_DAY), law.gap_spread, pages))


def elapsed(gaps: Floats, counts: Integers) -> Floats:
    """Give the time from a session's first page to each of its pages."""
    before = np.cumsum(gaps) - gaps
    return np.asarray(before - np.repeat(before[np.cumsum(counts) - counts], counts))


def pages(
    part: str,
    draws: np.random.Generator,
    people: People,
    visitor: Integers,
    moment: Floats,
    counts: Integers,
    rows: Flags,
) -> Iterator[Batch]:
    """Turn sessions into events: pages and, after the first, as many product views. `visitor` is per session."""
    number = np.arange(moment.size, dtype=np.int32)
    customer = visitor[owners(counts)]
    rows = rows & (moment >= people.signed_up[customer])
    kind = draws.integers(0, 2 * len(PAGES), moment.size, dtype=np.int8)
    product = (kind >= len(PAGES)) & (positions(counts) > 0)
    which = draws.integers(0, len(PRODUCTS), moment.size, dtype=np.int8)
    device: Column = Labels(DEVICES, people.device[customer])
    seen: dict[str, Column] = {"channel": "web", "device": device, "page": Labels(PAGES, kind % len(PAGES))}
    looked: dict[str, Column] = {"channel": "web", "device": device, "product_id": Labels(PRODUCTS, which)}
    yield Batch(part, "Page Viewed", number, customer, moment, "page", True, seen).where(rows & ~product)
    yield Batch(f"{part}/products", "Product Viewed", number, customer, moment, "track", True, looked).where(
        rows & product
    )
