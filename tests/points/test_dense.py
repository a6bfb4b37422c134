"""Days counted as bits are the days counted one by one: at a moment, at personal moments, and over many days."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from cherish.points import bits, dense, stepwise, trend
from cherish.points.at import evaluate
from cherish.points.measure import Asked
from cherish.spec.calendar import day_from
from cherish.spec.registry import find
from cherish.spec.view import View
from logs import event, log_of

START = datetime(2023, 1, 1)


def log(zone: str = "UTC") -> Any:
    """Some come nearly every day, several times and for several reasons, others hardly ever."""
    random, rows = Random(3), [event("u0", "Page", START)]
    for user in range(12):
        for day in range(230):
            if random.random() < 0.9 / (1 + user):
                rows += [
                    event(f"u{user}", random.choice(["Page", "Search"]), START + timedelta(days=day, minutes=minutes))
                    for minutes in (random.randrange(1440), random.randrange(1440))
                ]
    return log_of(rows, zone)


LOGS = {zone: log(zone) for zone in ("UTC", "Asia/Kolkata")}


def measure(window: int, **more: Any) -> Any:
    return find("measure", "active_days").of(window=f"{window}d", **more)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata"])
@pytest.mark.parametrize("names", ["core", "Page"])
@pytest.mark.parametrize(("window", "at_least"), [(1, 1), (7, 3), (28, 3), (28, 14), (61, 5)])
@pytest.mark.parametrize("length", [1, 34, 35, 36, 90])
def test_a_trend_from_bits_is_the_one_from_change_points(
    zone: str, names: str, window: int, at_least: int, length: int
) -> None:
    view = View.of(LOGS[zone])
    asked = Asked("v", measure(window, at_least=at_least, active=names))
    facts, last = asked.measure.facts(view), view.day - 1
    first = last - length + 1
    if -(-length // (bits.WIDTH - window + 1)) <= dense.MOST_NUMBERS:
        assert dense.fits(view, asked, facts, first, last), "otherwise there is nothing to compare"
    by_bits = view.log.run(dense.counted(view, asked, facts, first, last)).to_pylist()
    assert by_bits == view.log.run(stepwise.steps(view, asked, facts, first, last)).to_pylist()
    assert len(by_bits) == length
    assert sum(row["y"] for row in by_bits) > 0


def test_bits_are_left_where_they_cannot_be_kept_or_would_be_dear(monkeypatch: pytest.MonkeyPatch) -> None:
    view = View.of(LOGS["UTC"])
    short, long = (Asked("v", measure(window, at_least=2)) for window in (28, 62))
    assert dense.fits(view, short, short.measure.facts(view), view.day - 90, view.day - 1)
    assert not dense.fits(view, long, long.measure.facts(view), view.day - 90, view.day - 1)
    assert not dense.fits(view, short, short.measure.facts(view), view.day - 900, view.day - 1)
    monkeypatch.setattr(dense, "DEAREST", 0)
    assert not dense.fits(view, short, short.measure.facts(view), view.day - 90, view.day - 1)
    other = trend.evaluate(view, short, view.day - 90, view.day - 1)
    assert view.log.run(other).num_rows == 90


@pytest.mark.parametrize("window", [1, 28, 61, 62])
@pytest.mark.parametrize("hours", [0, 7])
def test_days_as_bits_are_the_days_counted_in_python(window: int, hours: int) -> None:
    view = View.of(LOGS["Asia/Kolkata"])
    start = view.calendar.starts(day_from(view.day - 20)) + timedelta(hours=hours)
    view = replace(view, as_of=start)
    found = {
        row["customer"]: row["v_y"] for row in view.log.run(evaluate(view, [Asked("v", measure(window))])).to_pylist()
    }
    rows = view.log.query("SELECT user_id, ts FROM events").to_pylist()
    shift = timedelta(hours=5, minutes=30)
    now = start.replace(tzinfo=None) + shift
    expected: dict[str, set[Any]] = {each: set() for each in found}
    for row in rows:
        at = row["ts"] + shift
        if now - timedelta(days=window) <= at < now:
            expected[row["user_id"]].add(at.date())
    assert found == {each: len(days) for each, days in expected.items()}
    assert max(found.values()) > 0
