"""Content and voices of random logs against plain Python."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cherish.library import Log
from cherish.spec.names import ANSWERS, COMPLAINTS, CONTACTS, REVIEWS
from effort import tries
from logs import event, log_of
from properties.world import world
from random_days import load_people

START = datetime(2024, 1, 1)
PLAN = {"a": "free", "b": "free", "c": "paid", "d": "paid", "e": None}
KINDS = {
    "Content Shown": "impressions", "Content Viewed": "views", "Content Clicked": "clicks",
    "Content Liked": "reactions", "Comment Created": "comments", "Content Shared": "shares",
    "Content Completed": "completions", "Content Rated": "ratings",
}  # fmt: skip
ACTS = st.lists(
    st.tuples(st.sampled_from("abcde"), st.sampled_from(list(KINDS)), st.sampled_from(["x", "y", "z", None]),
              st.integers(0, 40 * 24 * 60), st.integers(0, 100), st.integers(0, 30), st.integers(1, 5)),
    max_size=80,
)  # fmt: skip


def by_hand(acts: list[Any], people: set[str], start: datetime, end: datetime) -> dict[str, dict[str, Any]]:
    """Per item everything that is counted, for these people."""
    found: dict[str, dict[str, Any]] = {}
    for who, name, item, minute, depth, seconds, stars in acts:
        ts = START + timedelta(minutes=minute)
        if who not in people or item is None or not start <= ts < end:
            continue
        row = found.setdefault(item, {"n": defaultdict(int), "who": defaultdict(set), "stars": 0})
        told = {KINDS[name]} | ({"reads"} if name == "Content Viewed" and depth >= 50 and seconds >= 15 else set())
        for each in told:
            row["n"][each] += 1
            row["who"][each].add(who)
        row["stars"] += stars if name == "Content Rated" else 0
    return found


def expected(found: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    rows = []
    ratings, stars = (
        sum(each["n"]["ratings"] for each in found.values()),
        sum(each["stars"] for each in found.values()),
    )
    for item, each in found.items():
        n, who = each["n"], each["who"]
        actors = who["clicks"] | who["reactions"] | who["comments"] | who["shares"]
        reach = actors | who["impressions"] | who["views"]
        rows.append({
            "item": item, "impressions": n["impressions"], "reach": len(reach), "views": n["views"],
            "viewers": len(who["views"]), "reads": n["reads"], "readers": len(who["reads"]), "clicks": n["clicks"],
            "clickers": len(who["clicks"]), "reactions": n["reactions"], "comments": n["comments"],
            "shares": n["shares"], "completions": n["completions"], "completers": len(who["completions"]),
            "actors": len(actors), "ratings": n["ratings"],
            "clicks_per_impression": _over(n["clicks"], n["impressions"]),
            "clickers_share_of_reach": _over(len(who["clicks"]), len(reach)),
            "readers_share_of_viewers": _over(len(who["reads"]), len(who["views"])),
            "completers_share_of_viewers": _over(len(who["completions"]), len(who["views"])),
            "actors_share_of_reach": _over(len(actors), len(reach)),
            "rating": _over(each["stars"], n["ratings"]),
            "rating_shrunk": (each["stars"] + 10 * stars / ratings) / (n["ratings"] + 10) if ratings else None,
        })  # fmt: skip
    return sorted(rows, key=lambda row: (-row["reach"], -row["views"], row["item"]))


def _over(part: float, whole: float) -> float | None:
    return part / whole if whole else None


@tries(15)
@given(ACTS)
def test_content_is_what_a_loop_says(acts: list[Any]) -> None:
    # One of everything at the end of time, so that no kind is unknown to the log.
    acts = [*acts, *(("a", name, "x", 60 * 24 * 60, 1, 1, 1) for name in KINDS)]
    rows = [
        event(who, name, START + timedelta(minutes=minute), properties=json.dumps(
            {"depth": depth, "seconds": seconds, "rating": stars} | ({"content_id": item} if item else {})))
        for who, name, item, minute, depth, seconds, stars in acts
    ]  # fmt: skip
    rows += [event(who, "Page", START - timedelta(days=1)) for who in PLAN]
    store = log_of(rows)
    load_people(store, [{"user_id": who, "created_at": None, "traits": json.dumps({"plan": plan})}
                        for who, plan in PLAN.items()])  # fmt: skip
    log, end = Log(store), START + timedelta(days=35, hours=7)
    start = end - timedelta(days=20)
    asked: dict[str, Any] = {"as_of": end.replace(tzinfo=UTC), "window": "20d"}
    same(log.report("content", **asked).table.to_pylist(), expected(by_hand(acts, set(PLAN), start, end)))
    grouped = log.report("content", by="plan", **asked).table.to_pylist()
    for plan in ("free", "paid", "unknown"):
        people = {who for who, own in PLAN.items() if (own or "unknown") == plan}
        same([row for row in grouped if row["plan"] == plan], expected(by_hand(acts, people, start, end)))
    first = log.report("content", top=1, **asked).table.to_pylist()
    same(first, expected(by_hand(acts, set(PLAN), start, end))[:1])


def same(found: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> None:
    assert len(found) == len(wanted)
    for row, each in zip(found, wanted, strict=True):
        assert {name: row[name] for name in each} == pytest.approx(each)


@tries(5)
@given(st.integers(0, 10_000))
def test_voices_are_what_a_loop_says(seed: int) -> None:
    made = world(seed)
    log, moment = made.log(), made.moments[0]
    plans = {each["user_id"]: json.loads(each["traits"]) for each in made.people}
    start = moment.replace(tzinfo=None) - timedelta(days=30)
    people = {row["user_id"] for row in made.rows}
    rows = log.report("voices", as_of=moment, window="30d", by="plan|age", known="plan").table.to_pylist()
    spoke = {
        title: {row["user_id"] for row in made.rows if row["name"] in names
                and start <= row["ts"] < moment.replace(tzinfo=None)}
        for title, names in (("survey", ANSWERS), ("review", REVIEWS), ("complaint", COMPLAINTS), ("contact", CONTACTS))
    }  # fmt: skip
    spoke["plan known"] = {who for who in people if plans[who]["plan"]}
    for row in rows:
        own = {who for who in people if _segment(plans[who]) == row["segment"]}
        voices = spoke[row["channel"]]
        assert (row["base"], row["voices"]) == (len(own), len(own & voices))
        if voices:
            assert row["ratio"] == pytest.approx((len(own & voices) / len(voices)) / (len(own) / len(people)))
            assert row["ratio_low"] <= row["ratio_high"]
        else:
            assert (row["ratio"], row["why"]) == (None, "no_voices")
    assert {row["segment"] for row in rows} == {_segment(plans[who]) for who in people}


def _segment(traits: dict[str, str | None]) -> str:
    plan, age = (traits[name] or "unknown" for name in ("plan", "age"))
    return "unknown" if plan == age == "unknown" else f"{plan} / {age}"
