"""The funnel against its second implementation: random streams full of ties, every combination of its switches."""

from __future__ import annotations

import hashlib
import json
import random
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import product
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from cherish.reports.funnel import again
from effort import EFFORT, tries
from logs import event, log_of
from oracles.funnels import Attempt, Question, Row, counts, funnel, median
from random_days import load_people
from reports.asking import ask

START = datetime(2024, 3, 4, 12)
MOMENT = datetime(2024, 6, 1, tzinfo=UTC)
WINDOW = 12
PEOPLE = 40


def named(*names: str) -> Any:
    test = frozenset(names)
    return lambda row: row["name"] in test


def filtered(name: str, key: str) -> Any:
    return lambda row: row["name"] == name and row["k"] == key


A, B, C, D = (named(name) for name in "ABCD")
CHAINS = {
    "A|B|C": (A, B, C),
    "A|A|B": (A, A, B),
    "A|B|A|C": (A, B, A, C),
    "A+D|B[k=1]|C|D[k=2]": (named("A", "D"), filtered("B", "1"), C, filtered("D", "2")),
}
EXCLUDED = {
    "": (),
    "X": ((named("X"), 1, None),),
    "X@2-3": ((named("X"), 2, 3),),
    "X@1-2|A@1-3": ((named("X"), 1, 2), (A, 1, 3)),
}


@cache
def streams(seed: int) -> tuple[Any, dict[str, list[Row]]]:
    """A log of many short streams at whole seconds, many of them shared, and the same rows for the second way."""
    draw = random.Random(seed)
    people: dict[str, list[Row]] = defaultdict(list)
    events = []
    for person in range(PEOPLE):
        wide = draw.choice((6, 15, 40))
        for _ in range(draw.randint(1, 14)):
            number, user = len(events), f"u{person:02d}"
            row = {"ts": float(draw.randint(0, wide)), "name": draw.choice("AAABBBCCDXY"),
                   "k": draw.choice(("1", "1", "2", None)), "who": user}  # fmt: skip
            digest = hashlib.md5(f"test\x1fm{number}".encode(), usedforsecurity=False).hexdigest()
            people[user].append({**row, "id": digest})
            told = {name: row[name] for name in ("k", "who") if row[name] is not None}
            events.append(
                event(user, row["name"], START + timedelta(seconds=row["ts"]), message_id=f"m{number}",
                      properties=json.dumps(told))
            )  # fmt: skip
    # So that every name is known, whatever was drawn.
    events += [event("nobody", name, START - timedelta(days=99), properties='{"k": "9"}') for name in "ABCDXY"]
    log = log_of(events)
    load_people(log, [{"user_id": user, "traits": json.dumps({"own": user})} for user in people])
    return log, people


def question_of(chain: str, excluded: str, **given: Any) -> Question:
    steps = CHAINS[chain]
    barred = tuple((test, first, last or len(steps)) for test, first, last in EXCLUDED[excluded])
    return Question(steps=steps, window=WINDOW, excluded=barred, **given)


def asked(log: Any, chain: str, excluded: str, given: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    words = {name: value for name, value in given.items() if name not in ("hold", "grace")}
    words |= {"hold": "|".join(given.get("hold", ())), "grace": int(given.get("grace", 0)), "exclude": excluded}
    return ask(log, "funnel", MOMENT, steps=chain, window=f"{WINDOW}s", since="2024-03-01", percentiles="50", **words,
               **more)  # fmt: skip


def by_person(attempts: list[Attempt], steps: int) -> dict[str, list[int]]:
    found: dict[str, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        found[attempt.entry["who"]].append(attempt)
    return {who: counts(each, steps) for who, each in found.items()}


def check(seed: int, chain: str, excluded: str, given: dict[str, Any]) -> None:
    log, people = streams(seed)
    question = question_of(chain, excluded, **given)
    expected = funnel(people, question)
    steps = len(question.steps)
    about = f"seed={seed} steps={chain} exclude={excluded} {given}"
    rows = asked(log, chain, excluded, given, by="who", top=PEOPLE)
    found: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        found[row["who"]].append(row["reached"])
    assert dict(found) == by_person(expected, steps), about
    whole = asked(log, chain, excluded, given)
    assert [row["reached"] for row in whole] == counts(expected, steps), about
    for place in range(1, steps):
        there = [each.times for each in expected if len(each.times) > place]
        # What a tolerance turns around takes no time.
        total = median([max(times[place], 0.0) for times in there])
        step = median([max(times[place] - times[place - 1], 0.0) for times in there])
        assert (whole[place]["total_median_time"], whole[place]["median_time"]) == (total, step), about


def every(order: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Every combination of the switches that goes together."""
    found = []
    chains = [chain for chain in CHAINS if order != "any_order" or chain in ("A|B|C", "A|A|B")]
    for chain, excluded, exclusion, (reentry, counting), hold, grace, anchor in product(
        chains, EXCLUDED, ("drop_at_exclusion", "remove_customer", "any_clean_path"),
        (("first_entry", "customers"), ("first_entry", "pairs"), ("best", "customers"), ("best", "pairs"),
         ("totals", "totals"), ("totals", "customers")),
        ((), ("k",)), (0, 2), (False, True),
    ):  # fmt: skip
        if (grace and (order != "ordered" or chain != "A|B|C")) or (anchor and order != "any_order"):
            continue
        if (not excluded and exclusion != "drop_at_exclusion") or ("@" in excluded and order == "any_order"):
            continue
        if (counting == "pairs" and not hold) or ("A@" in excluded and chain.count("A") > 1):
            continue
        given = {"order": order, "reentry": reentry, "counting": counting, "exclusion": exclusion, "hold": hold,
                 "grace": grace, "anchor": anchor}  # fmt: skip
        found.append((chain, excluded, given))
    return found


@pytest.mark.parametrize("order", ["ordered", "strict", "any_order"])
def test_every_combination_of_switches(order: str) -> None:
    cases = every(order)
    draw = random.Random(5)
    # Some of them on every run, the same ones; all in a soak, and others by chance in the next test.
    kept = cases if EFFORT > 1 else draw.sample(cases, 9)
    for number, (chain, excluded, given) in enumerate(kept):
        check(number % 5, chain, excluded, given)


@drawn(seed=st.integers(0, 10_000), data=st.data())
@tries(10)
def test_random_streams_and_switches(seed: int, data: Any) -> None:
    order = data.draw(st.sampled_from(["ordered", "ordered", "strict", "any_order"]))
    chain, excluded, given = data.draw(st.sampled_from(every(order)))
    check(seed, chain, excluded, given)


@drawn(seed=st.integers(0, 10_000))
@tries(4)
def test_the_quick_way_is_the_general_one(seed: int) -> None:
    log, people = streams(seed)
    question = question_of("A|B|C", "")
    expected = funnel(people, question)
    # By a trait the quick way answers too: customer by customer.
    rows = asked(log, "A|B|C", "", {}, by="own", top=PEOPLE)
    found: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        found[row["own"]].append(row["reached"])
    assert dict(found) == by_person(expected, 3)


@drawn(seed=st.integers(0, 10_000))
@tries(3)
def test_the_range_of_entries_and_their_open_windows(seed: int) -> None:
    log, people = streams(seed)
    moment = START + timedelta(seconds=20)
    known = {who: [row for row in rows if row["ts"] < 20] for who, rows in people.items()}
    question = question_of("A|B|C", "", reentry="best")
    expected = funnel(known, question)
    given = {"steps": "A|B|C", "window": f"{WINDOW}s", "reentry": "best", "since": "2024-03-01"}
    rows = ask(log, "funnel", moment.replace(tzinfo=UTC), **given)
    assert [row["reached"] for row in rows] == counts(expected, 3)
    waiting = [sum(len(each.times) == step and each.entry["ts"] + WINDOW >= 20 for each in expected) for step in (1, 2)]
    assert [row["open"] for row in rows] == [*waiting, None]
    over = funnel(known, replace(question, entry=lambda row: row["ts"] + WINDOW < 20))
    rows = ask(log, "funnel", moment.replace(tzinfo=UTC), open_entries="leave_out", **given)
    assert [row["reached"] for row in rows] == counts(over, 3)
    assert all(row["open"] in (0, None) for row in rows)


@drawn(seed=st.integers(0, 10_000))
@tries(3)
def test_what_people_did_next(seed: int) -> None:
    log, people = streams(seed)
    expected: dict[tuple[int, str], int] = defaultdict(int)
    for attempt in funnel(people, question_of("A|B|C", "")):
        if len(attempt.times) < 3:
            entry, last = attempt.entry, attempt.entry["ts"] + max(attempt.times)
            later = sorted((row["ts"], row["id"], row["name"]) for row in people[entry["who"]]
                           if last < row["ts"] <= entry["ts"] + WINDOW)  # fmt: skip
            expected[len(attempt.times), later[0][2] if later else "(nothing in the window)"] += 1
    rows = ask(log, "funnel", MOMENT, steps="A|B|C", window=f"{WINDOW}s", since="2024-03-01", next_acts=10)
    assert {(row["step"], row["did_next"]): row["customers"] for row in rows} == expected


@drawn(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 30), st.integers(0, 40)), max_size=40, unique_by=lambda e: e[:2]
    )
)
@tries(200)
def test_chains_of_entries_are_followed(entries: list[tuple[int, int, int]]) -> None:
    # Some attempts end at a place, others with a window of five microseconds; ts is the place halved, so it has ties.
    import numpy as np

    stream, place, end = (np.array([entry[part] for entry in entries], dtype=np.int64) for part in range(3))
    over = np.where(end < place, -1, end)
    kept = again.followed(stream, place, over, place // 2, 5)
    expected = []
    for number in sorted(set(stream.tolist())):
        free: Any = lambda at: True  # noqa: E731
        for at in sorted(place[stream == number].tolist()):
            if free(at):
                index = next(i for i, entry in enumerate(entries) if entry[:2] == (number, at))
                expected.append(index)
                last = int(over[index])
                free = (lambda then, last=last: then > last) if last >= 0 else (
                    lambda then, at=at: then // 2 > at // 2 + 5)  # fmt: skip
    assert sorted(kept.tolist()) == sorted(expected)
