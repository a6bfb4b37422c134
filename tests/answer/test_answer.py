"""Answers on a shop small enough to count by hand: the table, the headline, the name, what is missing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from answer.small import more, shop
from cherish.answer import answer
from cherish.errors import QuestionError
from cherish.query import Query
from cherish.result import Result


@pytest.fixture(scope="module")
def log() -> Any:
    return shop()


def ask(log: Any, name: str, **arguments: Any) -> Result:
    return answer(log, Query.from_args("measure", name, arguments))


def test_money_is_exact_and_everybody_is_there(log: Any) -> None:
    result = ask(log, "monetary")
    rows = {row["customer"]: row["value"] for row in result.table.to_pylist()}
    assert rows == {"b": Decimal("20.0000"), "a": Decimal("15.7500"), "c": Decimal("0.0000")}
    assert list(rows) == ["b", "a", "c"]
    assert result.headline["sum"] == Decimal("35.7500")
    assert result.headline["value"] == pytest.approx(35.75 / 3)
    assert (result.headline["customers"], result.headline["median"], result.about["unit"]) == (3, 15.75, "EUR")


def test_the_group_value_is_the_ratio_of_the_sums(log: Any) -> None:
    result = ask(log, "monetary", per="order")
    assert result.headline["value"] == pytest.approx(35.75 / 3)
    assert {row["customer"]: (row["value"], row["why"]) for row in result.table.to_pylist()} == {
        "b": (20.0, None),
        "a": (7.875, None),
        "c": (None, "no_orders"),
    }
    assert (result.headline["known"], result.headline["null_no_orders"]) == (2, 1)
    assert "no order in the window" in repr(result)


def test_groups_add_up_to_everybody(log: Any) -> None:
    result = ask(log, "monetary", by="country")
    assert result.table.to_pylist() == [
        {"country": "France", "value": 17.875, "customers": 2, "known": 2, "y": Decimal("35.7500"), "x": 2},
        {"country": "Spain", "value": 0.0, "customers": 1, "known": 1, "y": Decimal("0.0000"), "x": 1},
    ]
    assert result.headline["value"] == ask(log, "monetary").headline["value"]
    with pytest.raises(QuestionError, match="traits of the customer"):
        ask(log, "monetary", by="name")


def test_the_course_ends_at_the_moment(log: Any) -> None:
    result = ask(log, "active_days", over="3d")
    rows = {row["day"]: (row["y"], row["customers"]) for row in result.table.to_pylist()}
    assert rows == {date(2024, 1, 3): (3, 2), date(2024, 1, 4): (4, 3), date(2024, 1, 5): (4, 3)}
    assert result.headline["value"] == ask(log, "active_days").headline["value"] == pytest.approx(4 / 3)
    assert ask(log, "active_days", since="2024-01-03").table.equals(result.table)


def test_a_moment_knows_nothing_of_later(log: Any) -> None:
    result = ask(log, "monetary", as_of="2024-01-02")
    assert [row["customer"] for row in result.table.to_pylist()] == ["a"]
    assert result.headline["sum"] == Decimal("10.5000")
    assert ask(log, "monetary", as_of="2024-01-02T09:00").headline["sum"] == Decimal("10.5000")
    assert ask(log, "monetary", as_of="2024-01-02T09:00:01Z").headline["sum"] == Decimal("30.5000")
    assert ask(log, "recency").as_of == datetime(2024, 1, 6, tzinfo=UTC)
    with pytest.raises(QuestionError, match="write a date"):
        ask(log, "recency", as_of="yesterday")


def test_a_moment_after_the_data_is_named(log: Any) -> None:
    told = "The data end on 2024-01-05, {} before this moment."
    for name in ("monetary", "actives"):
        kind = "report" if name == "actives" else "measure"
        moments = (None, "2024-01-04", "2024-01-06", "2024-01-07", "2024-01-07T12:00Z", "2024-01-08", "2024-02-05")
        found = [answer(log, Query.from_args(kind, name, {"as_of": each} if each else {})) for each in moments]
        late = [[note for note in each.notes if "data end" in note] for each in found]
        assert late == [[], [], [], [], [told.format("1 day")], [told.format("2 days")], [told.format("30 days")]]


def test_filters_and_limit(log: Any) -> None:
    result = ask(log, "monetary", where="country=France", limit=1)
    assert (result.table.num_rows, result.headline["customers"]) == (1, 2)


def test_the_full_name_says_what_it_rests_on() -> None:
    log = shop()
    assert ask(log, "active_days", window=7).name == "active_days(active=core@0,window=7d)@1"
    log.define_active("core", ("Order Completed",))
    assert ask(log, "active_days", window=7).name == "active_days(active=core@1,window=7d)@1"
    assert ask(log, "tenure").name == "tenure@1"
    fitted = ask(log, "rfm").name
    assert fitted.startswith("rfm(fit=")
    assert fitted.endswith(")@1")


def test_the_fingerprint_changes_with_the_rows_only() -> None:
    log = shop()
    before = ask(log, "recency")
    assert ask(log, "monetary").fingerprint == before.fingerprint
    more(log)
    after = ask(log, "recency")
    assert after.fingerprint != before.fingerprint
    assert after.rows["orders"] == before.rows["orders"] + 1


def test_asking_the_resolved_question_again_gives_the_same(log: Any) -> None:
    for name, arguments in (("monetary", {}), ("recency", {"as_of": "2024-01-03T10:30"}), ("rfm", {})):
        first = ask(log, name, **arguments)
        again = answer(log, first.query)
        assert again == first
        assert again.query == first.query


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("country=Frnace", "No customer before this moment fits traits.country=Frnace"),
        ("name=Order Complete", "No event before this moment fits name=Order Complete"),
        (("country=Spain", "currency=EUR"), "No event before this moment fits traits.country=Spain, currency=EUR"),
        ("country=France", None),
        (("country=France", "currency=EUR"), None),
        ("name=Email Sent", None),
    ],
)
def test_filters_that_leave_nobody_say_so(log: Any, where: Any, said: str | None) -> None:
    for kind, name in (("measure", "recency"), ("report", "actives"), ("measure", "monetary")):
        notes = [each for each in answer(log, Query.from_args(kind, name, {"where": where})).notes if "No " in each]
        assert notes == ([] if said is None else [f"{said}: the figures are of nobody."])
