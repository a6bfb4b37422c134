"""Who started when, and in which bucket they came back: the engine's part of retention, for every clock and criterion.

A *member* is a customer in a cohort: `start` and every return are whole numbers on the clock (period numbers on the
calendar, microseconds on a rolling clock), so that a bucket is always (return - start) // length. The engine counts
members by cohort, by how many buckets have elapsed for them, and by bucket; what is retained follows from that.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import ibis

from cherish.points.rows import at_moment
from cherish.reports import _bits
from cherish.reports._cohorts_ask import SIZE, Ask
from cherish.reports._groups import Groups
from cherish.reports._rows import daily, labels, of_names
from cherish.spec.filters import conjunction
from cherish.spec.periods import period_index
from cherish.spec.report import Run
from cherish.spec.view import View


def cells(view: View, ask: Ask, top: int, run: Run) -> tuple[Any, Groups]:
    """Rows of `ask.keys`, bucket (SIZE: the members themselves) and amount (members, or money); and their groups."""
    if ask.from_first_ever and (ask.choices.criterion == "on_or_after" or _bits.fits(view, ask)):
        return _in_one_pass(view, ask, top, run)
    started, returned = _starts_and_returns(view, ask)
    members = _labelled(view, ask, started)
    groups = Groups.of(ask.by, members, top, run)
    return _counts(ask, groups.on(members), returned), groups


def _in_one_pass(view: View, ask: Ask, top: int, run: Run) -> tuple[Any, Groups]:
    """Start and returns from one grouping by customer, where start and return are the same events."""
    rows = daily(view)
    rows = of_names(view, rows, ask.started)
    if ask.choices.criterion == "on":
        courses = _labelled(view, ask, _bits.courses(view, ask, rows))
        groups = Groups.of(ask.by, courses, top, run)
        return _bits.counted(view, ask, groups.on(courses)), groups
    ends = rows.group_by("customer_id").agg(first=rows.day.min(), last=rows.day.max())
    cohort, last = (period_index(ends[name], ask.unit).cast("int64") for name in ("first", "last"))
    members = _labelled(view, ask, ends.select("customer_id", cohort=cohort, start=cohort, bucket=last - cohort))
    groups = Groups.of(ask.by, members, top, run)
    return _counted(ask, groups.on(members)), groups


def _counts(ask: Ask, members: Any, returned: Any) -> Any:
    counted = _buckets(ask, members, returned)
    if ask.counts_starts:
        return counted
    sizes = members.group_by(*ask.keys).agg(amount=members.count())
    amount = sizes.amount.cast(counted.amount.type())
    sizes = sizes.mutate(bucket=ibis.literal(SIZE, type="int64"), amount=amount)
    return counted.union(sizes.select(*counted.columns))


def _starts_and_returns(view: View, ask: Ask) -> tuple[Any, Any]:
    of_events = tuple(name for name in ask.by if not name.startswith("traits."))
    if ask.rolling or of_events:
        rows = view.events(of_events)
        started = _members_of_events(view, ask, of_names(view, rows, ask.started), labels(of_events))
    else:
        started = None
    if ask.money:
        returned = _orders(view, ask)
    elif ask.rolling:
        events = of_names(view, view.events(), ask.returned)
        returned = events.select("customer_id", at=_at(view, ask, events.ts))
    else:
        returned = _periods(view, ask, ask.returned)
    if started is not None:
        return started, returned
    return _members_of_days(view, ask, returned), returned


def _periods(view: View, ask: Ask, names: tuple[str, ...]) -> Any:
    rows = daily(view)
    rows = of_names(view, rows, names)
    return rows.select("customer_id", at=period_index(rows.day, ask.unit).cast("int64")).distinct()


def _members_of_days(view: View, ask: Ask, returned: Any) -> Any:
    ranged = ask.since is not None or ask.until is not None
    if not ranged and set(ask.started) == set(ask.returned) and not ask.money:
        periods = returned
    elif not ranged:
        periods = _periods(view, ask, ask.started)
    else:
        return _members_in_range(view, ask)
    if ask.choices.start == "recurring":
        return periods.select("customer_id", cohort=periods.at, start=periods.at)
    first = periods.group_by("customer_id").agg(cohort=periods.at.min())
    return first.mutate(start=first.cohort)


def _members_in_range(view: View, ask: Ask) -> Any:
    rows = daily(view)
    rows = of_names(view, rows, ask.started)
    if ask.choices.start != "first_ever":
        rows = _within(ask, rows)
    if ask.choices.start == "recurring":
        found = rows.select("customer_id", cohort=period_index(rows.day, ask.unit).cast("int64")).distinct()
    else:
        first = _within(ask, rows.group_by("customer_id").agg(day=rows.day.min()))
        found = first.select("customer_id", cohort=period_index(first.day, ask.unit).cast("int64"))
    return found.mutate(start=found.cohort)


def _members_of_events(view: View, ask: Ask, rows: Any, labelled: tuple[str, ...]) -> Any:
    """Members with their exact start; breakdowns by a field of events are those of the starting event."""
    if ask.choices.start != "first_ever":
        rows = _within(ask, rows)
    rows = rows.mutate(cohort=period_index(rows.day, ask.unit).cast("int64"))
    keys = ("customer_id", "cohort") if ask.choices.start == "recurring" else ("customer_id",)
    first = rows.group_by(*keys).agg(ts=rows.ts.min())
    if labelled:
        # Of several events at the same moment the least label, so that any engine and any order gives the same.
        both = rows.inner_join(first, [*keys, "ts"])
        first = both.group_by(*keys, "ts").agg(**{name: both[name].min() for name in labelled})
    day = view.calendar.day(first.ts)
    first = first.mutate(day=day, cohort=period_index(day, ask.unit).cast("int64"))
    if ask.choices.start == "first_ever":
        first = _within(ask, first)
    if not ask.rolling:
        return first.select("customer_id", "cohort", *labelled, start=first.cohort)
    start = _at(view, ask, first.ts)
    elapsed = (_moment(view.as_of) - start) // ask.length
    return first.select("customer_id", "cohort", *labelled, start=start, elapsed=elapsed.cast("int64"))


def _labelled(view: View, ask: Ask, members: Any) -> Any:
    traits = tuple(name for name in ask.by if name.startswith("traits."))
    of_events = tuple(name for name in ask.by if name not in traits)
    columns = {f"by_{ask.by.index(name) + 1}": f"by_{place}" for place, name in enumerate(of_events, 1)}
    table = members.select(
        *(name for name in members.columns if not name.startswith("by_")),
        **{new: members[old] for new, old in columns.items()},
    )
    if not traits:
        return table
    people = view.customers(traits)
    own = {f"by_{ask.by.index(name) + 1}": people[f"by_{place}"] for place, name in enumerate(traits, 1)}
    return table.inner_join(people.select("customer_id", **own), "customer_id")


def _within(ask: Ask, rows: Any) -> Any:
    keep = [] if ask.since is None else [rows.day >= ibis.literal(ask.since, type="date")]
    keep += [] if ask.until is None else [rows.day < ibis.literal(ask.until, type="date")]
    return rows.filter(conjunction(keep)) if keep else rows


# -- the clock ----------------------------------------------------------------------------------------------------


def _at(view: View, ask: Ask, ts: Any) -> Any:
    """A UTC timestamp as microseconds, floored to the local hour where the clock says so."""
    at = _micros(ts, ibis.literal(datetime(1970, 1, 1), type="timestamp(6)"))
    if ask.choices.clock != "rolling_hour_floor":
        return at
    # Only zones with half hours need the local time to know where an hour begins.
    whole_hours = all(seconds % 3600 == 0 for seconds in view.calendar.offsets.seconds)
    local = ts if whole_hours else view.calendar.local(ts)
    return at - _micros(local, local.truncate("h"))


def _micros(ts: Any, since: Any) -> Any:
    return ts.delta(since, unit="microsecond")


def _moment(moment: datetime) -> int:
    since = moment.replace(tzinfo=None) - datetime(1970, 1, 1)
    return (since.days * 86400 + since.seconds) * 1_000_000 + since.microseconds


def _orders(view: View, ask: Ask) -> Any:
    orders = at_moment(view, "orders", exact=False)
    at = _at(view, ask, orders.ts) if ask.rolling else period_index(orders.day, ask.unit).cast("int64")
    return orders.select("customer_id", at=at, value=orders.value)


# -- the criteria -------------------------------------------------------------------------------------------------


def _buckets(ask: Ask, members: Any, returned: Any) -> Any:
    criterion = ask.choices.criterion
    if ask.money:
        return _money(ask, _joined(ask, members, returned))
    if criterion == "on_or_after":
        latest = returned.group_by("customer_id").agg(at=returned["at"].max())
        return _counted(ask, _joined(ask, members, latest, beyond=True))
    joined = _joined(ask, members, returned)
    member = ("customer_id", *ask.keys)
    if criterion == "on_or_before":
        return _counted(ask, joined.group_by(*member).agg(bucket=joined.bucket.min()))
    if criterion == "bracket":
        joined = joined.mutate(bucket=_bracket(ask, joined.bucket))
        joined = joined.filter(joined.bucket.notnull())
    if ask.rolling or criterion == "bracket":
        joined = joined.select(*member, "bucket").distinct()
    if criterion == "streak":
        # While nothing is missing, a member's n-th bucket is bucket n.
        order = ibis.window(group_by=[joined.customer_id, joined.cohort], order_by=joined.bucket)
        placed = joined.mutate(place=ibis.row_number().over(order))
        joined = placed.filter(placed.place == placed.bucket)
    return _counted(ask, joined)


def _joined(ask: Ask, members: Any, returned: Any, beyond: bool = False) -> Any:
    both = members.inner_join(returned, "customer_id")
    keep = [both["at"] >= both.start]
    if not beyond:
        keep.append(both["at"] < both.start + (ask.last + 1) * ask.length)
    both = both.filter(conjunction(keep))
    passed = both["at"] - both.start
    bucket = (passed // ask.length).cast("int64") if ask.rolling else passed
    value = ("value",) if ask.money else ()
    return both.select("customer_id", *ask.keys, *value, bucket=bucket)


def _counted(ask: Ask, hits: Any) -> Any:
    return hits.group_by(*ask.keys, "bucket").agg(amount=hits.count())


def _money(ask: Ask, joined: Any) -> Any:
    if ask.choices.criterion == "bracket":
        joined = joined.mutate(bucket=_bracket(ask, joined.bucket))
        joined = joined.filter(joined.bucket.notnull())
    return joined.group_by(*ask.keys, "bucket").agg(amount=joined.value.sum().cast("decimal(38, 4)"))


def _bracket(ask: Ask, bucket: Any) -> Any:
    cases = [((bucket >= low) & (bucket <= high), place) for place, (low, high) in enumerate(ask.brackets)]
    return ibis.cases(*cases, else_=ibis.null("int64")).cast("int64")
