"""Pairs of contacts that get into each other's way: each kind as a join of rows that are bounded in time."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import ibis

from cherish.reports._contacts import UNNAMED, text_of
from cherish.spec.numbers import number_of
from cherish.spec.view import View

KINDS = ("two owners", "open complaint", "after payment", "two prices")
_BEGINNING = re.compile(r"([^-_:/]+)[-_:/]")


@dataclass(frozen=True)
class Told:
    """Contacts as customer_id, ts, event_id, campaign, owner, product, price, reminds; and what of it is known."""

    rows: Any
    owned: bool
    reminding: bool
    priced: bool


def told(
    view: View, rows: Any, campaigns: Sequence[str], asked: Mapping[str, tuple[str, ...]], prefixed: bool,
    reminders: tuple[str, ...],
) -> Told:  # fmt: skip
    """The contacts, told; owners by their campaign's beginning where that is asked for."""
    import pyarrow as pa

    words = tuple(word.lower() for word in reminders)
    begun = {name: _BEGINNING.match(name) for name in campaigns if name != UNNAMED}
    table = pa.table({
        "of_campaign": pa.array(list(campaigns), pa.string()),
        "begins": pa.array([_begins(begun.get(name)) for name in campaigns], pa.string()),
        "reminds": pa.array([any(word in name.lower() for word in words) for name in campaigns], pa.bool_()),
    })  # fmt: skip
    known = view.log.temporary(table)
    full = rows.rename({f"properties.{name}": name for each in asked.values() for name in dict.fromkeys(each)})
    own = full.select(
        "customer_id", "ts", "event_id", "campaign", owner=text_of(full, asked["owner"]),
        product=text_of(full, asked["product"]), price=_price(full, asked["price"]),
    )  # fmt: skip
    joined = own.left_join(known, own.campaign == known.of_campaign)
    owner = joined.owner.fill_null(joined.begins) if prefixed else joined.owner
    made = joined.select(
        *(name for name in own.columns if name != "owner"), owner=owner, reminds=joined.reminds.fill_null(False)
    )
    owned = bool(asked["owner"]) or (prefixed and any(begun.values()))
    reminding = any(table["reminds"].to_pylist())
    return Told(made, owned, reminding, bool(asked["product"] and asked["price"]))


def _begins(found: re.Match[str] | None) -> str | None:
    return None if found is None else found[1].strip()


def _price(rows: Any, names: tuple[str, ...]) -> Any:
    """The first of these properties that is a number."""
    found = ibis.null("float64")
    for name in reversed(names):
        found = number_of(rows[f"properties.{name}"]).fill_null(found)
    return found


def two_owners(rows: Any, seconds: int) -> Any:
    """Two contacts of one customer within so long, by different owners."""
    pairs = _pairs(rows.filter(rows.owner.notnull()), seconds)
    return _named(pairs.filter(pairs.owner != pairs.other_owner), "two owners", pairs.campaign, pairs.other_campaign)


def two_prices(rows: Any, seconds: int) -> Any:
    """Two offers of one product to one customer within so long, at different prices."""
    offers = rows.filter(rows.product.notnull(), rows.price.notnull())
    pairs = _pairs(offers, seconds)
    kept = pairs.filter(pairs["product"] == pairs.other_product, pairs.price != pairs.other_price)
    return _named(kept, "two prices", kept.campaign, kept.other_campaign)


def open_complaint(view: View, rows: Any, complaints: tuple[str, ...], resolved: tuple[str, ...], seconds: int) -> Any:
    """Contacts while the customer's last word on the matter is a complaint that is not too old."""
    events = view.events()
    events = events.filter(events.name.isin((*complaints, *resolved)))
    words = events.select("customer_id", "ts", "event_id", bad=events.name.isin(complaints), word="name")
    return _after(rows, words, seconds, "open complaint")


def after_payment(view: View, rows: Any, payments: tuple[str, ...], owed: tuple[str, ...], seconds: int) -> Any:
    """Reminders while the customer's last word on the matter is a payment that is not too old."""
    events = view.events()
    events = events.filter(events.name.isin((*payments, *owed)))
    words = events.select("customer_id", "ts", "event_id", bad=events.name.isin(payments), word="name")
    return _after(rows.filter(rows.reminds), words, seconds, "after payment")


def _after(rows: Any, words: Any, seconds: int, kind: str) -> Any:
    """Each contact beside the last of the words before it, kept where that one is `bad` and within so long."""
    left = rows.select("customer_id", "ts", "event_id", "campaign")
    other = words.select(whose="customer_id", at="ts", word_id="event_id", bad="bad", word="word")
    late = other.mutate(late=other["at"] + ibis.interval(seconds=seconds))
    joined = left.inner_join(late, [left.customer_id == late.whose, late["at"] < left.ts, left.ts <= late.late])
    # Of words of one instant the good one holds: whoever settled something at once was not left alone with it.
    at_once = joined.group_by("customer_id", "event_id", "campaign", "at").agg(
        bad=joined.bad.cast("int64").min(), word=joined.word.min()
    )
    last = at_once.group_by("customer_id", "event_id", "campaign").agg(
        bad=at_once.bad.argmax(at_once["at"]), word=at_once.word.argmax(at_once["at"])
    )
    kept = last.filter(last.bad == 1)
    return _named(kept, kind, kept.word, kept.campaign)


def _pairs(rows: Any, seconds: int) -> Any:
    """Each two contacts of one customer within so long, the earlier first (by time, then by the event's id)."""
    one = rows.mutate(until=rows.ts + ibis.interval(seconds=seconds))
    other = rows.select(**{f"other_{name}": rows[name] for name in rows.columns})
    near = [one.customer_id == other.other_customer_id, other.other_ts >= one.ts, other.other_ts <= one.until]
    joined = one.inner_join(other, near)
    same = joined.other_ts == joined.ts
    return joined.filter((joined.other_ts > joined.ts) | (same & (joined.other_event_id > joined.event_id)))


def _named(pairs: Any, kind: str, first: Any, second: Any) -> Any:
    return pairs.select(kind=ibis.literal(kind), customer_id=pairs.customer_id, first=first, second=second)


def together(kinds: Mapping[str, Any], rows: Any) -> Any:
    """The pairs of all kinds, one below the other; no rows where no kind can be told."""
    empty = rows.filter(ibis.literal(False))
    none = _named(empty, KINDS[0], empty.campaign, empty.campaign)
    return reduce(lambda above, below: above.union(below), kinds.values(), none)


def counted(pairs: Any, examples: int) -> Any:
    """Per kind a row of place 0 with all its pairs, and the most frequent pairs of campaigns from place 1 on."""
    each = pairs.group_by("kind", "first", "second").agg(pairs=pairs.count(), customers=pairs.customer_id.nunique())
    order = ibis.window(group_by="kind", order_by=[ibis.desc("pairs"), "first", "second"])
    placed = each.mutate(place=(ibis.row_number().over(order) + 1).cast("int64"))
    kept = placed.filter(placed.place <= examples)
    whole = pairs.group_by("kind").agg(pairs=pairs.count(), customers=pairs.customer_id.nunique())
    nothing = ibis.null("string")
    whole = whole.mutate(first=nothing, second=nothing, place=ibis.literal(0, type="int64"))
    columns = ("kind", "first", "second", "pairs", "customers", "place")
    return whole.select(*columns).union(kept.select(*columns))
