"""Trends against plain counting in Python."""

import random
import statistics
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from cherish.errors import QuestionError, Unanswerable
from cherish.reports._formula import Formula
from cherish.store.contract import Origin
from logs import event, log_of
from reports.asking import ask, asked
from reports.cohorts import shown

ZONE = "America/New_York"


def random_log(seed=4, n=400, days=80):
    draw = random.Random(seed)
    found = []
    for _ in range(n):
        ts = datetime(2021, 2, 1) + timedelta(days=draw.uniform(0, days) ** 0.9)
        seconds, kind = draw.randint(1, 30), draw.choice("aabbbcd")
        more = "" if draw.random() < 0.2 else f', "kind": "{kind}"'
        found.append(event(
            f"u{draw.randint(1, 25)}", draw.choice(("Look", "Buy")), ts, currency="USD",
            value=None if draw.random() < 0.3 else round(draw.uniform(1, 90), 2),
            properties=f'{{"seconds": {seconds}{more}}}',
        ))  # fmt: skip
    return found


EVENTS = random_log()
AS_OF = datetime(2021, 4, 1, 15, tzinfo=UTC)


@pytest.fixture(scope="module")
def log():
    return log_of(EVENTS, zone=ZONE)


def day_of(row):
    return row["ts"].replace(tzinfo=UTC).astimezone(ZoneInfo(ZONE)).date()


def start_of(day, unit):
    if unit == "week":
        return day - timedelta(days=day.weekday())
    month = {"day": day.month, "month": day.month, "quarter": (day.month - 1) // 3 * 3 + 1, "year": 1}[unit]
    return day if unit == "day" else date(day.year, month, 1)


def counted(how, rows):
    """What one series is worth over these events."""
    values = [float(row["value"]) for row in rows if row["value"] is not None]
    seconds = [float(row["properties"].split(":")[1].split(",")[0].rstrip("}")) for row in rows]
    return {
        "count": lambda: len(rows),
        "unique": lambda: len({row["user_id"] for row in rows}),
        "sum": lambda: sum(values),
        "average(value)": lambda: statistics.fmean(values) if values else None,
        "median(seconds)": lambda: statistics.median(seconds) if seconds else None,
        "p90(seconds)": lambda: float(np.percentile(seconds, 90)) if seconds else None,
        "sum(seconds)": lambda: sum(seconds),
    }[how]()


HOWS = ("count", "unique", "sum", "average(value)", "median(seconds)", "p90(seconds)", "sum(seconds)")


@pytest.mark.parametrize("unit", ["day", "week", "month", "quarter", "year"])
@pytest.mark.parametrize("events", ["Look", "Look|Buy"])
def test_equals_plain_counting(log, unit, events):
    rows = ask(log, "trends", AS_OF, unit=unit, series=";".join(f"{how}:{events}" for how in HOWS))
    seen = [row for row in EVENTS if row["name"] in events.split("|") and row["ts"] < AS_OF.replace(tzinfo=None)]
    for place, how in enumerate(HOWS):
        found = {row["period"]: row["value"] for row in rows if row["series"] == "ABCDEFG"[place]}
        expected = {
            period: counted(how, [row for row in seen if start_of(day_of(row), unit) == period]) for period in found
        }
        assert {period for period in found if found[period] is None} == {p for p in expected if expected[p] is None}
        assert {p: v for p, v in found.items() if v is not None} == pytest.approx(
            {p: v for p, v in expected.items() if v is not None}, rel=1e-12
        )
        assert sum(len([row for row in seen if start_of(day_of(row), unit) == period]) for period in found) == len(seen)


def test_series_of_different_events_share_a_pass(log):
    rows = ask(log, "trends", AS_OF, unit="week", series="count:Look;unique:Look;unique:Buy;sum:Buy;unique:Look|Buy")
    for letter, how, names in (("A", "count", "Look"), ("B", "unique", "Look"), ("C", "unique", "Buy"),
                               ("D", "sum", "Buy"), ("E", "unique", "LookBuy")):  # fmt: skip
        for row in (row for row in rows if row["series"] == letter):
            own = [each for each in EVENTS if each["name"] in names and each["ts"] < AS_OF.replace(tzinfo=None)
                   and start_of(day_of(each), "week") == row["period"]]  # fmt: skip
            assert row["value"] == pytest.approx(counted(how, own), rel=1e-12)


def test_unique_customers_are_never_added_up(log):
    days = ask(log, "trends", AS_OF, unit="day", series="unique")
    weeks = ask(log, "trends", AS_OF, unit="week", series="unique")
    assert sum(row["value"] for row in weeks) < sum(row["value"] for row in days)
    everybody = len({row["user_id"] for row in EVENTS})
    assert (
        ask(log, "trends", unit="year", series="unique")[0]["value"] == everybody < sum(row["value"] for row in weeks)
    )


def test_breakdowns_with_the_rest_counted_as_other(log):
    rows = ask(log, "trends", unit="year", series="unique:Look|Buy", by="kind", top=2)
    kinds = {}
    for row in EVENTS:
        kind = row["properties"].split('"kind": "')[1][0] if "kind" in row["properties"] else "unknown"
        kinds.setdefault(kind, set()).add(row["user_id"])
    best = sorted(kinds, key=lambda kind: (-len(kinds[kind]), kind))[:2]
    rest = set().union(*(people for kind, people in kinds.items() if kind not in best))
    expected = {**{kind: len(kinds[kind]) for kind in best}, "other": len(rest)}
    assert {row["kind"]: row["value"] for row in rows} == expected
    two = ask(log, "trends", unit="year", series="count:Look|Buy", by="kind|name", top=100)
    assert sum(row["value"] for row in two) == len(EVENTS)
    assert {row["kind"] for row in two} == {"a", "b", "c", "d", "unknown"}
    assert {row["name"] for row in two} == {"Look", "Buy"}


def test_formula_and_its_nulls(log):
    rows = ask(log, "trends", unit="day", series="sum:Buy;count:Buy", formula="A / B * 100")
    values = {(row["series"], row["period"]): row for row in rows}
    for (name, period), row in values.items():
        if name == "formula":
            money, count = values["A", period]["value"], values["B", period]["value"]
            assert row["value"] == (pytest.approx(money / count * 100) if count else None)
            assert row["why"] == (None if count else "division_by_zero")


@pytest.mark.parametrize(("text", "value"), [
    ("A+B*2", 10), ("(A+B)*2", 14), ("-A", -4), ("A-B-1", 0), ("A/B/2", 2 / 3), ("2*(A-(B-1))", 4),
    (".5*a", 2), ("A--B", 7),
])  # fmt: skip
def test_formulas_mean_what_they_say(text, value):
    series = {"A": np.array([4.0]), "B": np.array([3.0])}
    assert Formula.parse(text, ("A", "B")).compute(series)[0] == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "A+", "(A", "A)", "A B", "C", "A**B", "__import__('os')", "A;B", "AB", "1 2"])
def test_refuses_other_formulas(text):
    with pytest.raises(QuestionError, match="formula"):
        Formula.parse(text, ("A", "B"))


@pytest.mark.parametrize("series", [
    "many:Look", "p:Look", "p101(value):Look", "count(value):Look", "sum(kind):Look", "sum(nothing):Look",
    "count:Sleep", "measure:happiness", "measure:recency(color=red)", "", "count:Look;;avg",
])  # fmt: skip
def test_refuses_other_series(log, series):
    with pytest.raises(QuestionError):
        ask(log, "trends", series=series or ";")


def test_the_last_period_is_marked_when_it_is_not_over(log):
    rows, _, plan = asked(log, "trends", AS_OF, unit="month", series="count")
    assert [row["partial"] for row in rows] == [False, False, True]
    assert any("not over" in note for note in plan.notes)
    whole = ask(log, "trends", datetime(2021, 4, 1, 4, tzinfo=UTC), unit="month", series="count")
    assert [(row["period"], row["partial"]) for row in whole] == [(date(2021, 2, 1), False), (date(2021, 3, 1), False)]
    assert [row["value"] for row in whole] == [row["value"] for row in rows[:2]]


def test_periods_without_rows():
    quiet = log_of([event("a", "X", datetime(2021, 1, 1), value=3), event("a", "X", datetime(2021, 1, 3), value=5)])
    rows = ask(quiet, "trends", unit="day", series="count:X;sum:X;average(value):X;median(value):X")
    assert [(row["value"], row["why"]) for row in rows if row["period"] == date(2021, 1, 2)] == [
        (0, None), (0, None), (None, "no_rows"), (None, "no_rows"),
    ]  # fmt: skip


def test_previous_periods_are_whole_periods(log):
    every = {row["period"]: row["value"] for row in ask(log, "trends", unit="week", series="unique:Buy")}
    rows = ask(log, "trends", unit="week", series="unique:Buy", periods=4, compare="previous")
    periods = sorted(every)
    assert [row["period"] for row in rows] == periods[-4:]
    for row in rows:
        assert row["previous_period"] == row["period"] - timedelta(weeks=4)
        assert row["previous"] == every[row["previous_period"]]
        assert row["change"] == (pytest.approx(row["value"] / row["previous"] - 1) if row["previous"] else None)
    year = ask(log, "trends", unit="day", series="count", periods=1, compare="year")[0]
    assert (year["period"] - year["previous_period"]).days == 364
    assert year["previous"] is None  # Before the first event nothing is known, which is not 0.


def test_ranges(log):
    every = {row["period"]: row["value"] for row in ask(log, "trends", unit="day", series="count")}
    rows = ask(log, "trends", unit="day", series="count", since="2021-02-10", until="2021-02-15")
    assert {row["period"]: row["value"] for row in rows} == {
        day: value for day, value in every.items() if date(2021, 2, 10) <= day < date(2021, 2, 15)
    }
    with pytest.raises(QuestionError, match="no period"):
        ask(log, "trends", since="2022-01-01")


def test_a_measure_at_the_end_of_each_period(log):
    rows = ask(log, "trends", unit="week", measure="recency(active=Buy)")
    born = {}
    for row in EVENTS:
        born[row["user_id"]] = min(born.get(row["user_id"], date.max), day_of(row))
    last = max(day_of(row) for row in EVENTS)
    for row in rows:
        end = min(row["period"] + timedelta(days=6), last)
        silent = []
        for person in (person for person, day in born.items() if day <= end):
            own = [each for each in EVENTS if each["user_id"] == person and each["name"] == "Buy"]
            bought = [day_of(each) for each in own if day_of(each) <= end]
            silent += [(end - max(bought)).days + 1] if bought else []
        assert (row["value"], row["n"]) == (pytest.approx(statistics.fmean(silent)), len(silent))
    mixed = ask(log, "trends", unit="week", series="measure:recency(active=Buy);count:Buy", formula="B/A")
    assert [row["value"] for row in mixed if row["series"] == "A"] == [row["value"] for row in rows]


def test_a_measure_broken_down_by_a_trait():
    own = [event(f"u{who}", "Buy", datetime(2021, 1, 1 + day)) for who in range(9) for day in range(0, 10, 1 + who)]
    store = log_of(own)
    with store.loading(Origin("people", "customers")) as load:
        load.connection.execute("""CREATE TEMP TABLE people AS
            SELECT 'u' || who AS user_id, NULL::TIMESTAMP AS created_at,
            json_object('plan', ['free', 'gold', 'iron'][who % 3 + 1]) AS traits FROM range(8) AS every(who)""")
        load.customers("people")
    rows = ask(store, "trends", unit="day", series="measure:frequency(window=7d)", by="plan", top=2)
    alone = {
        plan: ask(store, "trends", unit="day", series="measure:frequency(window=7d)", filters=(f"plan={plan}",))
        for plan in ("free", "gold", "iron|(none)")
    }  # fmt: skip
    for name, plan in (("free", "free"), ("gold", "gold"), ("other", "iron|(none)")):
        assert [row["value"] for row in rows if row["plan"] == name] == [row["value"] for row in alone[plan]]
    assert ask(store, "trends", unit="day", series="count", by="plan")[-1]["plan"] == "unknown"
    whole = shown(ask(store, "retention", unit="day", buckets=3))
    parts = [row for row in ask(store, "retention", unit="day", buckets=3, by="plan") if row["average"] is None]
    for (cohort, bucket), (size, retained, mature, _) in whole.items():
        same = [row for row in parts if (row["cohort"], row["bucket"]) == (cohort, bucket)]
        assert {row["plan"] for row in same} == {"free", "gold", "iron", "unknown"}
        totals = tuple(sum(row[name] or 0 for row in same) for name in ("size", "retained", "mature"))
        assert totals == (size, retained, mature)


def test_several_currencies_are_not_summed():
    mixed = log_of([
        event("a", "Order Completed", datetime(2021, 1, 1), value=1, order_id="o1", currency="EUR"),
        event("a", "Order Completed", datetime(2021, 1, 1), value=2, order_id="o2", currency="USD"),
    ])  # fmt: skip
    with pytest.raises(Unanswerable, match="several currencies"):
        ask(mixed, "trends", series="sum:Order Completed")
    rows = ask(mixed, "trends", unit="day", series="sum:Order Completed", filters=("currency=USD",))
    assert [row["value"] for row in rows] == [2]


def test_headline_and_chart(log):
    pytest.importorskip("altair")
    given = {"unit": "month", "series": "count:Buy;count:Look", "compare": "previous", "periods": 2}
    rows, headline, plan = asked(log, "trends", AS_OF, **given)
    whole = [row for row in rows if row["series"] == "A" and not row["partial"]]
    assert (headline["period"], headline["value"]) == (whole[-1]["period"], whole[-1]["value"])
    assert headline["partial"]
    from cherish.reports.trends import Trends

    spec = Trends.of(unit="month").chart(plan.finish(log.run(plan.expression))).to_json()
    assert "previous" in spec
    assert all(earlier["period"] < later["period"] for earlier, later in pairwise(whole))
