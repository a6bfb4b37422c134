"""Facts of relations that give their own rows, thresholds that a fit sets, and values that numpy computes."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any, ClassVar

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cherish.points import personal, trend
from cherish.points.at import evaluate, fitted
from cherish.points.fact import count, days, distinct, greatest, last_day, latest, least, total
from cherish.points.fact import median as middle
from cherish.points.measure import Asked, Fit, Measure, Value
from cherish.points.relations.events import Events
from cherish.points.relations.gaps import Gaps
from cherish.spec.calendar import day_number
from cherish.spec.definition import Card
from cherish.spec.filters import Filter
from cherish.spec.view import View
from effort import tries
from logs import event, log_of

CARD = Card(family="Y", formula="", unit="")
PAGES = Events(
    ("Page",), ("seconds", "country"), (("long", (Filter.parse("seconds>=30"), Filter.parse("country=FR"))),)
)
START = datetime(2024, 3, 1, 12)


class Looks(Measure):
    """Everything that facts of a relation can be."""

    card: ClassVar[Card] = CARD

    def facts(self, view: View) -> Any:
        return {
            "n": count(PAGES, window=20),
            "long": count(PAGES, where="long"),
            "seconds": total(PAGES, "seconds", window=20),
            "days": days(PAGES, window=20),
            "countries": distinct(PAGES, "country"),
            "least": least(PAGES, "seconds"),
            "greatest": greatest(PAGES, "seconds", window=20),
            "latest": latest(PAGES, "seconds"),
            "median": middle(PAGES, "seconds"),
            "last": last_day(PAGES),
            "rhythm": middle(Gaps(("Page",)), "gap"),
            "visits": count("activity", names=("Page",)),
        }

    def value(self, facts: Any, moment: Any, fit: Fit | None = None) -> Value:
        names = ("n", "long", "seconds", "days", "countries", "least", "greatest", "latest", "median", "last")
        parts = {name: getattr(facts, name) for name in (*names, "rhythm", "visits")}
        return Value(y=facts.n, parts=parts)


class Above(Measure):
    """Pages longer than the population's mean: counted only when the mean is known."""

    card: ClassVar[Card] = CARD

    def facts(self, view: View) -> Any:
        return {"n": count(PAGES), "seconds": total(PAGES, "seconds")}

    def fit(self, facts: Any, moment: Any, run: Any) -> Fit | None:
        people = facts.population
        found = run(people.aggregate(n=facts.n.sum(), seconds=facts.seconds.sum())).to_pylist()[0]
        return Fit("mean", {"mean": found["seconds"] / found["n"]})

    def counted(self, view: View, fit: Fit) -> Any:
        over = Events(("Page",), ("seconds",), (("over", (Filter.parse(f"seconds>{fit.values['mean']!r}"),)),))
        return {"over": count(over, where="over")}

    def value(self, facts: Any, moment: Any, fit: Fit | None = None) -> Value:
        return Value(y=facts.over)


class Cubed(Measure):
    """Something that the engine is not asked to compute."""

    card: ClassVar[Card] = CARD
    columns: ClassVar[tuple[str, ...]] = ("cube",)

    def facts(self, view: View) -> Any:
        return {"n": count("activity", names=("Page",)), "last": last_day("activity", names=("Page",))}

    def keys(self, facts: Any, moment: Any) -> Any:
        return {"n": facts.n, "idle": moment.day - facts.last}

    def computed(self, keys: pa.Table, fit: Fit | None) -> Any:
        return {"cube": pa.array([row["n"] ** 3 + row["idle"] / 1000 for row in keys.to_pylist()])}

    def value(self, facts: Any, moment: Any, fit: Fit | None = None) -> Value:
        return Value(y=facts.cube, nulls={"never": facts.last.isnull()})


Look = tuple[str, int, int, str | None]
LOOKS = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 60 * 24 * 60), st.integers(1, 60), st.sampled_from(["FR", "DE"])),
    min_size=3, max_size=25,
)  # fmt: skip


def company(looks: list[Look]) -> Any:
    rows = [
        event(who, "Page", START + timedelta(minutes=at), message_id=f"m{place:03d}",
              properties=f'{{"seconds": {seconds}, "country": "{country}"}}')
        for place, (who, at, seconds, country) in enumerate(looks)
    ]  # fmt: skip
    return log_of([*rows, *(event(who, "Seen", START, message_id=f"s{who}") for who in "abcd")], "Asia/Kolkata")


def by_hand(looks: list[Look], who: str, moment: datetime) -> dict[str, Any]:
    local = timedelta(hours=5, minutes=30)
    own = [(START + timedelta(minutes=at), place, seconds, country)
           for place, (name, at, seconds, country) in enumerate(looks) if name == who]  # fmt: skip
    own = sorted(each for each in own if each[0] < moment.replace(tzinfo=None))
    recent = [each for each in own if each[0] >= moment.replace(tzinfo=None) - timedelta(days=20)]
    dates = sorted({(at + local).date() for at, *_ in own})
    seconds = [each[2] for each in own]
    gaps = [(later - earlier).days for earlier, later in pairwise(dates)]
    return {
        "n": len(recent),
        "long": sum(each[2] >= 30 and each[3] == "FR" for each in own),
        "seconds": sum(each[2] for each in recent),
        "days": len({(at + local).date() for at, *_ in recent}),
        "countries": len({each[3] for each in own}),
        "least": min(seconds, default=None),
        "greatest": max((each[2] for each in recent), default=None),
        "median": median(seconds) if seconds else None,
        "last": day_number(dates[-1]) if dates else None,
        "rhythm": median(gaps) if gaps else None,
        "visits": len(own),
    }


@tries(8)
@given(LOOKS, st.integers(20 * 24 * 60, 60 * 24 * 60), st.booleans())
def test_every_kind_of_fact_is_what_a_loop_over_rows_says(looks: list[Look], minute: int, whole: bool) -> None:
    log = company(looks)
    at = START + timedelta(minutes=minute)
    if whole:
        at = datetime.combine(at.date(), datetime.min.time()) - timedelta(hours=5, minutes=30)
    view = View.of(log, as_of=at.replace(tzinfo=UTC))
    assert view.whole == whole or not whole
    found = {row["customer"]: row for row in log.run(evaluate(view, [Asked("m", Looks.of())])).to_pylist()}
    assert set(found) == set("abcd")
    for who, row in found.items():
        for name, expected in by_hand(looks, who, view.as_of).items():
            assert row[f"m_{name}"] == expected, (who, name)
        assert (row["m_latest"] is None) == (row["m_visits"] == 0)


@tries(6)
@given(LOOKS)
def test_personal_moments_and_one_moment_agree(looks: list[Look]) -> None:
    log = company(looks)
    late = View.of(log, as_of=(START + timedelta(days=62)).replace(tzinfo=UTC))
    moments = [START + timedelta(days=day, hours=3) for day in (15, 33, 50)]
    asked = Asked("m", Looks.of())
    for moment in moments:
        view = View.of(log, as_of=moment.replace(tzinfo=UTC))
        ids = log.run(late.customers().select("customer_id"))
        points = log.temporary(ids.append_column("point", [list(range(ids.num_rows))]).append_column(
            "moment", pa.array([moment] * ids.num_rows, pa.timestamp("us"))))  # fmt: skip
        personal_rows = {
            row["customer_id"]: row for row in log.run(personal.evaluate(late, points, [asked])).to_pylist()
        }
        for row in log.run(evaluate(view, [asked])).to_pylist():
            own = personal_rows[row["customer_id"]]
            assert {name: own[name] for name in row if name.startswith("m_")} == {
                name: value for name, value in row.items() if name.startswith("m_")
            }


def test_a_fit_can_decide_what_is_counted() -> None:
    looks = [("a", 10, 10, "FR"), ("a", 20, 40, "FR"), ("b", 30, 50, "FR"), ("b", 9000, 20, "DE")]
    log = company(looks)
    view = View.of(log)
    asked = Asked("m", Above.of(), fitted(view, Asked("m", Above.of()), log.run))
    assert asked.fit is not None
    assert asked.fit.values == {"mean": 30}
    found = {row["customer"]: row["m_y"] for row in log.run(evaluate(view, [asked])).to_pylist()}
    assert found == {"a": 1, "b": 1, "c": 0, "d": 0}


def test_what_no_engine_computes_is_computed_once_per_different_key() -> None:
    looks = [("a", 10, 10, "FR"), ("a", 2000, 40, "FR"), ("b", 30, 50, "FR")]
    log = company(looks)
    view = View.of(log, as_of=(START + timedelta(days=2)).replace(tzinfo=UTC))
    found = {row["customer"]: row for row in log.run(evaluate(view, [Asked("m", Cubed.of())])).to_pylist()}
    assert found["a"]["m_y"] == 8
    assert found["b"]["m_y"] == pytest.approx(1 + 0.002)
    assert (found["c"]["m_y"], found["c"]["m_why"]) == (None, "never")


def test_a_trend_of_them_is_the_sum_of_its_moments() -> None:
    looks = [("a", 10, 10, "FR"), ("a", 2000, 40, "FR"), ("b", 30, 50, "FR"), ("c", 5000, 9, "DE")]
    log = company(looks)
    view = View.of(log)
    for measure in (Looks.of(), Cubed.of()):
        asked = Asked("m", measure)
        course = log.run(trend.evaluate(view, asked, view.day - 3, view.day - 1)).to_pylist()
        totals: dict[Any, float] = defaultdict(float)
        for row in course:
            starts = view.calendar.starts(row["day"] + timedelta(days=1))
            there = log.run(evaluate(View.of(log, as_of=starts), [asked])).to_pylist()
            totals[row["day"]] = sum(each["m_y"] or 0 for each in there)
            assert row["y"] == pytest.approx(totals[row["day"]])
            assert row["customers"] == len(there)
