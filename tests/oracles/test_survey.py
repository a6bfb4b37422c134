"""Surveys a second time: responses, missing rule, reversed items, weights, reliability and flags in plain Python."""

from __future__ import annotations

import json
import math
import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pytest
import scipy.optimize
import scipy.stats

import cherish
from cherish.demo.simulated import Effects, simulate
from cherish.errors import QuestionError, Unanswerable
from cherish.instruments.reliability import omega, one_factor, reliability
from cherish.library import Log
from logs import event, log_of
from random_days import load_people

FORM = """
title = "Odd"
about = "An instrument with everything in it."
min = 1
max = 7
total = "subscales"
classes = { cold = 1, cool = 4.5, warmest = 6 }
items = [
  { name = "warm_1", subscale = "warm" },
  { name = "warm_2", subscale = "warm", reverse = true },
  { name = "warm_3", subscale = "warm" },
  { name = "busy_1", subscale = "busy", min = 0, max = 10 },
  { name = "busy_2", subscale = "busy", min = 0, max = 10, reverse = true },
]
"""
RANGES = {"warm_1": (1, 7), "warm_2": (1, 7), "warm_3": (1, 7), "busy_1": (0, 10), "busy_2": (0, 10)}
REVERSED = {"warm_2", "busy_2"}
SUBSCALES = {"warm": ["warm_1", "warm_2", "warm_3"], "busy": ["busy_1", "busy_2"]}
PLANS = ("free", "paid", None)
START = datetime(2024, 3, 1, 9)


def answers(seed: int) -> tuple[list[dict[str, Any]], dict[str, str | None]]:
    """Answers of 60 customers: some items missing, some given twice, some out of range, some all the same."""
    draw = random.Random(seed)
    plans = {f"c{number}": draw.choice(PLANS) for number in range(60)}
    rows: list[dict[str, Any]] = []
    for user in plans:
        for wave in range(draw.randint(0, 2)):
            at = START + timedelta(days=draw.randint(0, 60), minutes=draw.randint(0, 400))
            pace, level, same = draw.choice((0, 1, 9)), draw.gauss(0, 1), draw.random() < 0.15
            told = {"response_id": f"r{wave}"} if draw.random() < 0.7 else {}
            told |= {"campaign": f"w{wave}"} if draw.random() < 0.7 else {}
            weight = draw.choice((0.5, 1.0, 2.25))
            for place, (item, (low, high)) in enumerate(RANGES.items()):
                if draw.random() < 0.2:
                    continue
                for again in range(2 if draw.random() < 0.1 else 1):
                    sign = -1 if item in REVERSED else 1
                    score = round((low + high) / 2 + sign * level * (high - low) / 6 + draw.gauss(0, 1))
                    score = 4 if same else 99 if draw.random() < 0.05 else min(max(score, low), high)
                    rows.append({"user": user, "ts": at + timedelta(seconds=place * pace + again), "item": item,
                                 "score": score, "weight": weight, **told})  # fmt: skip
    return rows, plans


def log(rows: Iterable[dict[str, Any]], plans: dict[str, str | None]) -> Log:
    told = ("item", "score", "weight", "response_id", "campaign")
    events = [
        event(row["user"], "Survey Answered", row["ts"],
              properties=json.dumps({"instrument": "odd", **{name: row[name] for name in told if name in row}}))
        for row in rows
    ]  # fmt: skip
    # Everybody is a customer, also who never answered.
    events += [event(user, "Page", START - timedelta(days=1)) for user in plans]
    store = log_of(events)
    people = [{"user_id": user, "created_at": START, "traits": json.dumps({"plan": plan} if plan else {})}
              for user, plan in plans.items()]  # fmt: skip
    load_people(store, people)
    return Log(store)


class Response:
    """What one customer said at once."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        valid = [row for row in rows if RANGES[row["item"]][0] <= row["score"] <= RANGES[row["item"]][1]]
        self.refused = len(rows) - len(valid)
        last = {row["item"]: row for row in sorted(valid, key=lambda row: row["ts"])}
        self.raw = {item: float(row["score"]) for item, row in last.items()}
        self.items = {item: sum(RANGES[item]) - raw if item in REVERSED else raw for item, raw in self.raw.items()}
        self.weight = max((row["weight"] for row in last.values()), default=1.0)
        moments = [row["ts"] for row in last.values()]
        self.elapsed = (max(moments) - min(moments)).total_seconds() if moments else 0.0
        self.scores: dict[str, float] = dict(self.items)
        for name, items in SUBSCALES.items():
            given = [self.items[item] for item in items if item in self.items]
            if len(given) >= len(items) / 2:
                self.scores[name] = mean(given)
        if all(name in self.scores for name in SUBSCALES):
            self.scores["whole"] = mean(self.scores[name] for name in SUBSCALES)

    @property
    def straight(self) -> bool:
        return len(self.raw) >= 4 and len(set(self.raw.values())) == 1

    @property
    def timed(self) -> bool:
        return len(self.raw) >= 2 and self.elapsed > 0

    @property
    def fast(self) -> bool:
        return self.timed and self.elapsed < 2 * (len(self.raw) - 1)


def responses(rows: Iterable[dict[str, Any]]) -> dict[tuple[str, str], Response]:
    found = defaultdict(list)
    for row in rows:
        own = row.get("response_id") or row.get("campaign") or row["ts"].date().isoformat()
        kind = "r" if "response_id" in row else "c" if "campaign" in row else "d"
        found[row["user"], kind + own].append(row)
    return {key: Response(own) for key, own in found.items()}


@pytest.fixture(scope="module")
def form(tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("forms") / "odd.toml"
    path.write_text(FORM)
    return str(path)


@pytest.mark.parametrize("seed", range(4))
def test_everybody_and_every_plan(seed: int, form: str) -> None:
    rows, plans = answers(seed)
    every = responses(rows)
    asked = log(rows, plans)
    check(asked.report("survey", instrument=form).table.to_pylist(), every, plans)
    by_plan = asked.report("survey", instrument=form, by="plan").table.to_pylist()
    for plan in PLANS:
        own = {key: each for key, each in every.items() if plans[key[0]] == plan}
        users = {user: None for user, other in plans.items() if other == plan}
        check([row for row in by_plan if row["plan"] == (plan or "unknown")], own, users)


def check(table: list[dict[str, Any]], every: dict[tuple[str, str], Response], users: dict[str, str | None]) -> None:
    lines = {(row["part"], row["figure"]): row for row in table}
    given = [each for each in every.values() if each.raw]
    for part in ("whole", *SUBSCALES, *RANGES):
        line = lines[part, "mean"]
        scores = [(each.scores[part], each.weight) for each in given if part in each.scores]
        values, weights = [score for score, _ in scores], [weight for _, weight in scores]
        assert line["n"] == len(scores)
        assert line["coverage"] == pytest.approx(len(scores) / len(given))
        assert line["value"] == pytest.approx(mean(values), rel=1e-12)
        ends = scipy.stats.t.interval(0.95, len(values) - 1, mean(values), stdev(values) / math.sqrt(len(values)))
        assert (line["low"], line["high"]) == pytest.approx(ends, rel=1e-9)
        weighted = sum(score * weight for score, weight in scores) / sum(weights)
        assert line["weighted"] == pytest.approx(weighted, rel=1e-12)
        if part in RANGES:
            # The best answer is the end of the item's own scale, once turned round.
            assert line["best"] == sum(value == RANGES[part][1] for value in values)
    wholes = [each.scores["whole"] for each in given if "whole" in each.scores]
    for name, low, high in (("cold", 1, 4.5), ("cool", 4.5, 6), ("warmest", 6, 99)):
        line = lines["whole", f"share of {name}"]
        assert (line["n"], line["value"]) == (len(wholes), pytest.approx(mean(low <= each < high for each in wholes)))
    check_reliability(lines, given)
    about = {figure.removeprefix("share of "): row for (part, figure), row in lines.items() if part == "responses"}
    expected = {
        "customers who answered": (len({user for (user, _), each in every.items() if each.raw}), len(users)),
        "responses in a straight line": (
            sum(each.straight for each in given),
            sum(len(each.raw) >= 4 for each in given),
        ),
        "responses given too fast": (sum(each.fast for each in given), sum(each.timed for each in given)),
    }
    for name, (hits, n) in expected.items():
        assert about[name]["n"] == n, name
        assert about[name]["value"] == (pytest.approx(hits / n) if n else None), name
    refused = about["answers refused"]
    assert round(refused["value"] * refused["n"]) == sum(each.refused for each in every.values())


def check_reliability(lines: dict[tuple[str, str], dict[str, Any]], given: list[Response]) -> None:
    for part, items in (("whole", list(RANGES)), *SUBSCALES.items()):
        rows = np.array([[each.items[item] for item in items] for each in given if set(items) <= set(each.items)])
        k, line = len(items), lines[part, "mean"]
        assert line["complete"] == len(rows)
        if len(rows) < 2:
            assert line["alpha"] is None
            continue
        total = rows.sum(axis=1)
        alpha = k / (k - 1) * (1 - rows.var(axis=0, ddof=1).sum() / total.var(ddof=1))
        assert line["alpha"] == pytest.approx(alpha, rel=1e-9)
        if k < 3:
            assert line["omega"] is None
        for place, item in enumerate(items):
            if part in SUBSCALES:
                own = np.corrcoef(rows[:, place], total - rows[:, place])[0, 1]
                assert lines[item, "mean"]["item_total"] == pytest.approx(own, rel=1e-9)


def test_careless_responses_can_be_left_out(form: str) -> None:
    rows, plans = answers(1)
    good = [each for each in responses(rows).values() if each.raw and not each.straight and not each.fast]
    found = log(rows, plans).report("survey", instrument=form, careless="drop", part="warm").table.to_pylist()
    scores = [each.scores["warm"] for each in good if "warm" in each.scores]
    assert len(scores) < sum("warm" in each.scores for each in responses(rows).values())
    assert (found[0]["n"], found[0]["value"]) == (len(scores), pytest.approx(mean(scores), rel=1e-12))


@pytest.fixture(scope="module")
def even(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The same form with all items on one scale, so that the customer's own whole can be asked for."""
    path: Path = tmp_path_factory.mktemp("forms") / "odd.toml"
    path.write_text(FORM.replace(", min = 0, max = 10", ""))
    return str(path)


@pytest.mark.parametrize("part", ["whole", "warm", "busy_2"])
def test_the_customers_own_score(part: str, form: str, even: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for item in SUBSCALES["busy"] if part == "whole" else ():
        monkeypatch.setitem(RANGES, item, (1, 7))
    rows, plans = answers(2)
    asked, told = log(rows, plans), {"instrument": even if part == "whole" else form}
    told |= {} if part == "whole" else {"part": part}
    items = {"whole": set(RANGES)}.get(part, set(SUBSCALES.get(part, [part])))
    rows = [row for row in rows if RANGES[row["item"]][0] <= row["score"] <= RANGES[row["item"]][1]]
    own = {user: [row for row in rows if row["user"] == user and row["item"] in items] for user in plans}
    last, every = {user: max((row["ts"] for row in each), default=None) for user, each in own.items()}, responses(rows)
    scored: dict[str, dict[datetime, float]] = defaultdict(dict)
    for (user, key), response in every.items():
        if part in response.scores:
            ends = [row["ts"] for row in own[user] if (user, key) in responses([row])]
            scored[user][max(ends)] = response.scores[part]
    # That answers of two responses are not mixed tells only where a later one has no score.
    assert part != "whole" or any(scored[user] and max(scored[user]) < (last[user] or START) for user in plans)
    latest = {row["customer"]: row for row in asked.measure("survey_score", **told).table.to_pylist()}
    assert set(latest) == set(plans)
    for user, row in latest.items():
        value = scored[user][max(scored[user])] if scored[user] else None
        assert row["value"] == (None if value is None else pytest.approx(value, rel=1e-12)), user
        assert row["why"] == (None if scored[user] else "too_few_items" if own[user] else "no_answer"), user
    means = {row["customer"]: row for row in asked.measure("survey_score", take="mean", **told).table.to_pylist()}
    turned = {user: [{**row, "score": sum(RANGES[row["item"]]) - row["score"] if row["item"] in REVERSED else
                      row["score"]} for row in each] for user, each in own.items()}  # fmt: skip
    for user, row in means.items():
        groups = SUBSCALES.values() if part == "whole" else [items]
        found = [[each["score"] for each in turned[user] if each["item"] in group] for group in groups]
        expected = pytest.approx(mean(map(mean, found)), rel=1e-12) if all(found) else None
        assert row["value"] == expected, user


def test_no_change_is_shown_between_few_answers() -> None:
    def wave(month: int, n: int, score: int) -> list[dict[str, Any]]:
        told = json.dumps({"instrument": "recommend", "item": "recommend", "score": score})
        return [event(f"{month}-{k}", "Survey Answered", datetime(2024, month, 3), properties=told) for k in range(n)]

    asked = Log(log_of([*wave(1, 40, 10), *wave(2, 29, 0), *wave(3, 30, 0), *wave(4, 30, 10)]))
    found = [row for row in asked.report("survey", unit="month").table.to_pylist() if row["figure"] == "score"]
    assert [row["value"] for row in found] == [100, -100, -100, 100]
    assert [row["change"] for row in found] == [None, None, None, 200]
    assert [row["why"] for row in found] == [None, "few_answers", "few_answers", None]


def test_segments_are_compared_by_newcombe() -> None:
    # 56 of 70 against 48 of 80 (Newcombe 1998, table II): .2000 (.0524, .3339)
    def of(plan: str, hits: int, n: int) -> list[dict[str, Any]]:
        told = [{"instrument": "satisfaction", "item": "satisfaction", "score": 5 if k < hits else 2, "plan": plan}
                for k in range(n)]  # fmt: skip
        return [
            event(f"{plan}{k}", "Survey Answered", START, properties=json.dumps(each)) for k, each in enumerate(told)
        ]

    asked = Log(log_of([*of("a", 56, 70), *of("b", 48, 80)]))
    found = asked.report("survey", instrument="satisfaction", by="plan").table.to_pylist()
    one = next(row for row in found if row["plan"] == "a")
    names = ("difference", "difference_low", "difference_high")
    assert [one[name] for name in names] == pytest.approx([0.2, 0.0524, 0.3339], abs=5e-5)


# -- reliability --------------------------------------------------------------------------------------------------


def test_one_factor_is_found_again() -> None:
    loadings = np.array([0.8, 1.4, 0.6, 0.9])
    made = np.outer(loadings, loadings) + np.diag([0.3, 0.5, 0.2, 0.7])
    found = one_factor(made)
    assert found is not None
    assert found == pytest.approx(loadings, abs=1e-8)
    # Three items are fitted exactly: loading 1 squared = s12 * s13 / s23.
    three = np.array([[2.0, 0.6, 0.5], [0.6, 1.0, 0.4], [0.5, 0.4, 1.5]])
    exact = np.sqrt([0.6 * 0.5 / 0.4, 0.6 * 0.4 / 0.5, 0.5 * 0.4 / 0.6])
    assert omega(three) == pytest.approx(exact.sum() ** 2 / three.sum(), rel=1e-8)


def test_one_factor_fits_best() -> None:
    rows = np.random.default_rng(4).normal(size=(60, 5)) + np.random.default_rng(5).normal(size=(60, 1))
    correlation = np.corrcoef(rows.T)

    def misfit(loadings: Any) -> float:
        gap = correlation - np.outer(loadings, loadings)
        return float(gap[np.triu_indices(5, 1)] @ gap[np.triu_indices(5, 1)])

    best = scipy.optimize.minimize(misfit, np.full(5, 0.6), tol=1e-14).x
    assert one_factor(correlation) == pytest.approx(best, abs=1e-5)


def test_where_nothing_hangs_together_nothing_is_said() -> None:
    same = np.full((10, 3), 4.0)
    assert reliability(10, same.sum(axis=0), same.T @ same).alpha is None
    assert reliability(1, np.ones(3), np.ones((3, 3))).alpha is None
    assert omega(np.array([[1.0, 0.9, 0.9], [0.9, 1.0, 0.1], [0.9, 0.1, 1.0]])) is None  # 0.81 / 0.1 is more than 1


# -- questions that can't be answered -----------------------------------------------------------------------------


def test_what_is_missing_is_named(form: str) -> None:
    rows, plans = answers(0)
    asked = log(rows, plans)
    with pytest.raises(Unanswerable, match="no answers to it; the log has answers to odd"):
        asked.report("survey")
    with pytest.raises(QuestionError, match=r"no instrument is called 'recomend'; did you mean recommend"):
        asked.report("survey", instrument="recomend")
    with pytest.raises(QuestionError, match=r"part='cold': odd has whole, warm, busy"):
        asked.report("survey", instrument=form, part="cold")
    with pytest.raises(QuestionError, match="level=95"):
        asked.report("survey", instrument=form, level=95)
    with pytest.raises(QuestionError, match="different scales"):
        asked.measure("survey_score", instrument=form)
    silent = Log(log_of([event("a", "Page", START)]))
    with pytest.raises(Unanswerable, match="looked for Survey Answered, and the log has Page"):
        silent.report("survey")
    with pytest.raises(Unanswerable, match="looked for Survey Answered, and the log has Page"):
        silent.measure("survey_score")
    bare = Log(log_of([event("a", "Survey Answered", START, properties='{"score": 3, "item": "x"}')]))
    with pytest.raises(Unanswerable, match="no property 'instrument'"):
        bare.report("survey")


# -- a company whose truth is known -------------------------------------------------------------------------------


def test_planted_means_and_reliability_are_found() -> None:
    candid = replace(Effects(), response_attitude=0.0, response_age=0.0, attitude=0.0)
    company = simulate(4_000, seed=3, effects=candid)
    truth = company.truth.summary()["surveys"]
    answered = company.events.filter(pc.equal(company.events["name"], "Survey Answered"))
    asked = cherish.read(answered, customer="user_id", ts="ts", name="name")
    found = asked.report("survey", instrument="affection").table.to_pylist()
    whole = found[0]
    # The standard error of log(1 - alpha) is sqrt(2 k / ((k - 1) n)): van Zyl, Neudecker & Nel 2000.
    error = (1 - whole["alpha"]) * math.sqrt(2 * 4 / (3 * whole["complete"]))
    assert abs(whole["alpha"] - truth["affection_alpha"]) < 4 * error
    # Parallel items: omega is alpha.
    assert whole["omega"] == pytest.approx(whole["alpha"], abs=2 * error)
    mine = asked.report("survey", instrument="satisfaction").table.to_pylist()[1]
    assert mine["figure"] == "mean"
    assert abs(mine["value"] - truth["item_means"]["satisfaction"]) < mine["high"] - mine["low"]
    # Answers are eight seconds apart.
    fast = next(row for row in found if "too fast" in row["figure"])
    assert (fast["value"], fast["n"]) == (0, whole["complete"])
