"""Experiments a second time, in plain Python over the events; and in companies whose true effects are known."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from cherish.demo.simulated import Effects, simulate
from cherish.errors import QuestionError, Unanswerable
from cherish.points import around
from cherish.points.at import own_facts
from cherish.reports._arms import assigned, measured, metric
from cherish.reports._arms.measuring import sampled
from cherish.reports._arms.metrics import DAY, OWN
from cherish.spec.registry import names
from cherish.spec.view import View
from logs import event, log_of
from oracles.simulated import log_of_company
from properties.world import talk, world
from reports import experiments
from reports.experiments import readout

HORIZON = 7
MODEL = "parameters_given=0.55|10.6|0.61|11.7"
GIVEN = {"expected_purchases": MODEL, "p_alive": MODEL, "clv": f"{MODEL},spend_given=6.25|3.74|15.44"}


# -- every metric, a minute before and after ----------------------------------------------------------------------

ZONE = "Europe/Berlin"
AT = datetime(2024, 3, 29, 14, 7, 31, 5)
"""Two days later the clocks change: both windows of a week hold 168 hours all the same."""
MINUTE = timedelta(minutes=1)
PROBES = (
    "Order Completed", "Page Viewed", "Product Viewed", "Content Viewed", "Post Created", "Comment Created",
    "Product Shared", "Product Reviewed", "Email Link Clicked", "Live Chat Message Sent", "Survey Answered",
    "Invite Sent", "Complaint Created", "Subscribed",
)  # fmt: skip


def bundle(user: str, at: datetime) -> list[dict[str, Any]]:
    """One of everything that a customer can do, one after the other from a moment on."""
    found = [event(user, "Order Completed", at, value=25, currency="EUR", order_id=f"probe {user} {at}")]
    for second, name in enumerate(PROBES[1:], 1):
        found += talk(Random(1), user, at + timedelta(seconds=second), 1, name)
    return found


END, BEGIN = timedelta(days=HORIZON), timedelta(days=-HORIZON)
PROBES_AT = {
    "none": None, "at": timedelta(0), "after": MINUTE, "before": -MINUTE, "last": END - MINUTE, "end": END,
    "beyond": END + MINUTE, "first": BEGIN, "earlier": BEGIN - MINUTE,
}  # fmt: skip


@cache
def company() -> Any:
    """Customers who live alike through two weeks around their assignment, each with one more bundle at another time."""
    rows = []
    for name, probe in PROBES_AT.items():
        for twin in ("", " again"):
            user = f"{name}{twin}"
            for hours in (-24 * 20, -24 * 6, -30, 40, 24 * 5 + 1, 24 * 9):
                rows += bundle(user, AT + timedelta(hours=hours))
            if probe is not None:
                rows += bundle(user, AT + probe)
            rows.append(experiments.assigned(user, "offer" if twin else "control", AT))
    return log_of([*rows, event("none", "Page Viewed", AT + timedelta(days=30))], ZONE)


@cache
def asked(text: str) -> dict[str, dict[str, tuple[Any, Any]]]:
    """What the metric is after the assignment and before it (y and x each), by the name of the customer's probe."""
    log = company()
    view = View.of(log)
    who = assigned(view, log.run)
    made = metric(view, log.run, text, HORIZON * DAY, first=who.first)
    found = sampled(view, log.run, who, [made], HORIZON * DAY)
    people = {row["customer_id"]: row["customer"] for row in log.run(view.customers()).to_pylist()}
    return {
        people[row["customer_id"]]: {
            "after": (row["m0"], row.get("m0_x")), "before": (row["m0_before"], row.get("m0_before_x"))
        }
        for row in log.run(found.table).to_pylist()
    }  # fmt: skip


def every_metric() -> list[str]:
    measures = [f"{name}({GIVEN[name]})" if name in GIVEN else name for name in names("measure")]
    return [*measures, *OWN, "Page Viewed", "any:Product Reviewed", "Email Link Clicked+Post Created"]


def windowed(text: str) -> bool:
    """Whether the metric looks at nothing but its window."""
    log = company()
    view = View.of(log)
    made = metric(view, log.run, text, HORIZON * DAY, first=AT)
    return made.fit is None and all(fact.window == HORIZON for fact in own_facts(view, made.asked("m")).values())


@pytest.mark.parametrize("text", every_metric())
def test_every_metric_and_covariate_sees_its_own_side_of_the_assignment(text: str) -> None:
    try:
        found = asked(text)
    except (Unanswerable, QuestionError) as refused:
        pytest.skip(f"this company can't be asked for it: {refused}")
    assert len(found) == 2 * len(PROBES_AT)
    plain = found["none"]
    for probe in ("at", "after", "last", "end", "beyond"):
        assert found[probe]["before"] == plain["before"], f"{probe}: it reaches the time before"
    for probe in ("end", "beyond"):
        assert found[probe]["after"] == plain["after"], f"{probe}: it reaches the outcome"
    if windowed(text):
        for probe in ("before", "first", "earlier"):
            assert found[probe]["after"] == plain["after"], f"{probe}: it reaches the outcome"
        assert found["earlier"]["before"] == plain["before"]


@pytest.mark.parametrize("text", ["orders", "revenue", "Page Viewed", "frequency", "monetary", "active_days"])
def test_what_lies_a_minute_inside_counts(text: str) -> None:
    found = asked(text)
    plain = found["none"]
    for probe in ("at", "after", "last"):
        assert found[probe]["after"][0] > plain["after"][0], probe
    for probe in ("before", "first"):
        assert found[probe]["before"][0] > plain["before"][0], probe


def test_most_of_the_catalogue_is_a_metric() -> None:
    refused = []
    for text in every_metric():
        try:
            asked(text)
        except (Unanswerable, QuestionError):
            refused.append(text)
    assert len(refused) <= 3, refused


# -- moments ------------------------------------------------------------------------------------------------------


def by_hand(made: Any, arm: str, horizon: timedelta) -> list[dict[str, float]]:
    """Per customer of an arm: orders, money net of what was known at the end, and page views, after and before."""
    lots = [row for row in made.rows if row["name"] == "$arm_assigned" and f'"arm": "{arm}"' in row["properties"]]
    found = []
    for lot in lots:
        mine = [row for row in made.rows if row["user_id"] == lot["user_id"]]
        sides = {}
        for side, begin in (("", lot["ts"]), ("/before", lot["ts"] - horizon)):
            end = begin + horizon
            known = [row for row in mine if row["ts"] < end]
            placed = {r["order_id"]: r for r in known if r["name"] == "Order Completed" and r["ts"] >= begin}
            gone = {r["order_id"] for r in known if r["name"] == "Order Cancelled"}
            money = sum(float(r["value"]) for o, r in placed.items() if o not in gone)
            money += sum(float(r["value"]) for r in known if r["name"] == "Order Refunded" and r["order_id"] in placed
                         and r["order_id"] not in gone)  # fmt: skip
            sides[f"orders{side}"] = float(len(placed.keys() - gone))
            sides[f"revenue{side}"] = money
            sides[f"Page{side}"] = float(sum(r["name"] == "Page" and r["ts"] >= begin for r in known))
        found.append(sides)
    return found


@pytest.mark.parametrize("seed", range(4))
def test_moments_per_arm_are_those_of_the_customers_one_by_one(seed: int) -> None:
    made = no_early_refunds(world(seed, customers=40))
    log, horizon = made.log().store, 21 * DAY
    view = View.of(log, made.moments[1])
    who = assigned(view, log.run, experiment="colours")
    texts = ("orders", "revenue", "Page")
    metrics = [metric(view, log.run, text, horizon, first=who.first) for text in texts]
    found = measured(view, log.run, who, metrics, horizon)
    assert set(found) == {"control", "green"}
    for arm, moments in found.items():
        rows = by_hand(made, arm, timedelta(seconds=horizon))
        assert moments.n == len(rows)
        for one in rows[0]:
            values = np.array([row[one] for row in rows])
            assert moments.mean(one) == pytest.approx(values.mean(), rel=1e-12, abs=1e-12)
            for other in rows[0]:
                expected = np.cov(values, [row[other] for row in rows])[0, 1]
                assert moments.cov(one, other) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_one_join_for_both_sides_answers_as_a_moment_at_each_end_does(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = world(seed, customers=30)
    log, horizon = made.log().store, 14 * DAY
    view = View.of(log, made.moments[1])
    who = assigned(view, log.run, experiment="colours")
    texts = ("orders", "revenue", "Page", "active_days", "frequency(count=days)", "monetary(per=order)")
    metrics = [metric(view, log.run, text, horizon, first=who.first) for text in texts]

    def rows() -> list[dict[str, Any]]:
        found = sampled(view, log.run, who, metrics, horizon)
        return sorted(log.run(found.table).to_pylist(), key=lambda row: int(row["customer_id"]))

    at_once = rows()
    monkeypatch.setattr(around, "suits", lambda *_: False)
    assert at_once == rows()


def no_early_refunds(made: Any) -> Any:
    """The company without refunds that came before their order: by hand those would be a page of their own."""
    first = {row["order_id"]: row["ts"] for row in made.rows if row["name"] == "Order Completed"}
    kept = [row for row in made.rows if row["name"] != "Order Refunded" or first[row["order_id"]] < row["ts"]]
    return replace(made, rows=tuple(kept))


def test_large_money_loses_no_digits() -> None:
    base = 1e9
    rows = []
    for n in range(80):
        user = f"u{n}"
        rows += [event(user, "Page Viewed", AT - timedelta(days=9)), experiments.assigned(user, "ab"[n % 2], AT)]
        rows.append(experiments.order(user, AT + timedelta(hours=1), base + (n % 4) * 0.01))
    log = log_of([*rows, event("u0", "Page Viewed", AT + timedelta(days=30))])
    view = View.of(log)
    who = assigned(view, log.run, control="a")
    made = metric(view, log.run, "revenue", 7 * DAY, first=who.first)
    found = measured(view, log.run, who, [made], 7 * DAY, cuped=False)
    # In arm a the cents are 0 and 2, in arm b 1 and 3, half and half: a variance of 0.01^2 * 40 / 39 each.
    for arm, mean in (("a", 0.01), ("b", 0.02)):
        assert found[arm].mean("revenue") - base == pytest.approx(mean, abs=2e-7)
        assert found[arm].var("revenue") == pytest.approx(0.01**2 * 40 / 39, rel=1e-4)


def test_local_times_of_a_file_are_the_zones(tmp_path: Any) -> None:
    rows = [event(f"u{n}", "Page Viewed", AT - timedelta(days=9)) for n in range(4)]
    log = log_of([*rows, event("u0", "Page Viewed", AT + timedelta(days=30))], ZONE)
    view = View.of(log)
    local = ["2024-03-30 23:59", "2024-03-31 03:30", "2024-03-31T03:30:00+02:00", "2024-04-01"]
    lines = ["customer,arm,time", *(f"u{n},{'ab'[n % 2]},{text}" for n, text in enumerate(local))]
    who = assigned(view, log.run, assignments=experiments.written(tmp_path, lines), control="a")
    found = sorted(row["moment"] for row in log.run(who.table).to_pylist())
    zone = ZoneInfo(ZONE)
    expected = [datetime(2024, 3, 30, 23, 59, tzinfo=zone), datetime(2024, 3, 31, 3, 30, tzinfo=zone),
                datetime(2024, 3, 31, 3, 30, tzinfo=zone), datetime(2024, 4, 1, tzinfo=zone)]  # fmt: skip
    assert found == [each.astimezone(UTC).replace(tzinfo=None) for each in expected]


def test_drawn_households_are_allowed_to_be_alike(tmp_path: Any) -> None:
    draw = np.random.default_rng(5)
    rows, lines, spent = [], ["customer,arm,time,unit"], {"a": [], "b": []}
    for home in range(60):
        arm, level = "ab"[home % 2], draw.gamma(4, 3)
        money = [round(level + float(draw.normal()), 2) for _ in range(1 + home % 3)]
        spent[arm].append(money)
        for place, value in enumerate(money):
            user = f"h{home} {place}"
            rows += [event(user, "Page Viewed", AT - timedelta(days=9)), experiments.order(user, AT + MINUTE, value)]
            lines.append(f"{user},{arm},{AT.isoformat()}Z,h{home}")
    log = log_of([*rows, event("h0 0", "Page Viewed", AT + timedelta(days=30))])
    file = experiments.written(tmp_path, lines)
    [row] = [r for r in readout(log, assignments=file, control="a", metrics="revenue", horizon="7d", cuped=False,
                                until="2024-04-20")[0] if r["role"] == "primary"]  # fmt: skip
    parts = []
    for homes in spent.values():
        y, x = np.array([sum(each) for each in homes]), np.array([len(each) for each in homes])
        ratio = y.sum() / x.sum()
        # Deng, Knoblich & Lu 2018: the variance of y - ratio * x per drawn unit, over the mean size.
        parts.append((ratio, ((y - ratio * x).var(ddof=1) / x.mean() ** 2) / len(homes)))
    assert row["effect"] == pytest.approx(parts[1][0] - parts[0][0], rel=1e-9)
    assert row["se"] == pytest.approx(math.sqrt(parts[0][1] + parts[1][1]), rel=1e-9)
    assert row["customers"] == 30, "a row is a household"


# -- a company whose truth is known -------------------------------------------------------------------------------

SIZE, PLANTED = 4_000, Effects(campaign=0.8, lost_exposures=0.4)


@cache
def simulated(effects: Effects) -> Any:
    return simulate(SIZE, seed=4, effects=effects)


@cache
def offered(effects: Effects) -> Any:
    return log_of_company(simulated(effects))


GIVEN_BEFORE = {"experiment": "context-offer", "metrics": "orders", "horizon": "14d", "context": "neighbour|hour_local",
                "interactions": "neighbour|hour_local", "declared": "2024-01-02"}  # fmt: skip


def interactions(effects: Effects) -> dict[str, str]:
    rows = readout(offered(effects), **GIVEN_BEFORE)[0]
    return {row["among"]: row["verdict"] for row in rows if row["role"] == "interaction"}


def test_planted_context_interactions_are_found_and_missing_ones_are_not() -> None:

    assert interactions(PLANTED) == {"by neighbour": "differs", "by hour_local": "differs"}
    without = replace(PLANTED, context_neighbour=0.0, context_hour=0.0)
    assert interactions(without) == {"by neighbour": "not proven", "by hour_local": "not proven"}


def test_the_true_effect_of_a_campaign_lies_in_its_interval() -> None:
    log = offered(PLANTED)
    effects = simulated(PLANTED).truth.effects.to_pylist()
    true = np.mean([row["effect"] for row in effects if row["campaign"] == "context-offer"])
    row = readout(log, **GIVEN_BEFORE)[0][0]
    assert row["verdict"] == "higher"
    assert row["low"] < true < row["high"]


def test_lost_exposures_block_the_checkout_test() -> None:
    rows, headline, _ = readout(offered(PLANTED), experiment="checkout-layout", metrics="orders")
    assert headline["says"].startswith("Blocked")
    assert "effect" not in rows[0]
