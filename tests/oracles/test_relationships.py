"""The relationship ladder of random companies against plain Python."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from cherish.spec.names import COMPANY_TURNS, CONTACTS, REACHES, REFERRALS, REVIEWS, SHARES, is_company_act
from effort import tries
from properties.world import ZONE, World, world

STAGES = ("none", "reached", "interacted", "known", "repeated", "reciprocal", "satisfied", "advocate")


def by_hand(made: World, who: str, moment: datetime, window: int) -> tuple[int, bool]:
    """The rung, and whether it is a relationship."""
    local = ZoneInfo(ZONE)
    start = moment.astimezone(local).replace(tzinfo=None) - timedelta(days=window)
    limit = moment.replace(tzinfo=None)
    own = [(row, (row["ts"] + timedelta(hours=5, minutes=30))) for row in made.rows if row["user_id"] == who]
    own = [(row, at) for row, at in own if row["ts"] < limit and at >= start]
    names = {row["name"] for row, _ in own}
    days = sorted(at.date() for row, at in own if not is_company_act(row["name"]))
    told = [(row["ts"], row["message_id"], json.loads(row["properties"])) for row, _ in own
            if row["name"] == "Survey Answered"]  # fmt: skip
    satisfied = [each["score"] for _, _, each in told if each["item"] == "satisfaction"]
    recommend = [each["score"] for _, _, each in sorted(told, key=lambda one: one[:2]) if each["item"] == "recommend"]

    def did(among: tuple[str, ...]) -> bool:
        return bool(names & set(among))

    repeated = bool(days) and (days[-1] - days[0]).days >= 7
    reciprocal = (did(CONTACTS) and did(COMPANY_TURNS)) or did(REVIEWS)
    pleased = bool(satisfied) and sum(satisfied) / len(satisfied) >= 4
    advocate = did(REFERRALS) or did(SHARES) or (bool(recommend) and recommend[-1] >= 9)
    rungs = [did(REACHES), bool(days), bool(days), repeated, reciprocal, pleased, advocate]
    return max((place for place, holds in enumerate(rungs, 1) if holds), default=0), repeated and any(rungs[4:])


@tries(6)
@given(st.integers(0, 10_000), st.sampled_from([10, 30]))
def test_the_ladder_is_what_a_loop_says(seed: int, window: int) -> None:
    made = world(seed)
    log = made.log()
    for moment in made.moments:
        earlier = moment - timedelta(days=window)
        people = {row["user_id"] for row in made.rows if row["ts"] < moment.replace(tzinfo=None)}
        now = {who: by_hand(made, who, moment, window) for who in people}
        then = {who: by_hand(made, who, earlier, window)[0] for who in people}
        given_: dict[str, Any] = {"as_of": moment, "window": f"{window}d"}
        rows = log.measure("relationship", **given_).table.to_pylist()
        assert {row["customer"]: (row["value"], bool(row["relationship"])) for row in rows} == now
        report = log.report("ladder", **given_)
        counts = Counter(code for code, _ in now.values())
        for place, row in enumerate(report.table.to_pylist()):
            if row["why"] is None:
                assert row["customers"] == counts[place]
        assert report.headline["relationship"] == sum(tie for _, tie in now.values())
        matrix = log.report("ladder", show="transitions", **given_).table.to_pylist()
        # Everybody's account is older than the data: nobody is new.
        moves = Counter((then[who], code) for who, (code, _) in now.items())
        assert {(was, to): row[stage] for was, row in zip([*range(8), "new"], matrix, strict=True)
                for to, stage in enumerate(STAGES) if row[stage]} == dict(moves)  # fmt: skip
