"""Word of mouth of random logs against plain Python, in all three ways of knowing an acceptance; and a planted k."""

from __future__ import annotations

import json
import math
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cherish.library import Log
from cherish.reports._trees import trees
from effort import tries
from logs import event, log_of
from oracles.simulated import simulated
from random_days import load_people

START = datetime(2024, 1, 1, 9)
PEOPLE = "abcdefgh"
DAY = timedelta(days=1)

Invite = tuple[str, str | None, int]
MINUTES = st.integers(0, 60 * 24 * 40)
INVITES = st.lists(
    st.tuples(st.sampled_from(PEOPLE), st.sampled_from([*PEOPLE, None]), MINUTES),
    max_size=25,
    unique_by=lambda each: each[2],
)
JOINS = st.lists(MINUTES, min_size=len(PEOPLE), max_size=len(PEOPLE), unique=True)
CLAIMS = st.dictionaries(st.sampled_from(PEOPLE), st.sampled_from([*PEOPLE, "nobody"]), max_size=8)


def at(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


def every(invites: list[Invite]) -> list[tuple[datetime, int, str, str | None]]:
    """Invitations in order: ts, number, inviter, invitee; none to oneself."""
    found = [(at(minute), number, who, whom) for number, (who, whom, minute) in enumerate(invites) if who != whom]
    return sorted(found, key=lambda each: each[:2])


def sent(invites: list[Invite]) -> list[tuple[datetime, int, str, str | None]]:
    """Those that count: a pair once."""
    seen, found = set(), []
    for each in every(invites):
        pair = each[2:]
        if pair not in seen:
            found.append(each)
            if pair[1] is not None:
                seen.add(pair)
    return found


def by_hand(
    way: str, invites: list[Invite], joins: list[int], claims: dict[str, str], days: int | None
) -> dict[str, tuple[str, int | None]]:
    """Who brought each newcomer, with the number of the invitation that goes with it."""
    since = {who: at(minute) for who, minute in zip(PEOPLE, joins, strict=True)}
    offers = every(invites)
    found: dict[str, tuple[str, int | None]] = {}
    for who in PEOPLE:
        by = claims.get(who)
        if way == "invitee":
            by = next((each for ts, _, each, whom in offers
                       if whom == who and ts < since[who] and since[each] < since[who]), None)  # fmt: skip
        if by is None or by not in since or since[by] >= since[who]:
            continue
        early = [(number, whom) for ts, number, each, whom in offers
                 if each == by and ts <= since[who] and (days is None or since[who] - ts <= days * DAY)]  # fmt: skip
        if who in [whom for _, whom in early]:
            # To this very newcomer: however often, it is the first that counts.
            found[who] = (by, next(number for _, number, each, whom in offers if (each, whom) == (by, who)))
        elif None in [whom for _, whom in early]:
            found[who] = (by, [number for number, whom in early if whom is None][-1])
        elif days is None:
            found[who] = (by, None)
    return found


def company(way: str, invites: list[Invite], joins: list[int], claims: dict[str, str]) -> Log:
    rows = []
    for who, minute in zip(PEOPLE, joins, strict=True):
        told = {"referrer_user_id": claims.get(who, "")} if way == "sign_up" else {}
        rows.append(event(who, "Signed Up", at(minute), message_id=f"s{who}", properties=json.dumps(told)))
        rows.append(event(who, "Page", START - DAY, message_id=f"p{who}"))
    for number, (who, whom, minute) in enumerate(invites):
        told = {"invitee": whom} if whom else {}
        rows.append(event(who, "Invite Sent", at(minute), message_id=f"i{number:03d}", properties=json.dumps(told)))
    # So that the property is there whatever was drawn.
    rows.append(event("a", "Invite Sent", at(60 * 24 * 50), message_id="late", properties='{"invitee": "stranger"}'))
    log = log_of(rows)
    if way == "trait":
        load_people(log, [{"user_id": who, "created_at": None, "traits": json.dumps({"referred_by": by})}
                          for who, by in {**dict.fromkeys(PEOPLE, ""), **claims}.items()])  # fmt: skip
    return Log(log)


@tries(12)
@given(st.sampled_from(["sign_up", "trait", "invitee"]), INVITES, JOINS, CLAIMS, st.sampled_from([None, 3, 15]))
def test_word_of_mouth_is_what_a_loop_says(
    way: str, invites: list[Invite], joins: list[int], claims: dict[str, str], days: int | None
) -> None:
    log = company(way, invites, joins, claims)
    moment = at(60 * 24 * 45).replace(tzinfo=UTC)
    brought = by_hand(way, invites, joins, claims, days)
    given_: dict[str, Any] = {"as_of": moment} | ({} if days is None else {"attribution": f"{days}d"})
    result = log.report("word_of_mouth", **given_)
    assert {"sign_up": "sign_up:", "trait": "trait:", "invitee": "invitation:"}[way] in result.convention

    def generation(who: str) -> int:
        return 1 + generation(brought[who][0]) if who in brought else 0

    def root(who: str) -> str:
        return root(brought[who][0]) if who in brought else who

    offers = sent(invites)
    levels = Counter(generation(who) for who in PEOPLE)
    asked = Counter(generation(by) for _, _, by, _ in offers)
    accepted = Counter(generation(by) for by, _ in brought.values())
    for row in result.table.to_pylist():
        level = row["generation"]
        n, i, c = levels[level], asked[level], accepted[level]
        assert (row["customers"], row["invitations"], row["accepted"]) == (n, i, c)
        assert row["k_factor"] == pytest.approx(c / n)
        assert row["accepted_share"] == (pytest.approx(c / i) if i else None)
        assert row["inviters"] == len({by for _, _, by, _ in offers if generation(by) == level})
    head = result.headline
    assert len(result.table) == len(levels)
    assert (head["accepted"], head["invitations"]) == (len(brought), len(offers))
    if offers:
        assert head["k_factor"] == pytest.approx(head["invitations_per_customer"] * head["accepted_share"])

    since = {who: at(minute) for who, minute in zip(PEOPLE, joins, strict=True)}
    ended: dict[int, datetime] = {}
    for who, (_, number) in brought.items():
        if number is not None:
            ended[number] = min(since[who], ended.get(number, since[who]))
    spells = [((ended[number] - ts).days, True) if number in ended else ((moment.replace(tzinfo=None) - ts).days, False)
              for ts, number, _, _ in offers]  # fmt: skip
    lengths = sorted(length for length, over in spells if over)
    assert head["cycle_days_median"] == (_lower_median(lengths) if lengths else None)
    assert head["cycle_days_kaplan_meier"] == (_kaplan_meier_median(spells) if lengths else None)

    sizes = Counter(root(who) for who in brought)
    table = log.report("word_of_mouth", show="trees", **given_).table.to_pylist()
    assert [row["brought"] for row in table] == sorted(sizes.values(), reverse=True)
    depths = {each: max(generation(who) for who in brought if root(who) == each) for each in sizes}
    direct = Counter(by for by, _ in brought.values())
    assert Counter((row["brought"], row["depth"], row["direct"]) for row in table) == Counter(
        (sizes[each], depths[each], direct[each]) for each in sizes
    )


def _lower_median(lengths: list[int]) -> float:
    """The first length by which half are over."""
    return float(lengths[(len(lengths) - 1) // 2])


def _kaplan_meier_median(spells: list[tuple[int, bool]]) -> float | None:
    left = 1.0
    for time in sorted({length for length, over in spells if over}):
        at_risk = sum(length >= time for length, _ in spells)
        left *= 1 - sum(length == time and over for length, over in spells) / at_risk
        if left <= 0.5 + 1e-12:
            return float(time)
    return None


def test_trees_are_what_walking_up_says() -> None:
    for seed in range(200):
        draw = random.Random(seed)
        parent = {child: draw.randrange(child) for child in range(1, 40) if draw.random() < 0.7}
        names = draw.sample(range(1_000), 40)
        edges = list(parent.items())
        draw.shuffle(edges)

        def walk(child: int, parent: dict[int, int] = parent) -> tuple[int, int]:
            steps = 0
            while child in parent:
                child, steps = parent[child], steps + 1
            return child, steps

        found = trees([names[child] for child, _ in edges], [names[above] for _, above in edges])
        assert dict(zip(found.newcomers.tolist(), found.generation.tolist(), strict=True)) == {
            names[child]: walk(child)[1] for child in parent
        }
        sizes = Counter(names[walk(child)[0]] for child in parent)
        assert dict(zip(found.roots.tolist(), found.sizes.tolist(), strict=True)) == sizes
        assert found.sizes.tolist() == sorted(sizes.values(), reverse=True)


def test_a_chain_of_thousands_is_as_deep_as_it_is_long() -> None:
    found = trees(range(1, 5_001), range(5_000))
    assert (found.depths.tolist(), found.sizes.tolist(), found.direct.tolist()) == ([5_000], [5_000], [1])


def test_the_planted_k_factor_comes_back() -> None:
    log, company = simulated(6_000, 3)
    planted = company.truth.summary()["referral"]["k_factor"]
    result = log.report("word_of_mouth", mature="130d")
    head = result.headline
    # A Poisson number of newcomers per customer: the standard error is sqrt(k / n).
    assert abs(head["k_factor"] - planted) < 4 * math.sqrt(planted / head["customers"])
    assert abs(head["invitations_per_customer"] - 0.4) < 4 * math.sqrt(0.4 / head["customers"])
    assert head["k_factor"] == pytest.approx(head["invitations_per_customer"] * head["accepted_share"])
    told = {row["user_id"]: row["referrer_user_id"] for row in company.customers.to_pylist()}

    def generation(who: str) -> int:
        return 1 + generation(told[who]) if told[who] else 0

    levels = Counter(generation(who) for who in told)
    found = log.report("word_of_mouth").table.to_pylist()
    assert {row["generation"]: row["customers"] for row in found} == levels
