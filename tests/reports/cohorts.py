"""Retention a second time: slow, plain, customer by customer; and random logs to compare it on."""

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

CRITERIA = ("on", "on_or_after", "on_or_before", "bracket", "streak")
CLOCKS = ("calendar", "rolling", "rolling_hour_floor")
STARTS = ("first_ever", "first_in_range", "recurring")
SPANS = ((0, 0), (1, 2), (4, 5))
LENGTH = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}


def local(ts, zone):
    return ts.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))


def period(day, unit):
    if unit == "day":
        return day
    return day - timedelta(days=day.weekday()) if unit == "week" else day.replace(day=1)


def following(start, unit, count):
    if unit != "month":
        return start + count * LENGTH[unit]
    for _ in range(count):
        start = (start + timedelta(days=31)).replace(day=1)
    return start


def clocked(ts, clock, zone):
    if clock != "rolling_hour_floor":
        return ts
    there = local(ts, zone)
    return ts - timedelta(minutes=there.minute, seconds=there.second, microseconds=there.microsecond)


def members(events, started, clock, start, unit, zone, since):
    """(customer, cohort) -> the moment of the start, as the clock sees it."""
    found, seen = {}, set()
    for customer, name, ts in sorted(events, key=lambda each: each[2]):
        day = local(ts, zone).date()
        if name not in started or (start != "first_ever" and day < since):
            continue
        cohort = period(day, unit)
        if start == "recurring":
            found.setdefault((customer, cohort), clocked(ts, clock, zone))
        elif customer not in seen:
            seen.add(customer)
            if day >= since:
                found[customer, cohort] = clocked(ts, clock, zone)
    return found


def bucket_of(cohort, moment, ts, clock, unit, zone):
    """The bucket of a return, negative before the start."""
    if clock != "calendar":
        return (clocked(ts, clock, zone) - moment) // LENGTH[unit]
    there, k = period(local(ts, zone).date(), unit), 0
    while following(cohort, unit, k) < there:
        k += 1
    return k if there >= cohort else -1


def elapsed(cohort, moment, k, as_of, clock, unit, zone):
    if clock == "calendar":
        return following(cohort, unit, k + 1) <= local(as_of, zone).date()
    return moment + (k + 1) * LENGTH[unit] <= as_of


def meets(criterion, ks, low, high):
    if criterion == "on_or_after":
        return any(k >= low for k in ks)
    if criterion == "on_or_before":
        return any(0 <= k <= low for k in ks)
    if criterion == "streak":
        return set(range(low + 1)) <= ks
    return any(low <= k <= high for k in ks)


def oracle(events, as_of, *, started, returned, criterion, clock, start, unit, zone, spans, since, previous=False):
    """(cohort, first unit of the bucket) -> size, retained, mature, reference."""
    seen = [each for each in events if each[2] < as_of]
    people = members(seen, started, clock, start, unit, zone, since)
    table = {}
    for (customer, cohort), moment in people.items():
        ks = {
            bucket_of(cohort, moment, ts, clock, unit, zone)
            for who, name, ts in seen if who == customer and name in returned
        }  # fmt: skip
        for place, (low, high) in enumerate(spans):
            cell = table.setdefault((cohort, low), [0, 0, 0, 0])
            cell[0] += 1
            if not elapsed(cohort, moment, high, as_of, clock, unit, zone):
                continue
            cell[1] += meets(criterion, ks, low, high)
            cell[2] += 1
            cell[3] += meets(criterion, ks, *spans[place - 1]) if previous and place else 1
    return {key: tuple(cell) for key, cell in table.items()}


# -- random logs --------------------------------------------------------------------------------------------------


def random_events(seed, customers=12, days=45, names=("S", "R")):
    draw = random.Random(seed)
    begin = datetime(2021, 3, 1)
    found = []
    for customer in range(customers):
        first, rate = draw.uniform(0, days * 0.7), draw.choice((0.1, 0.5, 1.5))
        at = first
        while at < days:
            ts = begin + timedelta(days=at)
            ts = ts.replace(microsecond=draw.choice((0, 1, 999_999, 500_000)))
            found.append((f"c{customer}", draw.choice(names), ts))
            if draw.random() < 0.1:
                found.append((f"c{customer}", draw.choice(names), ts + timedelta(days=1)))
            at += draw.expovariate(rate)
    return found


def shown(rows):
    cells = {}
    for row in rows:
        if row["average"] is None:
            mature = row["mature"]
            cells[row["cohort"], row["bucket"]] = (row["size"], row["retained"] or 0, mature, row["reference"] or 0)
            assert (row["retained"] is None) == (mature == 0)
            assert (row["rate"] is None) == (row["why"] is not None)
            if row["rate"] is not None:
                assert row["rate"] == pytest.approx(row["retained"] / row["reference"], rel=1e-12)
    return cells
