"""Family O a second time: breadth, depth, features, prompts and the composite by loops over events."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from fractions import Fraction
from math import exp, log
from statistics import mean, median, pstdev, quantiles
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cherish.library import Log
from effort import tries
from logs import event, log_of
from oracles.real import source
from reports.asking import ask

START = datetime(2024, 3, 20, 6)
NAMES = ("Page", "Product Viewed", "Product Shared", "Order Completed", "Email Link Clicked")
TOPICS = ("shoes", "hats", None)
DRAWN = st.lists(
    st.tuples(st.integers(0, 4), st.sampled_from(NAMES), st.integers(0, 30 * 24 * 60), st.sampled_from(TOPICS)),
    min_size=4, max_size=50,
)  # fmt: skip
Drawn = list[tuple[int, str, int, str | None]]
Act = tuple[str, str, datetime, str | None]
WINDOW = 14


def made(drawn: Drawn) -> tuple[Log, list[Act], date]:
    """A log in UTC, its acts, and the day after the last."""
    acts = [(f"u{user}", name, START + timedelta(minutes=minute), topic) for user, name, minute, topic in drawn]
    rows = [
        event(user, name, ts, properties=json.dumps({"topic": topic}) if topic else None)
        for user, name, ts, topic in acts
    ]
    store = log_of(
        [*rows, event("quiet", "Email Sent", START), event("seen", "Page", START, properties='{"topic": "x"}')]
    )
    acts.append(("seen", "Page", START, "x"))
    return Log(store), acts, max(ts for _, _, ts, _ in acts).date() + timedelta(days=1)


def recent(acts: Iterable[Act], today: date, window: int = WINDOW) -> list[Act]:
    return [act for act in acts if act[2].date() >= today - timedelta(days=window)]


def values(log_: Log, name: str, **given_: Any) -> dict[str, Any]:
    return {row["customer"]: row for row in log_.measure(name, window=f"{WINDOW}d", **given_).table.to_pylist()}


@tries(8)
@given(DRAWN)
def test_breadth_and_depth_are_what_a_loop_over_events_says(drawn: Drawn) -> None:
    log_, acts, today = made(drawn)
    inside = recent(acts, today)
    asked = {
        "names": values(log_, "breadth"), "effective": values(log_, "breadth", count="effective"),
        "topics": values(log_, "breadth", feature="topic"), "depth": values(log_, "depth"),
        "days": values(log_, "depth", counting="days"), "deep_topics": values(log_, "depth", feature="topic"),
    }  # fmt: skip
    for user in {act[0] for act in acts} | {"quiet"}:
        own = [act for act in inside if act[0] == user]
        names, topics = Counter(act[1] for act in own), Counter(act[3] for act in own if act[3])
        assert asked["names"][user]["value"] == len(names)
        assert asked["topics"][user]["value"] == len(topics)
        found = {kind: asked[kind][user]["value"] for kind in ("effective", "depth", "days", "deep_topics")}
        if not own:
            assert found["effective"] is found["depth"] is found["days"] is None
            assert asked["depth"][user]["why"] == "unused"
            continue
        shares = [n / len(own) for n in names.values()]
        assert found["effective"] == pytest.approx(exp(-sum(share * log(share) for share in shares)))
        assert found["depth"] == pytest.approx(len(own) / len(names))
        assert found["days"] == pytest.approx(len({(act[1], act[2].date()) for act in own}) / len(names))
        assert found["deep_topics"] == (pytest.approx(sum(topics.values()) / len(topics)) if topics else None)


@tries(8)
@given(DRAWN, st.sampled_from(["name", "topic"]), st.sampled_from(["days", "times"]), st.integers(3, 9))
def test_the_matrix_of_features_is_what_loops_say(drawn: Drawn, feature: str, counting: str, interval: int) -> None:
    log_, acts, today = made(drawn)
    inside = recent(acts, today)
    actives = {act[0] for act in inside}
    rows = ask(log_.store, "feature_matrix", feature=feature, counting=counting, window=f"{WINDOW}d",
               interval=f"{interval}d")  # fmt: skip
    labels = {act[1] if feature == "name" else act[3] for act in inside} - {None}
    assert {row["feature"] for row in rows} == labels
    for row in rows:
        own = [act for act in inside if (act[1] if feature == "name" else act[3]) == row["feature"]]
        assert (row["users"], row["actives"]) == (len({act[0] for act in own}), len(actives))
        averages = []
        for part in range(WINDOW // interval):
            there = [act for act in own if (today - timedelta(days=1) - act[2].date()).days // interval == part]
            if there:
                uses = there if counting == "times" else {(act[0], act[2].date()) for act in there}
                averages.append(len(uses) / len({act[0] for act in there}))
        assert row["intensity"] == (pytest.approx(mean(averages)) if averages else None)
    known = [row for row in rows if row["intensity"] is not None]
    for row in known:
        high = (row["share"] >= median([each["share"] for each in rows]),
                row["intensity"] >= median([each["intensity"] for each in known]))  # fmt: skip
        kinds = {(True, True): "core", (True, False): "occasional", (False, True): "niche", (False, False): "rare"}
        assert row["quadrant"] == kinds[high]


@tries(8)
@given(DRAWN, st.sampled_from(["2x2", "3x3"]))
def test_the_matrix_of_customers_is_what_the_two_measures_say(drawn: Drawn, size: str) -> None:
    log_, _, _ = made(drawn)
    broad, deep = values(log_, "breadth"), values(log_, "depth")
    users = [user for user, row in broad.items() if row["value"]]
    rows = ask(log_.store, "breadth_depth", size=size, window=f"{WINDOW}d")
    parts = int(size[0])

    def cut(numbers: list[float], place: int) -> Fraction:
        if len(numbers) == 1:
            return Fraction(numbers[0])
        # Python's own, with the least value as 0% and the greatest as 100%.
        return quantiles(map(Fraction, numbers), n=parts, method="inclusive")[place - 1]

    counts: Counter[tuple[int, int]] = Counter()
    for user in users:
        bands = []
        for measured in (broad, deep):
            numbers = [measured[each]["value"] for each in users]
            bands.append(sum(measured[user]["value"] > cut(numbers, place) for place in range(1, parts)))
        counts[bands[0], bands[1]] += 1
    names = ("low", "high") if parts == 2 else ("low", "middle", "high")
    found = {(names.index(row["breadth"]), names.index(row["depth"])): row["customers"] for row in rows[:-1]}
    assert {cell: n for cell, n in found.items() if n} == dict(counts)
    assert rows[-1]["customers"] == len(broad) - len(users)


@tries(8)
@given(DRAWN, st.integers(1, 72))
def test_prompted_is_what_looking_back_from_every_act_says(drawn: Drawn, within: int) -> None:
    drawn = [*drawn, (0, "Email Link Clicked", 0, None)]
    log_, acts, today = made(drawn)
    found = values(log_, "customer_initiated", within=str(within))
    for user in {act[0] for act in acts}:
        clicks = [act[2] for act in acts if act[0] == user and act[1] == "Email Link Clicked"]
        own = [act[2] for act in recent(acts, today) if act[0] == user and act[1] != "Email Link Clicked"]
        prompted = [any(click <= ts < click + timedelta(hours=within) for click in clicks) for ts in own]
        if own:
            assert (found[user]["y"], found[user]["x"]) == (prompted.count(False), len(own))
        else:
            assert found[user]["why"] == "no_interactions"


@tries(8)
@given(DRAWN)
def test_the_composite_is_the_mean_of_z_scores(drawn: Drawn) -> None:
    log_, acts, today = made([*drawn, (1, "Product Viewed", 0, None), (1, "Product Shared", 9, None),
                              (2, "Order Completed", 2, None)])  # fmt: skip
    users = sorted({act[0] for act in acts} | {"quiet"})
    inside = {user: [act for act in recent(acts, today) if act[0] == user] for user in users}

    def counts(*names: str) -> list[int]:
        return [sum(act[1] in names for act in inside[user]) for user in users]

    days = [len({act[2].date() for act in inside[user] if act[1] == "Order Completed"}) for user in users]
    legs = {"cognitive": [counts("Product Viewed")], "emotional": [counts("Product Shared")],
            "behavioural": [days, counts("Order Completed")]}  # fmt: skip
    scores = {leg: [zs(part) for part in parts] for leg, parts in legs.items()}
    found = values(log_, "engagement_composite", object="product")
    for place, user in enumerate(users):
        known = {leg: [part[place] for part in parts if part] for leg, parts in scores.items()}
        means = {leg: mean(parts) for leg, parts in known.items() if parts}
        assert found[user]["legs"] == len(means)
        for leg in legs:
            assert found[user][leg] == (pytest.approx(means[leg]) if leg in means else None)
        assert found[user]["value"] == (pytest.approx(mean(means.values())) if len(means) >= 2 else None)


def zs(numbers: list[int]) -> list[float]:
    """Z-scores cut off at 3; none where all are alike."""
    spread = pstdev(numbers)
    return [max(-3.0, min(3.0, (each - mean(numbers)) / spread)) for each in numbers] if spread else []


def test_breadth_by_shop_on_real_data() -> None:
    data = source("complete_journey")
    last = data.today - timedelta(days=28)
    shops: dict[str, Counter[str]] = defaultdict(Counter)
    for act in data.acts:
        if act.day >= last:
            shops[act.customer][act.store] += 1
    broad = {row["customer"]: row["value"] for row in data.log.measure("breadth", feature="store").table.to_pylist()}
    deep = {row["customer"]: row["value"] for row in data.log.measure("depth", feature="store").table.to_pylist()}
    assert {user: value for user, value in broad.items() if value} == {user: len(own) for user, own in shops.items()}
    for user, own in shops.items():
        assert deep[user] == pytest.approx(own.total() / len(own))
    rows = ask(data.log.store, "feature_matrix", feature="store", top="1000")
    users = {row["feature"]: row["users"] for row in rows}
    assert users == Counter(shop for own in shops.values() for shop in own)
