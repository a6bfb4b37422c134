"""Retention against a slow, plain second implementation, and the identities that every cohort table obeys."""

from datetime import UTC, date, datetime
from itertools import product

import pytest

from cherish.errors import QuestionError, Unanswerable
from cherish.spec.registry import find
from logs import event, log_of
from reports.asking import ask, asked
from reports.cohorts import CLOCKS, CRITERIA, SPANS, STARTS, oracle, random_events, shown

LOGS = {
    "UTC": (random_events(1), datetime(2021, 4, 12, 15, 30)),
    "Asia/Kolkata": (random_events(2), datetime(2021, 4, 10, 20, 0, 0, 1)),
    "America/New_York": (random_events(3, days=100), datetime(2021, 6, 1, 4, 0)),
}


@pytest.fixture(scope="module")
def logs():
    return {
        zone: log_of([event(who, name, ts) for who, name, ts in events], zone=zone)
        for zone, (events, _) in LOGS.items()
    }


@pytest.mark.parametrize(("clock", "criterion", "start"), list(product(CLOCKS, CRITERIA, STARTS)))
def test_equals_the_plain_implementation(logs, clock, criterion, start):
    case = CLOCKS.index(clock) + CRITERIA.index(criterion) + STARTS.index(start)
    zone = list(LOGS)[case % 3]
    unit = ("day", "week", "month")[(case // 3 + CRITERIA.index(criterion)) % 3]
    events, as_of = LOGS[zone]
    same = case % 2 == 0
    since = date(2021, 3, 8)
    spans = SPANS if criterion == "bracket" else tuple((k, k) for k in range(7))
    previous = case % 3 == 1
    choices = {"criterion": criterion, "clock": clock, "start": start, "unit": unit}
    expected = oracle(
        events, as_of, started={"S", "R"} if same else {"S"}, returned={"S", "R"} if same else {"R"}, zone=zone,
        spans=spans, since=since, previous=previous, **choices,
    )  # fmt: skip
    given = {} if same else {"start_event": "S", "return_event": "R"}
    given |= {"brackets": "0|1-2|4-5"} if criterion == "bracket" else {"buckets": 6}
    given |= {"reference": "previous_period"} if previous else {}
    found = ask(logs[zone], "retention", as_of.replace(tzinfo=UTC), since=since.isoformat(), **choices, **given)
    assert shown(found) == expected


@pytest.mark.parametrize(
    ("unit", "criterion"), list(product(("day", "week", "month"), ("on", "on_or_after", "streak")))
)
def test_without_a_range_the_calendar_clock_equals_it_too(logs, unit, criterion):
    events, as_of = LOGS["America/New_York"]
    choices = {"criterion": criterion, "clock": "calendar", "unit": unit}
    for start, (started, returned) in product(
        ("first_ever", "recurring"), (("S|R", "S|R"), ("S", "S|R"), ("S|R", "R"))
    ):
        expected = oracle(
            events, as_of, started=set(started.split("|")), returned=set(returned.split("|")), start=start,
            zone="America/New_York", spans=tuple((k, k) for k in range(21)), since=date.min, **choices,
        )  # fmt: skip
        found = ask(logs["America/New_York"], "retention", as_of.replace(tzinfo=UTC), start=start, start_event=started,
                    return_event=returned, buckets=20, **choices)  # fmt: skip
        assert shown(found) == expected


# -- identities ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def busy():
    events = random_events(9, customers=60, days=42)
    traits = [event(who, name, ts, properties=f'{{"plan": "{int(who[1:]) % 3}"}}') for who, name, ts in events]
    return log_of(traits)


END = datetime(2021, 4, 12, tzinfo=UTC)


def test_identities_of_the_criteria(busy):
    for clock in CLOCKS:
        on, after, streak = (
            shown(ask(busy, "retention", END, unit="day", buckets=41, clock=clock, criterion=criterion))
            for criterion in ("on", "on_or_after", "streak")
        )
        bracket = shown(ask(busy, "retention", END, unit="day", clock=clock, criterion="bracket", brackets="1-3|4-9"))
        for (cohort, k), (_, retained, mature, _) in on.items():
            assert retained <= after[cohort, k][1]
            assert streak[cohort, k][1] <= retained
            if (cohort, k + 1) in after:
                assert after[cohort, k + 1][1] <= after[cohort, k][1]
            if mature and 1 <= k <= 3 and bracket[cohort, 1][2] == mature:
                assert bracket[cohort, 1][1] >= retained
        last = {cohort: k for (cohort, k), cell in sorted(on.items()) if cell[2]}
        if clock == "calendar":
            # The moment is the end of a day, so nothing lies beyond the last bucket that has elapsed.
            assert all(on[key] == after[key] for key in last.items())


def test_a_breakdown_adds_up(busy):
    whole = shown(ask(busy, "retention", END, unit="week", buckets=4))
    for top in (2, 10):
        parts = ask(busy, "retention", END, unit="week", buckets=4, by="plan", top=top)
        assert len({row["plan"] for row in parts}) == 3
        added = {}
        for row in (row for row in parts if row["average"] is None):
            cell = added.setdefault((row["cohort"], row["bucket"]), [0, 0, 0, 0])
            for place, name in enumerate(("size", "retained", "mature", "reference")):
                cell[place] += row[name] or 0
        assert {key: tuple(cell) for key, cell in added.items()} == whole


def test_nobody_immature_is_counted(busy):
    # The next to last day's starters have lived one day: their second can't have come.
    rows = ask(busy, "retention", END, unit="day", buckets=3, criterion="on_or_after")
    newest = [row for row in rows if row["cohort"] == max(row["cohort"] for row in rows if row["cohort"])]
    gone = (END.date() - newest[0]["cohort"]).days
    assert [row["why"] for row in newest] == [None if k < gone else "immature" for k in range(4)]
    assert all(row["retained"] is None and row["mature"] == 0 for row in newest if row["bucket"] >= gone)


def test_averages_over_cohorts_and_groups(busy):
    for averaging in ("pooled", "simple", "mixpanel"):
        rows, headline, _ = asked(busy, "retention", END, unit="week", buckets=3, averaging=averaging)
        first = [row for row in rows if row["average"] is None and row["bucket"] == 1 and row["mature"]]
        pairs = [(row["retained"], row["mature"]) for row in first]
        power = {"pooled": 1, "simple": 0, "mixpanel": 2}[averaging]
        weights = [n**power for _, n in pairs]
        expected = sum(w * m / n for w, (m, n) in zip(weights, pairs, strict=True)) / sum(weights)
        average = next(row for row in rows if row["average"] and row["bucket"] == 1)
        assert (average["average"], average["rate"]) == (averaging, pytest.approx(expected, rel=1e-12))
        assert headline["rate"] == average["rate"]
        grouped = asked(busy, "retention", END, unit="week", buckets=3, averaging=averaging, by="plan")[1]
        if averaging == "pooled":
            assert grouped == headline
    assert headline["cohorts"] == len({row["cohort"] for row in rows if row["cohort"]})


def test_money_up_to_a_bucket_is_net_of_refunds():
    bought = {"order_id": "o1", "currency": "EUR"}
    log = log_of([
        event("a", "Order Completed", datetime(2021, 1, 1, 9), value=30, **bought),
        event("a", "Order Refunded", datetime(2021, 1, 2, 9), value=-10, **bought),
        event("a", "Order Completed", datetime(2021, 1, 3, 9), value=5, order_id="o2", currency="EUR"),
        event("b", "Order Completed", datetime(2021, 1, 1, 9), value=8, order_id="o3", currency="EUR"),
        event("b", "Order Completed", datetime(2021, 1, 9, 9), value=0, order_id="o4", currency="EUR"),
    ])  # fmt: skip
    rows = ask(log, "retention", unit="day", buckets=3, criterion="on_or_before", counting="money")
    first = [row for row in rows if row["cohort"] == date(2021, 1, 1)]
    assert [float(row["retained"]) for row in first] == [28, 28, 33, 33]
    assert [row["rate"] for row in first] == [14, 14, 16.5, 16.5]
    assert first[0]["size"] == first[0]["mature"] == 2


def test_what_the_user_sets_wins_over_the_preset(busy):
    _, _, plan = asked(busy, "retention", END, preset="amplitude", averaging="simple", unit="day")
    assert plan.convention.startswith(
        "retention/on_or_after/rolling_hour_floor/simple@1 unit=day start=recurring core@0"
    )
    _, _, plan = asked(busy, "retention", END, preset="mixpanel")
    assert plan.convention.startswith("retention/on_or_after/rolling/mixpanel@1")
    _, _, plan = asked(busy, "retention", END, preset="posthog")
    assert plan.convention.startswith("retention/on/calendar/pooled@1")


@pytest.mark.parametrize("given", [
    {"criterion": "bracket"}, {"brackets": "1-2"}, {"criterion": "bracket", "brackets": "3-1"},
    {"criterion": "bracket", "brackets": "1-3|2-4"}, {"criterion": "bracket", "brackets": "x"},
    {"start": "first_in_range"}, {"since": "yesterday"}, {"counting": "money", "criterion": "streak"},
    {"preset": "excel"}, {"buckets": "0"},
])  # fmt: skip
def test_refuses_what_means_nothing(given):
    with pytest.raises(QuestionError):
        find("report", "retention").of(**given)


def test_refuses_to_sum_several_currencies():
    log = log_of([
        event("a", "Order Completed", datetime(2021, 1, 1), value=1, order_id="o1", currency="EUR"),
        event("a", "Order Completed", datetime(2021, 1, 1), value=1, order_id="o2", currency="USD"),
    ])  # fmt: skip
    with pytest.raises(Unanswerable, match="several currencies"):
        ask(log, "retention", counting="money", criterion="on_or_before")


def test_the_chart_is_a_chart(busy):
    pytest.importorskip("altair")
    for given in ({}, {"by": "plan"}):
        _, _, plan = asked(busy, "retention", END, **given)
        table = plan.finish(busy.run(plan.expression))
        spec = find("report", "retention").of(**given).chart(table).to_json()
        assert "came back" in spec


def test_before_the_first_event_there_is_no_cohort():
    log = log_of([event("a", "Order Completed", datetime(2021, 1, 1, 9))])
    rows, headline, _ = asked(log, "retention", datetime(2000, 1, 1, tzinfo=UTC))
    assert (headline["cohorts"], headline["customers"], headline["rate"]) == (0, 0, None)
    assert not any(row["size"] for row in rows)
