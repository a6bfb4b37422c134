"""The core-action check: a worked example, every pair compared by hand, and what it refuses."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from cherish.errors import Unanswerable
from cherish.reports.core_actions import MOST, auc
from logs import event, log_of
from reports.asking import ask, asked


def test_worked_example():
    # First window 2021-01-01 .. 07, second 08 .. 14. a and b read; a and c buy; d only reads. a and d come back.
    first, second = datetime(2021, 1, 3), datetime(2021, 1, 9)
    log = log_of([
        event("a", "Read", first), event("b", "Read", first), event("d", "Read", first), event("a", "Buy", first),
        event("c", "Buy", first), event("a", "Read", second), event("d", "Buy", second),
        event("new", "Buy", second),  # Not known at the split: no part of the comparison.
        event("a", "Read", datetime(2021, 1, 14)),
        event("old", "Read", datetime(2020, 12, 1)),  # Known, active in neither window.
    ])  # fmt: skip
    rows, headline, _ = asked(log, "core_actions", datetime(2021, 1, 15, tzinfo=UTC), window="7d")
    read, buy = rows
    assert (read["event"], read["customers"], read["only"], read["stayed"], read["n"]) == ("Read", 3, 2, 2, 5)
    assert (read["share"], read["only_share"], read["overlap"]) == (3 / 4, 2 / 4, 1 / 3)
    # Stayed: a, d. Left: b, c, old. Read: a, d, b. Pairs: a and d win against c and old, tie with b.
    assert read["auc"] == pytest.approx((2 * 2 + 2 * 0.5) / 6)
    # Buy: a, c. a wins against b and old, ties with c; d ties with b and old, loses against c.
    assert (buy["customers"], buy["only"], buy["stayed"], buy["auc"]) == (2, 1, 1, pytest.approx((2.5 + 1) / 6))
    assert (headline["tells_best"], headline["most_needed"]) == ("Read", "Read")
    assert read["advice"].startswith("keep")


def test_equals_all_pairs_compared():
    draw = random.Random(5)
    start = datetime(2021, 1, 1)
    events = [
        event(f"u{draw.randint(1, 60)}", draw.choice("ABCD"), start + timedelta(days=draw.uniform(0, 42)))
        for _ in range(300)
    ]
    moment = datetime(2021, 2, 12, 9)
    rows = ask(log_of(events), "core_actions", moment.replace(tzinfo=UTC), window="14d")
    day, width = datetime(2021, 2, 12), timedelta(days=14)
    split = day - width
    known = {each["user_id"] for each in events if each["ts"] < split}
    stayed = {each["user_id"] for each in events if split <= each["ts"] < day} & known
    did = {name: {each["user_id"] for each in events if each["name"] == name and split - width <= each["ts"] < split}
           for name in "ABCD"}  # fmt: skip
    for row in rows:
        own, name = did[row["event"]], row["event"]
        others = set().union(*(people for other, people in did.items() if other != name))
        scores = [((who in own) > (other in own)) + ((who in own) == (other in own)) / 2
                  for who in stayed for other in known - stayed]  # fmt: skip
        assert row["auc"] == pytest.approx(sum(scores) / len(scores), rel=1e-12)
        assert (row["customers"], row["only"], row["n"]) == (len(own), len(own - others), len(known))
        assert row["stayed"] == len(own & stayed)


def test_auc_of_counts():
    assert auc(did=10, did_and_stayed=10, known=20, stayed=10) == 1
    assert auc(did=20, did_and_stayed=10, known=20, stayed=10) == 0.5
    assert auc(did=10, did_and_stayed=0, known=20, stayed=10) == 0


def test_nobody_to_tell_apart_is_null_with_a_reason():
    log = log_of([event("a", "X", datetime(2021, 1, 1)), event("b", "X", datetime(2021, 1, 2))])
    rows = ask(log, "core_actions", datetime(2021, 1, 11, tzinfo=UTC), window="5d")
    assert [(row["auc"], row["why"]) for row in rows] == [(None, "nobody_stayed")]


def test_too_short_a_log_says_what_would_do():
    log = log_of([event("a", "X", datetime(2021, 1, day)) for day in range(1, 10)])
    with pytest.raises(Unanswerable, match="shorter window"):
        ask(log, "core_actions", window="28d")


def test_only_the_most_frequent_and_a_note():
    names = [f"E{number:03d}" for number in range(MOST + 5)]
    events = [event(f"u{who}", name, datetime(2021, 1, 1 + who)) for name in names for who in range(2)]
    events += [event("u0", "E000", datetime(2021, 1, day)) for day in range(3, 20)]
    rows, _, plan = asked(log_of(events), "core_actions", window="10d")
    assert len(rows) == MOST
    assert any("5 rarer events" in note for note in plan.notes)


def test_the_chart_is_a_chart():
    pytest.importorskip("altair")
    from cherish.reports.core_actions import CoreActions

    log = log_of([event("a", "X", datetime(2021, 1, 1)), event("a", "X", datetime(2021, 1, 9))])
    _, _, plan = asked(log, "core_actions", window="5d")
    assert "AUC" in CoreActions.of(window="5d").chart(plan.finish(log.run(plan.expression))).to_json()


def test_the_advice_tells_no_figures():
    # Words are shared as they are: a count in them would tell of the few whose cells are hidden.
    start = datetime(2021, 1, 1)
    events = [event(f"u{n}", "AB"[n < 3], start + timedelta(hours=n)) for n in range(40)]
    events += [event(f"u{n}", "B", start + timedelta(days=9)) for n in range(0, 40, 2)]
    rows, _, _ = asked(log_of(events), "core_actions", datetime(2021, 1, 15, tzinfo=UTC), window="7d")
    assert any(row["only"] == 3 for row in rows)
    assert not any(sign.isdigit() for row in rows for sign in row["advice"])


def test_before_the_first_event_there_is_no_day():
    log = log_of([event("a", "Read", datetime(2021, 1, 1))])
    with pytest.raises(Unanswerable, match="the log has 0 whole days"):
        ask(log, "core_actions", datetime(2000, 1, 1, tzinfo=UTC))
