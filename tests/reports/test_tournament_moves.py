"""The third word of the verdict: only a lot that raised a definition and the outcome says that it moves anything."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
import pytest

from cherish.errors import CherishError
from cherish.library import Log
from cherish.reports.tournament import moving
from cherish.reports.tournament.contestants import chosen
from cherish.reports.tournament.outcomes import Outcome
from cherish.spec.view import View
from logs import event, log_of

START = datetime(2023, 1, 1, 12)
VISITS = "active_days(active=Page Viewed,window=60d)"


@cache
def drawn(effect: float, customers: int = 1_000) -> Log:
    """Half of the customers get a mail by lot on day 240 and then come so much oftener; four visits in ten buy."""
    draw = np.random.default_rng(5)
    rows = [event("last", "Page Viewed", START + timedelta(days=301))]
    for number in range(customers):
        who, mailed = f"c{number:05d}", number % 2 == 1
        rate, joined = draw.gamma(2, 1 / 40), draw.uniform(0, 120)
        rows.append(event(who, "Page Viewed", START + timedelta(days=joined)))
        told = json.dumps({"experiment": "spring", "arm": "mail" if mailed else "none"})
        rows.append(event(who, "$arm_assigned", START + timedelta(days=240), properties=told))
        for begin, end, often in ((joined, 240, rate), (240.1, 300, rate * (1 + effect * mailed))):
            for day in draw.uniform(begin, end, draw.poisson(often * (end - begin))):
                ts = START + timedelta(days=float(day))
                rows.append(event(who, "Page Viewed", ts))
                if draw.random() < 0.4:
                    order = {"value": 20, "currency": "EUR", "order_id": f"order-{len(rows)}"}
                    rows.append(event(who, "Order Completed", ts + timedelta(minutes=5), **order))
    return Log(log_of(rows))


def told(effect: float, **given: Any) -> Any:
    view = View.of(drawn(effect).store)
    outcome = Outcome("any_order", 60)
    contestants = chosen(view, outcome, (VISITS,), [])
    return moving.by_lot(view, view.log.run, outcome, contestants, given.get("trial"), None)[0]


def test_a_lot_that_raised_both_moves() -> None:
    result = drawn(1.0).report(
        "tournament", outcome="any_order", horizon="60d", cutoffs=1, scores=VISITS, trial="spring", bootstraps=100
    )
    found = {row["score"]: row for row in result.table.to_pylist()}
    moved = found[VISITS]
    assert (moved["moves"], moved["verdict"], moved["association"]) == ("yes", "moves", "")
    # Twice as many visits: more days with one, and more customers who buy; the ratio of the two effects is above 0.
    assert 0 < moved["ratio_low"] < moved["ratio"] < moved["ratio_high"]
    assert f"By lot {VISITS}" in result.headline["says"]
    assert "All else is association only" in result.headline["says"]
    # Tenure was raised by nobody, and a constant can't be.
    for name in ("tenure", "constant"):
        assert (found[name]["moves"], found[name]["association"]) == ("not known", "association only")


def test_a_lot_that_raised_nothing_moves_nothing() -> None:
    (found,) = told(0.0, trial="spring").values()
    assert found.finding.answer == "not known"
    assert "did not visibly improve" in found.finding.reason


def test_a_holdout_that_lost_people_on_the_way_moves_nothing() -> None:
    # Half of those who were held out are gone: whoever is left was not left by the lot.
    def read(gone: int) -> Any:
        rows, store = [], drawn(1.0).store
        for row in store.run(store.events(("experiment", "arm"))).to_pylist():
            number = int(row["user_id"][1:]) if row["user_id"] != "last" else -1
            told = None
            if row["name"] == "$arm_assigned":
                if number % 2 == 0 and number < gone:
                    continue
                held = row["properties.arm"] == "none"
                told = json.dumps({"holdout": "spring", "held_out": held, "holdout_share": 0.5})
            name = "$holdout_assigned" if told else row["name"]
            more = (
                {} if row["value"] is None else {"value": row["value"], "currency": "EUR", "order_id": row["order_id"]}
            )
            rows.append(event(row["user_id"], name, row["ts"], **more, **({"properties": told} if told else {})))
        view = View.of(log_of(rows))
        outcome = Outcome("any_order", 60)
        contestants = chosen(view, outcome, (VISITS,), [])
        (found,) = moving.by_lot(view, view.log.run, outcome, contestants, "spring", None)[0].values()
        return found.finding

    assert read(0).answer == "yes"
    lost = read(500)
    assert lost.answer == "not known"
    assert "not as large as their lot makes them" in lost.reason


def test_without_a_lot_there_is_nothing_to_say() -> None:
    assert told(0.0) == {}
    with pytest.raises(CherishError, match="summer"):
        told(0.0, trial="summer")
