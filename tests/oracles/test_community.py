"""Community roles of random logs against plain Python: roles, shares, moves between windows, inequality."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cherish.library import Log
from effort import tries
from logs import event, log_of
from oracles.simulated import simulated

START = datetime(2024, 3, 1, 12)
ZONE = "America/New_York"
NAMES = ("Community Joined", "Content Viewed", "Post Created", "Comment Created", "Order Completed")
STAGES = ("inactive", "lurker", "contributor", "creator")

Act = tuple[str, str, int]
ACTS = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.sampled_from(NAMES), st.integers(0, 60 * 24 * 60)), min_size=5, max_size=60
)


def by_hand(acts: list[Act], who: str, moment: datetime, window: int, k: int) -> tuple[int | None, int]:
    """The role's code, or None for who is no member or not there yet; and the posts in the window."""
    local = ZoneInfo(ZONE)
    wall = moment.astimezone(local).replace(tzinfo=None)
    own = [(name, START + timedelta(minutes=at)) for person, name, at in acts if person == who]
    own = [(name, ts.replace(tzinfo=UTC)) for name, ts in own]
    past = [(name, ts.astimezone(local).replace(tzinfo=None)) for name, ts in own if ts < moment]
    if not any(name == "Community Joined" for name, _ in past):
        return None, 0
    inside = Counter(name for name, at in past if at >= wall - timedelta(days=window))
    posts = inside["Post Created"] + inside["Comment Created"]
    if posts > k:
        return (3 if inside["Post Created"] else 2), posts
    return (1 if posts or inside["Content Viewed"] or inside["Community Joined"] else 0), posts


@tries(25)
@given(ACTS, st.integers(0, 20 * 24 * 60), st.booleans(), st.integers(0, 3))
def test_roles_and_moves_are_what_a_loop_says(acts: list[Act], minute: int, whole: bool, k: int) -> None:
    # Every name is there, so that no role goes unplayed.
    acts = [*acts, *(("g", name, 0) for name in NAMES)]
    log = Log(log_of([event(who, name, START + timedelta(minutes=at)) for who, name, at in acts], ZONE))
    moment = (START + timedelta(days=55, minutes=minute)).replace(tzinfo=UTC)
    local = ZoneInfo(ZONE)
    if whole:
        moment = datetime.combine(moment.astimezone(local).date(), datetime.min.time(), local).astimezone(UTC)
    earlier = (moment.astimezone(local).replace(tzinfo=None) - timedelta(days=14)).replace(tzinfo=local).astimezone(UTC)
    people = {who for who, _, at in acts if (START + timedelta(minutes=at)).replace(tzinfo=UTC) < moment}
    now = {who: by_hand(acts, who, moment, 14, k) for who in people}
    then = {who: by_hand(acts, who, earlier, 14, k)[0] for who in people}
    given_ = {"as_of": moment, "window": "14d", "lurker_posts": k}

    measured = {row["customer"]: row["value"] for row in log.measure("community_role", **given_).table.to_pylist()}
    assert measured == {who: code for who, (code, _) in now.items()}

    members = [who for who, (code, _) in now.items() if code is not None]
    report = log.report("community_roles", **given_)
    for place, row in enumerate(report.table.to_pylist()):
        inside = [who for who in members if now[who][0] == place]
        old = [then[who] for who in inside]
        assert row["customers"] == len(inside)
        assert row["share"] == pytest.approx(len(inside) / len(members))
        assert row["before"] == sum(then[who] == place for who in members)
        assert (row["rose"], row["stayed"], row["fell"], row["arrived"]) == (
            sum(was is not None and was < place for was in old), old.count(place),
            sum(was is not None and was > place for was in old), old.count(None),
        )  # fmt: skip
    matrix = log.report("community_roles", show="transitions", **given_).table.to_pylist()
    for was, row in zip((0, 1, 2, 3, None), matrix, strict=True):
        counts = [sum(then[who] == was and now[who][0] == place for who in members) for place in range(4)]
        assert [row[stage] for stage in STAGES] == counts
        assert row["customers"] == sum(counts)

    posts = sorted(now[who][1] for who in members)
    n, total = len(posts), sum(posts)
    if total:
        gini = 2 * sum(i * x for i, x in enumerate(posts, 1)) / (n * total) - (n + 1) / n
        assert report.headline["posts_gini"] == pytest.approx(gini)
    else:
        assert report.headline["posts_gini"] is None


def test_the_window_before_touches_this_one_across_a_change_of_clocks() -> None:
    # Clocks went forward on 2024-03-10 in New York: both windows are 14 local days, one of them an hour shorter.
    acts = [("a", "Community Joined", 0), *(("a", "Post Created", 60 * hour) for hour in range(24 * 40))]
    log = Log(log_of([event(who, name, START + timedelta(minutes=at)) for who, name, at in acts], ZONE))
    end = datetime.combine(date(2024, 3, 23), datetime.min.time(), ZoneInfo(ZONE))
    both = log.report("community_roles", as_of=end, window="28d").headline["posts"]
    later = log.report("community_roles", as_of=end, window="14d").headline["posts"]
    middle = datetime.combine(date(2024, 3, 9), datetime.min.time(), ZoneInfo(ZONE))
    earlier = log.report("community_roles", as_of=middle, window="14d").headline["posts"]
    assert earlier + later == both
    assert later == 14 * 24 - 1


def test_the_simulated_company_shows_its_planted_roles() -> None:
    # Who is drawn a creator posts, who is drawn a lurker reads: without chance, so the counts are equal.
    log, company = simulated(1_500, 5)
    rows = log.measure("community_role", window="all", visits="Content Viewed").table.to_pylist()
    found = {row["customer"]: row["stage"] for row in rows}
    truth = company.truth.customers.select(["user_id", "community_role"]).to_pylist()
    assert found == {row["user_id"]: row["community_role"] for row in truth if row["user_id"] in found}
    assert len(set(found.values())) == 5
