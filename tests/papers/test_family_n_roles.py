"""Family N, roles of a community: the worked toy of measures.md, the definitions by hand, and a real forum's shares.

The forum is a Stack Exchange site from its first day (2018; CC BY-SA): of 3,461 members 9.6 % had asked or answered,
15.2 % had only commented or voted, 75.2 % had done neither.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from cherish.collect.importing import import_files
from cherish.errors import Unanswerable
from cherish.library import Log
from cherish.store.memory import memory
from logs import event, log_of
from oracles.real import path

START = datetime(2024, 2, 1, 12)
MOMENT = datetime(2024, 4, 1, tzinfo=UTC)


def joined(*people: str) -> list[dict[str, Any]]:
    return [event(who, "Community Joined", START - timedelta(days=200)) for who in people]


def acts(**counts: dict[str, int]) -> list[dict[str, Any]]:
    return [
        event(who, name, START + timedelta(days=day, minutes=place))
        for who, own in counts.items()
        for place, (name, n) in enumerate(own.items())
        for day in range(n)
    ]


def roles(log: Any, **given: Any) -> dict[str, str | None]:
    rows = Log(log).measure("community_role", as_of=MOMENT, **given).table.to_pylist()
    return {row["customer"]: row["stage"] or row["why"] for row in rows}


def five() -> Any:
    return log_of([
        *joined("maker", "helper", "reader", "gone", "shy"),
        *acts(maker={"Post Created": 1, "Comment Created": 9}, helper={"Comment Created": 2, "Page": 3},
              reader={"Content Viewed": 5}, shy={"Post Created": 2}, guest={"Page": 4}),
    ])  # fmt: skip


def test_roles_by_the_definition() -> None:
    expected = {"maker": "creator", "helper": "contributor", "reader": "lurker", "gone": "inactive", "shy": "creator"}
    assert roles(five()) == {**expected, "guest": "not_a_member"}


@pytest.mark.parametrize(("k", "maker", "helper", "shy"), [
    (0, "creator", "contributor", "creator"), (1, "creator", "contributor", "creator"),
    (2, "creator", "lurker", "lurker"), (3, "creator", "lurker", "lurker"),
])  # fmt: skip
def test_up_to_k_posts_are_a_lurkers(k: int, maker: str, helper: str, shy: str) -> None:
    # 10, 2 and 2 posts.
    found = roles(five(), lurker_posts=k)
    assert (found["maker"], found["helper"], found["shy"]) == (maker, helper, shy)
    assert (found["reader"], found["gone"]) == ("lurker", "inactive")


def test_shares_have_their_denominator_in_the_convention() -> None:
    log = Log(five())
    members = log.report("community_roles", as_of=MOMENT)
    visitors = log.report("community_roles", as_of=MOMENT, denominator="visitors")
    assert [row["share"] for row in members.table.to_pylist()] == [0.2, 0.2, 0.2, 0.4]
    assert [row["share"] for row in visitors.table.to_pylist()] == [None, 0.25, 0.25, 0.5]
    assert visitors.table["why"].to_pylist() == ["not_counted", None, None, None]
    assert members.convention.startswith("community_roles/members/")
    assert visitors.convention.startswith("community_roles/visitors/")
    assert (members.headline["members"], members.headline["visitors"]) == (5, 4)


def test_ninety_nine_one_from_a_log() -> None:
    # 90 members at 0 posts, 9 at 1, one at 91: Gini .9810 and 91 % of the posts by the top 1 %.
    people = [f"p{number:02d}" for number in range(100)]
    posts = [event("p00", "Post Created", START + timedelta(minutes=minute)) for minute in range(91)]
    posts += [event(who, "Comment Created", START) for who in people[1:10]]
    found = Log(log_of([*joined(*people), *posts])).report("community_roles", as_of=MOMENT, window="120d").headline
    assert found["posts_gini"] == pytest.approx(0.9810, abs=1e-12)
    assert found["posts_of_top_1_percent"] == pytest.approx(0.91, abs=1e-12)


def test_without_visits_lurkers_are_not_made_up() -> None:
    log = log_of([event("a", "Post Created", START), event("b", "Order Completed", START)])
    assert roles(log) == {"a": "creator", "b": "visits_unknown"}
    result = Log(log).report("community_roles", as_of=MOMENT)
    rows = [(row["role"], row["customers"]) for row in result.table.to_pylist()]
    assert rows == [("lurker or inactive", 1), ("contributor", 0), ("creator", 1)]
    assert "inactive_share" not in result.headline
    assert any("can't be told apart" in note for note in result.notes)
    with pytest.raises(Unanswerable, match="who the visitors are"):
        Log(log).report("community_roles", as_of=MOMENT, denominator="visitors")


def test_a_log_without_posts_is_refused_with_its_names() -> None:
    with pytest.raises(Unanswerable, match=r"creates, contributes.*Order Completed"):
        roles(log_of([event("a", "Order Completed", START)]))


@cache
def forum() -> Log:
    store = memory()
    import_files(store, path("se_quantum/users.parquet"), kind="customers", mapping={"customer": "Id"}, name="votes")
    import_files(store, path("se_quantum/users.parquet"), kind="events", event="Community Joined",
                 mapping={"customer": "Id", "time": "CreationDate"}, name="members")  # fmt: skip
    import_files(store, path("se_quantum/posts.parquet"), mapping={"event": "PostTypeId"}, name="posts")
    import_files(store, path("se_quantum/comments.parquet"), name="comments")
    return Log(store)


WHOLE = {"creates": "1|2", "also": "UpVotes>=1|DownVotes>=1", "window": "all"}
"""Post types 1 and 2 are questions and answers; the rest is wiki text. Votes are known as each member's totals."""


def test_a_forum_from_its_first_day() -> None:
    result = forum().report("community_roles", **WHOLE)
    found = {row["role"]: (row["customers"], round(100 * row["share"], 1)) for row in result.table.to_pylist()}
    assert found == {
        "inactive": (0, 0.0), "lurker": (2_602, 75.2), "contributor": (527, 15.2), "creator": (332, 9.6),
    }  # fmt: skip
    assert result.headline["members"] == 3_461


def test_the_measure_and_the_report_say_the_same() -> None:
    head = forum().measure("community_role", **WHOLE).headline
    assert [head[stage] for stage in ("creator", "contributor", "lurker", "inactive")] == [332, 527, 2_602, 0]


# -- word of mouth ------------------------------------------------------------------------------------------------


def signed(who: str, day: float, by: str | None = None) -> dict[str, Any]:
    told = json.dumps({"referrer_user_id": by}) if by else None
    return event(who, "Signed Up", START + timedelta(days=day), properties=told)


def invited(who: str, day: float, whom: str | None = None) -> dict[str, Any]:
    told = json.dumps({"invitee": whom}) if whom else None
    return event(who, "Invite Sent", START + timedelta(days=day), properties=told)


def brought() -> Log:
    return Log(log_of([
        # ada brings ben (4 days after asking) and cleo (1 day); ben brings dan; eve's four invitations bring nobody.
        signed("ada", 0), signed("eve", 0),
        invited("ada", 1), signed("ben", 5, "ada"),
        invited("ada", 9), signed("cleo", 10, "ada"),
        invited("ben", 11), signed("dan", 14, "ben"),
        *(invited("eve", 20 + day) for day in range(4)),
        # None of these counts: again, oneself, nobody known, somebody who came later.
        signed("ben", 30, "cleo"), signed("fay", 31, "fay"), signed("gus", 32, "a stranger"), signed("hal", 33, "ivo"),
        signed("ivo", 34),
    ]))  # fmt: skip


def test_the_k_factor_is_invitations_times_conversion() -> None:
    result = brought().report("word_of_mouth", as_of=MOMENT)
    head = result.headline
    # Nine customers, seven invitations, three newcomers: i = 7/9, c = 3/7, k = 1/3.
    assert (head["customers"], head["inviters"], head["invitations"], head["accepted"]) == (9, 3, 7, 3)
    assert head["invitations_per_customer"] == pytest.approx(7 / 9)
    assert head["accepted_share"] == pytest.approx(3 / 7)
    assert head["k_factor"] == pytest.approx(1 / 3)
    # 1, 3 and 4 days; of all seven fewer than half will be accepted as far as the data go.
    assert (head["cycle_days_median"], head["cycle_days_kaplan_meier"]) == (3, None)
    assert (head["trees"], head["deepest"], head["largest_tree"]) == (1, 2, 3)
    rows = [(row["generation"], row["customers"], row["accepted"], row["why"]) for row in result.table.to_pylist()]
    assert rows == [(0, 6, 2, None), (1, 2, 1, None), (2, 1, 0, "no_invitations")]
    assert sum(note.startswith("Left out of the newcomers: 1 who") for note in result.notes) == 3


def test_an_old_invitation_is_not_what_brought_somebody() -> None:
    log = brought()
    assert log.report("word_of_mouth", as_of=MOMENT, attribution="3d").headline["accepted"] == 2
    tree = log.report("word_of_mouth", as_of=MOMENT, show="trees").table.to_pylist()
    assert tree == [{"place": 1, "brought": 3, "brought_share": 1.0, "depth": 2, "direct": 2}]


def headline(rows: list[dict[str, Any]], **given: Any) -> dict[str, Any]:
    return dict(Log(log_of(rows)).report("word_of_mouth", as_of=MOMENT, **given).headline)


def test_a_newcomer_answers_the_invitation_that_names_them() -> None:
    rows = [signed("ada", 0), invited("ada", 1, "zoe"), invited("ada", 9, "yan"), signed("zoe", 10, "ada")]
    # Nine days from zoe's own; yan's stays open, so that half of the two are over by then.
    head = headline(rows)
    assert head["cycle_days_kaplan_meier"] == 9
    assert (head["invitations"], head["accepted"], head["cycle_days_median"]) == (2, 1, 9)
    assert headline(rows, attribution="9d")["accepted"] == 1
    # The one to yan, the day before, is none to zoe.
    assert headline(rows, attribution="8d")["accepted"] == 0
    # One that names nobody may be to zoe: it is what she answers within 8 days, and where none names her.
    anyone = [*rows, invited("ada", 7)]
    assert (headline(anyone)["cycle_days_median"], headline(anyone, attribution="8d")["cycle_days_median"]) == (9, 3)
    assert headline([row for row in anyone if row is not rows[1]])["cycle_days_median"] == 3


@pytest.mark.parametrize("by", ["ada", None])
def test_to_be_asked_again_renews_the_invitation(by: str | None) -> None:
    # 1 January, 10 February, joined on 12 February: one invitation, and it is fresh.
    rows = [signed("ada", -1), invited("ada", 0, "zoe"), invited("ada", 40, "zoe"), signed("zoe", 42, by)]
    head = headline(rows, attribution="30d")
    assert (head["invitations"], head["accepted"], head["cycle_days_median"]) == (1, 1, 42)
    assert headline(rows, attribution="1d")["accepted"] == 0


def test_who_came_later_hides_nobody_who_was_there_to_invite() -> None:
    # Before signing up herself, and after zoe, bea invited first; ada was there.
    rows = [signed("ada", 0), invited("bea", 1, "zoe"), invited("ada", 2, "zoe"), signed("zoe", 3), signed("bea", 4)]
    head = headline(rows)
    assert (head["accepted"], head["cycle_days_median"]) == (1, 1)


def test_who_cannot_know_says_what_it_looked_for() -> None:
    with pytest.raises(Unanswerable, match=r"referrer_user_id.*referred_by.*invitee.*properties are none, traits none"):
        Log(log_of([invited("a", 1)])).report("word_of_mouth")
