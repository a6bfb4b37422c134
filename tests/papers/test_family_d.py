"""Retention as published: the vendors' documented examples, CDNOW, Online Retail."""

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from cherish.collect.importing import import_files
from cherish.reports._averages import average
from cherish.store.contract import Origin
from cherish.store.memory import memory
from logs import event, log_of
from reports.asking import ask, asked

DATASETS = Path(os.environ.get("CHERISH_DATASETS", Path(__file__).parents[3] / "shared" / "datasets"))


def dataset(name):
    path = DATASETS / name
    if not path.exists():
        pytest.skip(f"{name} is not in {DATASETS}; set CHERISH_DATASETS to the folder that has it")
    return path


def bucket_of_the_return(start, back, clock, unit):
    """The bucket in which one customer, who comes back once, is seen again (bucket 0 is the start's own)."""
    log = log_of([event("a", "Start", start), event("a", "Return", back)])
    rows = ask(log, "retention", datetime(2022, 1, 1, tzinfo=UTC), unit=unit, clock=clock, start_event="Start",
               return_event="Return", buckets=3)  # fmt: skip
    hits = [row["bucket"] for row in rows if row["average"] is None and row["retained"]]
    assert len(hits) == 1
    return hits[0]


@pytest.mark.parametrize(("start", "back", "unit", "expected"), [
    # Amplitude, "How retention is computed"; Mixpanel, "Retention: calendar and rolling".
    (datetime(2020, 12, 1, 17, 59), datetime(2020, 12, 2, 17, 0), "day",
     {"rolling": 0, "rolling_hour_floor": 1, "calendar": 1}),
    (datetime(2021, 3, 1, 20, 0), datetime(2021, 3, 2, 6, 0), "day", {"rolling": 0, "calendar": 1}),
    (datetime(2021, 2, 25, 12, 0), datetime(2021, 3, 3, 12, 0), "month", {"rolling": 0, "calendar": 1}),
    # Week 1 after December 1 are the 8th to the 14th.
    (datetime(2020, 12, 1, 9), datetime(2020, 12, 7, 23, 59), "week", {"rolling_hour_floor": 0}),
    (datetime(2020, 12, 1, 9), datetime(2020, 12, 8, 9), "week", {"rolling": 1, "rolling_hour_floor": 1}),
    (datetime(2020, 12, 1, 9), datetime(2020, 12, 15, 8, 59), "week", {"rolling": 1, "rolling_hour_floor": 1}),
    (datetime(2020, 12, 1, 9), datetime(2020, 12, 15, 9), "week", {"rolling": 2}),
    # A rolling month is 30 days: month 1 is days 30 to 60.
    (datetime(2020, 12, 1, 9), datetime(2020, 12, 31, 8, 59), "month", {"rolling": 0}),
    (datetime(2020, 12, 1, 9), datetime(2020, 12, 31, 9), "month", {"rolling": 1, "calendar": 0}),
])  # fmt: skip
def test_clocks(start, back, unit, expected):
    assert {clock: bucket_of_the_return(start, back, clock, unit) for clock in expected} == expected


def cohorts(spec, names=("S", "R")):
    """Events of cohorts: (day of the start, size, {days until a return: how many of them, the first ones})."""
    found, number = [], 0
    for day, size, returns in spec:
        people = [f"p{number + place}" for place in range(size)]
        number += size
        found += [event(person, names[0], day + timedelta(hours=9)) for person in people]
        for after, many in returns.items():
            found += [event(person, names[1], day + timedelta(days=after, hours=10)) for person in people[:many]]
    return found


def test_mixpanel_average():
    # Mixpanel documentation: 1,000 with 500 back, 500 with 400 back, a third cohort that is not complete.
    start = datetime(2021, 1, 1)
    log = log_of(cohorts([
        (start, 1000, {1: 500}), (start + timedelta(days=1), 500, {1: 400}), (start + timedelta(days=2), 700, {1: 100}),
    ]))  # fmt: skip
    moment = datetime(2021, 1, 4, 12, tzinfo=UTC)
    for averaging, expected in {"pooled": 0.60, "simple": 0.65, "mixpanel": 0.56}.items():
        rows = ask(
            log, "retention", moment, unit="day", buckets=1, averaging=averaging, start_event="S", return_event="R"
        )
        mean = next(row for row in rows if row["average"] and row["bucket"] == 1)
        assert mean["rate"] == pytest.approx(expected, abs=1e-12)
        assert (mean["retained"], mean["mature"]) == (900, 1500)
    both = average("mixpanel", np.array([500, 400]), np.array([1000, 500]))
    assert (round(both.numerator, 2), round(both.denominator, 2)) == (466.67, 833.33)


@pytest.mark.parametrize("clock", ["calendar", "rolling", "rolling_hour_floor"])
def test_amplitude_return_on_or_after_and_return_on(clock):
    # Amplitude documentation: of 9,644, 6,633 on or after day 3 and 6,594 on day 3.
    start = datetime(2021, 1, 4)
    events = cohorts([(start, 9644, {3: 6594})])
    events += [event(f"p{place}", "R", start + timedelta(days=5, hours=10)) for place in range(6594, 6633)]
    log = log_of(events)
    given = {"unit": "day", "buckets": 3, "clock": clock, "start_event": "S", "return_event": "R"}
    for criterion, many, rate in (("on_or_after", 6633, 0.688), ("on", 6594, 0.684)):
        row = ask(log, "retention", datetime(2021, 1, 20, tzinfo=UTC), criterion=criterion, **given)[3]
        assert (row["bucket"], row["retained"], row["mature"], round(row["rate"], 3)) == (3, many, 9644, rate)


def test_amplitude_arithmetic_of_counts():
    rate = [round(average("pooled", np.array([m]), np.array([n])).rate, 3) for m, n in ((168, 254), (72, 254))]
    assert rate == [0.661, 0.283]


def test_amplitude_brackets():
    # Amplitude documentation: the cohort of January 4 has 3,172; 2,382 are back in days 1-3 and 3,164 in days 4-6.
    log = log_of(cohorts([(datetime(2021, 1, 4), 3172, {2: 2000, 3: 2382, 5: 3164})]))
    rows = ask(log, "retention", datetime(2021, 1, 20, tzinfo=UTC), preset="amplitude", criterion="bracket", unit="day",
               brackets="1-3|4-6", start_event="S", return_event="R")  # fmt: skip
    assert [(row["bucket"], row["bucket_end"], row["retained"], round(row["rate"], 3)) for row in rows[:2]] == [
        (1, 3, 2382, 0.751), (4, 6, 3164, 0.997),
    ]  # fmt: skip


def test_lifetime_value_by_day_n():
    # Amplitude documentation: (500 + 720 + 320) / (100 + 120 + 80) = 5.13; with only the first cohort mature 5.00.
    events, number = [], 0
    for place, (size, money) in enumerate(((100, 500), (120, 720), (80, 320))):
        day = datetime(2021, 1, 1 + place)
        for person in range(size):
            events.append(event(f"p{number}", "Sign Up", day))
            events.append(event(f"p{number}", "Order Completed", day + timedelta(days=person % 3, hours=1),
                                value=money / size, currency="USD", order_id=f"o{number}"))  # fmt: skip
            number += 1
    log = log_of(events)
    for clock in ("calendar", "rolling"):
        for day, expected in ((6, 1540 / 300), (4, 5.0)):
            rows = ask(log, "retention", datetime(2021, 1, day, tzinfo=UTC), unit="day", buckets=2, clock=clock,
                       start_event="Sign Up", criterion="on_or_before", counting="money")  # fmt: skip
            mean = next(row for row in rows if row["average"] and row["bucket"] == 2)
            assert mean["rate"] == pytest.approx(expected, rel=1e-12)
    assert round(1540 / 300, 2) == 5.13


# -- data sets ----------------------------------------------------------------------------------------------------

STAGE = """CREATE TEMP TABLE staged AS SELECT row_number() OVER ()::VARCHAR AS message_id, 'track' AS type,
    'Order Completed' AS name, {ts}::TIMESTAMP AS ts, {ts}::TIMESTAMP AS received_at, NULL::VARCHAR AS anonymous_id,
    {customer}::VARCHAR AS user_id, 'file' AS source, NULL::DECIMAL(18, 4) AS value, NULL::VARCHAR AS currency,
    NULL::VARCHAR AS order_id, NULL::JSON AS properties, NULL::JSON AS context FROM {rows}"""


def log_of_rows(rows, ts, customer):
    store = memory()
    with store.loading(Origin("rows", "events")) as load:
        load.connection.execute(STAGE.format(rows=rows, ts=ts, customer=customer))
        load.events("staged")
    return store


def test_cdnow_monthly_cohorts():
    log = log_of_rows(f"'{dataset('cdnow/master.parquet')}'", "date", "customer_id")
    rows, headline, _ = asked(log, "retention", unit="month", buckets=12)
    sizes = {row["cohort"]: row["size"] for row in rows if row["cohort"]}
    starts = [date(1997, month, 1) for month in (1, 2, 3)]
    assert [sizes[start] for start in starts] == [7846, 8476, 7248]
    retained = {(row["cohort"], row["bucket"]): row["retained"] for row in rows if row["cohort"]}
    published = {1: (1157, 1312, 1032), 2: (964, 980, 752), 3: (810, 783, 756), 12: (528, 568, 678)}
    assert {k: tuple(retained[start, k] for start in starts) for k in published} == published
    assert (headline["customers"], headline["cohorts"]) == (23570, 3)
    assert headline["rate"] == pytest.approx((1157 + 1312 + 1032) / 23570, rel=1e-12)


def test_online_retail_as_imported():
    lines = dataset("online_retail/lines.parquet")
    store = memory()
    import_files(store, [lines])
    rows = ask(store, "retention", datetime(2012, 1, 1, tzinfo=UTC), unit="month", buckets=12, active="Order Completed")
    first = {row["bucket"]: row["retained"] for row in rows if row["cohort"] == date(2010, 12, 1)}
    assert (rows[0]["size"], first[1], first[12]) == (885, 324, 235)
    # The file ends on December 9: until the month is over, its figure is not a figure.
    today = ask(store, "retention", unit="month", buckets=12, active="Order Completed")
    assert [(row["retained"], row["why"]) for row in today[12:13]] == [(None, "immature")]
