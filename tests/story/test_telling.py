"""The story on any data: true, plain, honest about what is missing, and safe whatever names the data hold."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cherish.collect.importing import import_files
from cherish.errors import Unanswerable
from cherish.store.memory import memory
from cherish.story import terminal
from cherish.story.asking import Asking
from cherish.story.scene import Locked, Story
from cherish.story.telling import tell
from cherish.verify import reproduce
from logs import event, log_of

from .conftest import dataset, small

JARGON = r"as[_ ]of|convention|suppress|\bfit\b|cohort|percentile|quintile|quantile|median|\b[MD]AU\b|retention|L28"
CAUSE = r"because|caused?\b|due to|thanks to|leads? to|drives?\b|makes them"


def sound(story: Story, log: Any) -> None:
    """What must hold of every story."""
    lines = terminal.lines(story)
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 100
    text = "\n".join(lines)
    assert not re.search(JARGON, text, re.I), text
    assert not re.search(CAUSE, text, re.I), text
    verdict = reproduce(log, story.figures)
    assert not verdict.differences, [str(each) for each in verdict.differences]
    for scene in story.told:
        for sentence in (scene.title, scene.more):
            bare = "".join(part.text for part in sentence.parts if part.figure is None) if sentence else ""
            # Numbers that are no figures are our own constants: the year of a date, an age, a window.
            own = {"35", "365"} | set(re.findall(r"(?:19|20)\d\d", bare)) | set(re.findall(r"last (\d+) days", bare))
            assert set(re.findall(r"\d+", bare)) <= own, bare


def imported(*names: str) -> Any:
    store = memory()
    import_files(store, [dataset(name) for name in names])
    return store


def test_online_retail() -> None:
    log = imported("online_retail/lines.parquet")
    story = tell(log, "online retail")
    sound(story, log)
    text = "\n".join(terminal.lines(story))
    assert "18,532 purchases" in text
    # The anchor of the data's own folder: 885 first bought in December 2010, 324 of them again in January.
    assert "of the 885 seen in that month, 324 (37%) did" in " ".join(text.split())
    assert [each.key for each in story.scenes if isinstance(each, Locked)] == ["campaigns", "young"]


def test_cdnow() -> None:
    log = imported("cdnow/master.parquet")
    story = tell(log, "cdnow")
    sound(story, log)
    text = " ".join("\n".join(terminal.lines(story)).split())
    # Retained in month 1 of the three monthly cohorts, Fader and Hardie's data: 1157 + 1312 + 1032 of 23,570.
    assert "Of 23,570 newcomers, 3,501 (15%) bought again in the next month" in text
    # June 1998 of the growth table: resurrected 1060, churned 1042, nobody new.
    assert "1,060 came back after a pause and none came for the first time; 1,042 of the month before" in text


def test_a_community_without_money() -> None:
    log = imported("se_quantum/posts.parquet", "se_quantum/comments.parquet")
    story = tell(log, "community")
    sound(story, log)
    text = " ".join("\n".join(terminal.lines(story)).split())
    assert "bought" not in text
    assert "customers" not in text
    assert "were active again" in text
    assert [each.key for each in story.scenes if isinstance(each, Locked)] == ["money", "campaigns", "young"]


def test_the_simulated_company() -> None:
    from cherish.demo.run import _simulated

    store = memory()
    data = _simulated(400, 7, ())
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        data.load(store, Path(folder), lambda text: None)
        assert Path(folder, "truth.json").exists()
    store.define_active("core", data.active)
    story = tell(store, data.title, people=data.people)
    sound(story, store)
    assert len(story.told) == 7


def ten() -> Any:
    start = datetime(2024, 5, 1, 9)
    days = {"a": (0, 9, 20, 31), "b": (3,), "c": (4, 40), "d": (5,), "e": (8, 12), "f": (15,), "g": (22,), "h": (30,),
            "i": (33, 41), "j": (44,)}  # fmt: skip
    rows = [
        event(who, "Order Completed", start + timedelta(days=day), order_id=f"{who}{day}", value=day + 5)
        for who, each in days.items()
        for day in each
    ]
    return log_of(rows)


def test_ten_customers_are_enough() -> None:
    log = ten()
    story = tell(log, "ten")
    sound(story, log)
    assert len(story.told) == 5
    text = "\n".join(terminal.lines(story))
    assert "%" not in text
    assert "tenth" not in text
    assert all(len(line) <= 100 for line in text.splitlines())


def test_one_customer() -> None:
    log = log_of([event("only", "Order Completed", datetime(2024, 5, 1), order_id="1", value=5)])
    story = tell(log, "one")
    sound(story, log)
    assert "1 of 1 customer brings half of the money" in story.title.text


def test_refunds_alone_are_no_reason_to_fail() -> None:
    rows = [event(f"c{n}", "Order Refunded", datetime(2024, 5, 1 + n), order_id=str(n), value=-5) for n in range(3)]
    log = log_of([*rows, event("c9", "Visited", datetime(2024, 5, 2))])
    sound(tell(log, "refunds"), log)


def test_where_nobody_has_an_id_devices_are_told_of() -> None:
    nameless = {"user_id": None}
    rows = [event("", "Opened", datetime(2024, 5, 1 + n), anonymous_id=f"x{n % 3}") | nameless for n in range(9)]
    log = log_of(rows)
    story = tell(log, "devices")
    sound(story, log)
    assert "9 actions by 3 members" in story.opening.text


def test_an_age_beside_the_purchases_is_pointed_out() -> None:
    more = {"value": 1, "properties": '{"customerAge": 31}'}
    rows = [event("a", "Order Completed", datetime(2024, 5, 1 + n), order_id=str(n), **more) for n in range(3)]
    locked = {each.key: each.line for each in tell(log_of(rows), "x").scenes if isinstance(each, Locked)}
    assert '"customerAge" came with what they did' in locked["young"]


@pytest.mark.parametrize(
    ("name", "is_age"),
    [("age", True), ("age_band", True), ("Customer Age", True), ("ageGroup", True), ("page", False), ("usage", False)],
)
def test_which_columns_hold_an_age(name: str, is_age: bool) -> None:
    from cherish.story.sentences.young import _is_age

    assert _is_age(name) is is_age


def test_no_events_is_said() -> None:
    with pytest.raises(Unanswerable, match="no events"):
        tell(memory(), "nothing")


def test_what_is_missing_names_its_column() -> None:
    story = tell(small(money=False), "visits")
    locked = {each.key: each.line for each in story.scenes if isinstance(each, Locked)}
    assert '"amount"' in locked["money"]
    assert '"age"' in locked["young"]


def test_several_currencies_are_told_apart() -> None:
    rows = [
        event(f"c{n}", "Order Completed", datetime(2024, 5, 1 + n % 20), order_id=str(n), value=10, currency=unit)
        for n, unit in enumerate(["EUR"] * 5 + ["USD"] * 3)
    ]
    log = log_of(rows)
    story = tell(log, "two currencies")
    sound(story, log)
    assert "50.00 EUR in all" in story.opening.text
    assert Asking(log).money == {"currency": "EUR"}
