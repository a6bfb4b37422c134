"""Rhythm, concentration, segments and overview against arithmetic that is written out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from cherish.answer import Query, answer
from cherish.errors import QuestionError, Unanswerable
from cherish.reports.rhythm import wilson
from cherish.store.contract import Origin

from .conftest import small


def ask(log: Any, name: str, **given: Any) -> Any:
    return answer(log, Query.from_args("report", name, given))


@pytest.fixture(scope="module")
def log() -> Any:
    return small()


def test_who_is_silent_against_the_own_rhythm(log: Any) -> None:
    # The moment is day 71. ada: gaps 7, 7, 7, away 71 - 21 = 50 days = 7.1 gaps. cy: gaps 37, 10, 10, 10, median 10,
    # away 1 day. bob and dee have no gap at all.
    found = ask(log, "rhythm")
    bands = {row["silence"]: row for row in found.table.to_pylist()}
    assert {name: row["customers"] for name, row in bands.items()} == {
        "within their usual gap": 1,
        "up to twice": 0,
        "up to 3 times": 0,
        "more than 3 times": 1,
        "fewer than 3 gaps: no rhythm yet": 2,
    }
    assert bands["more than 3 times"]["usual_gap"] == 7
    assert bands["within their usual gap"]["usual_gap"] == 10
    assert found.headline["silent_value"] == Decimal(40)
    assert (found.headline["with_rhythm"], found.headline["silent_share"]) == (2, 0.5)


def test_the_money_is_of_the_window_before_the_silence(log: Any) -> None:
    # ada's last ten days before (and with) day 21 hold the orders of days 14 and 21.
    assert ask(log, "rhythm", money="10d").headline["silent_value"] == Decimal(20)


def test_other_limits_move_customers(log: Any) -> None:
    assert ask(log, "rhythm", silent="8").headline["silent"] == 0
    assert ask(log, "rhythm", gaps="4").headline["with_rhythm"] == 1


def test_wilson_interval_of_a_published_example() -> None:
    # Newcombe 1998, Statistics in Medicine 17, table I, method 3: 81 of 263 gives 0.2553 to 0.3662.
    low, high = wilson(81, 263)
    assert (round(low or 0, 4), round(high or 0, 4)) == (0.2553, 0.3662)
    assert wilson(0, 0) == (None, None)


def test_how_few_bring_half(log: Any) -> None:
    # bob 60, ada 40, cy 25, dee 15: 140 in all, half is 70, so bob alone (60) isn't enough.
    found = ask(log, "concentration", parts="4")
    assert [row["value"] for row in found.table.to_pylist()] == [Decimal(60), Decimal(40), Decimal(25), Decimal(15)]
    assert found.table["cumulative_share"].to_pylist()[-1] == pytest.approx(1)
    assert (found.headline["half_customers"], found.headline["buyers"], found.headline["orders"]) == (2, 4, 11)
    # Gini by the formula: 2 (1*15 + 2*25 + 3*40 + 4*60) / (4 * 140) - 5/4 = 850/560 - 1.25.
    assert found.headline["gini"] == pytest.approx(850 / 560 - 1.25, rel=1e-12)


def test_more_groups_than_buyers(log: Any) -> None:
    rows = ask(log, "concentration").table.to_pylist()
    assert [row["customers"] for row in rows] == [1, 1, 1, 1]
    assert sum(row["value"] for row in rows) == 140


def test_overview_counts_what_is_there(log: Any) -> None:
    head = ask(log, "overview").headline
    assert (head["customers"], head["events"], head["orders"], head["value"]) == (4, 11, 11, Decimal(140))
    assert (str(head["first_day"]), str(head["last_day"])) == ("2024-01-01", "2024-03-11")


def with_ages(ages: dict[str, str]) -> Any:
    store = small()
    rows = [{"user_id": who, "created_at": None, "traits": f'{{"age": {age}}}'} for who, age in ages.items()]
    schema = pa.schema([("user_id", pa.string()), ("created_at", pa.timestamp("us")), ("traits", pa.string())])
    with store.loading(Origin("ages", "customers")) as load:
        load.connection.register("given_ages", pa.Table.from_pylist(rows, schema=schema))
        load.connection.execute("CREATE TEMP TABLE ages AS SELECT * REPLACE (traits::JSON AS traits) FROM given_ages")
        load.customers("ages")
    return store


def test_segments_of_bands_begin_with_how_many_are_known() -> None:
    log = with_ages({"ada": '"25-34"', "bob": '"65+"', "cy": '"<25"'})
    found = ask(log, "segments", by="age", split="35")
    assert found.table["label"].to_pylist() == ["<25", "25-34", "65+", "unknown"]
    assert (found.headline["known"], found.headline["customers"], found.headline["known_share"]) == (3, 4, 0.75)
    assert (found.headline["below"], found.headline["above"]) == (2, 1)
    assert found.headline["below_value_per_head"] == pytest.approx((40 + 25) / 2)
    # Of the two below 35 only cy was active in the last 28 days; both have a rhythm and ada is silent.
    assert (found.headline["below_active_share"], found.headline["below_silent_share"]) == (0.5, 0.5)


def test_segments_of_numbers_are_cut_into_bands() -> None:
    log = with_ages({"ada": "24", "bob": "25", "cy": "34.9", "dee": "35"})
    found = ask(log, "segments", by="age", bands="25|35", split="35")
    assert dict(zip(found.table["label"].to_pylist(), found.table["customers"].to_pylist(), strict=True)) == {
        "under 25": 1,
        "25 to under 35": 2,
        "35 and over": 1,
    }
    assert found.headline["below"] == 3


def test_segments_refuse_what_they_cannot_group() -> None:
    with pytest.raises(QuestionError, match="name the trait"):
        ask(small(), "segments")
    with pytest.raises(QuestionError, match="rising"):
        ask(with_ages({"ada": "24"}), "segments", by="age", bands="35|25")


def test_several_currencies_are_never_summed() -> None:
    from datetime import datetime

    from logs import event, log_of

    log = log_of(
        event(f"c{place}", "Order Completed", datetime(2024, 1, 1 + place), order_id=str(place), value=1, currency=unit)
        for place, unit in enumerate(("EUR", "EUR", "USD"))
    )
    with pytest.raises(Unanswerable, match="several currencies"):
        ask(log, "concentration")
    assert ask(log, "rhythm").headline["silent_value"] is None
    assert ask(log, "overview").headline["value"] is None
    for name in ("rhythm", "concentration", "overview"):
        assert ask(log, name, currency="EUR").headline
