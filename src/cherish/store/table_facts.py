"""The facts of a table that is not ours: two aggregates, and a fingerprint that every engine computes alike."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import reduce
from typing import TYPE_CHECKING, Any

import ibis
from ibis.common.exceptions import IbisError

from cherish.spec import derive
from cherish.spec.calendar import Calendar
from cherish.spec.relations import Facts

if TYPE_CHECKING:
    from cherish.store.table import TableLog

_DIGITS = "0123456789abcdef"
_PLACES = 6
# Null counts as one of the currencies; whether an engine counts it by itself differs.
_NO_CURRENCY = "(none)"


def learn(log: TableLog) -> Facts:
    """What is known of the table."""
    events = log.events()
    names = _names(log, events)
    first = min((row["first"] for row in names if row["first"]), default=None)
    last = max((row["last"] for row in names if row["last"]), default=None)
    known = [row for row in names if row["with_customer"]]
    customers = log.run(events.agg(n=events.customer_id.nunique())).to_pylist()[0]["n"]
    return Facts(
        zone=log.zone,
        first=_aware(first),
        last=_aware(last),
        names={row["name"]: row["with_customer"] for row in known},
        name_currencies={row["name"]: row["currencies"] for row in known},
        currencies=_currencies(log, events),
        properties=log.properties,
        traits=log.traits,
        rows={"events": sum(row["n"] for row in names), "customers": customers, "anonymous": 0},
        fingerprint=fingerprint(log, events),
        active=dict(log.active),
        outcome=log.outcome,
    )


def _names(log: TableLog, events: Any) -> list[dict[str, Any]]:
    known = events.customer_id.notnull()
    grouped = events.group_by("name").agg(
        n=events.count(),
        with_customer=events.count(where=known),
        first=events.ts.min(where=known),
        last=events.ts.max(where=known),
        currencies=events.currency.fill_null(_NO_CURRENCY).nunique(),
    )
    found: list[dict[str, Any]] = log.run(grouped).to_pylist()
    return sorted(found, key=lambda row: (-row["n"], row["name"] or ""))


def _currencies(log: TableLog, events: Any) -> dict[str, int]:
    if log.roles.order_id is None or log.roles.currency is None:
        return {}
    orders = derive.orders(events, Calendar("UTC", _EPOCH, _EPOCH))
    rows = log.run(orders.group_by("currency").agg(n=orders.count())).to_pylist()
    return {row["currency"]: row["n"] for row in sorted(rows, key=lambda row: -row["n"]) if row["currency"] is not None}


_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def fingerprint(log: TableLog, events: Any) -> str:
    """An order-free hash: count and sums of the rows, and the least, greatest and sum of their digests.

    Where an engine has no md5 the digests are left out, and the scheme's name says so.
    """
    seconds = events.ts.truncate("s").epoch_seconds().cast("int64")
    cents = (events.value * 10_000).cast("int64")
    sums = {"n": events.count(), "seconds": seconds.sum(), "value": cents.sum(), "customers": events.user_id.nunique()}
    parts = (events.user_id, events.name, seconds, events.ts.microsecond(), cents, events.currency, events.order_id)
    row = reduce(lambda left, right: left + "|" + right, (part.cast("string").fill_null("") for part in parts))
    digest = row.hexdigest("md5")
    places = [ibis.literal(_DIGITS).find(digest.substr(at, 1)).cast("int64") * 16**at for at in range(_PLACES)]
    digests = {"least": digest.min(), "greatest": digest.max(), "all": sum(places[1:], places[0]).sum()}
    try:
        return _told("md5-sums-1", log.run(events.agg(**sums, **digests)))
    except (IbisError, NotImplementedError):
        return _told("sums-1", log.run(events.agg(**sums)))


def _told(scheme: str, rows: Any) -> str:
    values = "|".join(str(value) for value in rows.to_pylist()[0].values())
    return f"{scheme}:{hashlib.md5(values.encode(), usedforsecurity=False).hexdigest()}"


def _aware(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=UTC)
