"""Whom a rule holds for: the engine's answer is that of plain Python, at the start of a day and inside one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from functools import cache
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiences.plain import Plain
from audiences.random_rules import rules
from cherish.audiences.members import marked, members
from cherish.audiences.needs import cut_of
from cherish.audiences.reading import of_plain
from cherish.spec.view import View
from effort import tries
from logs import event, log_of
from properties.world import world


@cache
def company(seed: int, inside_a_day: bool) -> Plain:
    made = world(seed, customers=20)
    return Plain(made, made.moments[1 if inside_a_day else 0], made.log())


def names_of(plain: Plain, rule: dict[str, Any]) -> list[str]:
    view = View.of(plain.log.store, plain.moment)
    found = members(view, of_plain(rule))
    people = view.customers().select("customer_id", "customer")
    return sorted(view.log.run(people.semi_join(found, "customer_id"))["customer"].to_pylist())


@tries(60)
@given(rules(), st.integers(0, 2), st.booleans())
def test_the_engine_finds_whom_plain_python_finds(rule: dict[str, Any], seed: int, inside_a_day: bool) -> None:
    plain = company(seed, inside_a_day)
    assert names_of(plain, rule) == plain.members(rule)


@tries(20)
@given(rules(), st.integers(0, 2))
def test_who_is_in_and_who_is_out_are_everybody(rule: dict[str, Any], seed: int) -> None:
    plain = company(seed, True)
    found = names_of(plain, rule)
    assert sorted([*found, *names_of(plain, {"not": rule})]) == plain.people
    assert names_of(plain, of_plain(rule).opposite().plain() | {"name": "rest"}) == names_of(plain, {"not": rule})


@tries(15)
@given(rules(), st.integers(0, 2), st.booleans())
def test_what_happens_at_the_moment_or_later_changes_no_audience(
    rule: dict[str, Any], seed: int, inside_a_day: bool
) -> None:
    plain = company(seed, inside_a_day)
    at = plain.moment.replace(tzinfo=None)
    told = {"properties": '{"country": "FR", "seconds": 50}', "value": 900, "currency": "EUR"}
    later = [
        event(user, name, at + timedelta(hours=hours), message_id=f"later-{user}-{name}-{hours}",
              order_id=f"later-{user}-{name}-{hours}", **told)
        for user in (*plain.people[:6], "newcomer") for name in ("Page", "Order Completed") for hours in (0, 30)
    ]  # fmt: skip
    changed = replace(plain.world, rows=(*plain.rows, *later))
    assert names_of(replace(plain, world=changed, log=changed.log()), rule) == names_of(plain, rule)


def test_several_rules_are_marked_in_one_statement() -> None:
    plain = company(0, False)
    view = View.of(plain.log.store, plain.moment)
    one, other = {"did": "Order Completed"}, {"measure": "monetary", "top": "20%"}
    found = view.log.run(marked(view, {"one": of_plain(one), "other": of_plain(other)}))
    assert found.num_rows == len(plain.people)
    assert sum(found["one"].to_pylist()) == len(plain.members(one))
    assert sum(found["other"].to_pylist()) == len(plain.members(other))


@pytest.mark.parametrize(
    ("values", "share", "inside"),
    [
        ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], "20%", [9, 10]),
        ([0] * 9 + [5], "20%", [5]),
        ([0] * 10, "20%", []),
        ([1, 1, 1, 1, 1, 1, 1, 9, 9, 9], "20%", [9, 9, 9]),
        ([1, 2, 3], "20%", [3]),
        ([4], "20%", [4]),
        ([4, 4], "20%", []),
    ],
)
def test_equal_values_stay_together_and_are_in_when_their_average_rank_is(
    values: list[int], share: str, inside: list[int]
) -> None:
    # Ranks from the top: of seven 1s below three 9s the 9s have ranks 1, 2, 3, on average 2 < 20 % of 10 + 1.
    log = log_of([event("a", "Page", datetime(2024, 1, 1))])
    table = log.temporary(pa.table({"v": pa.array(values, pa.int64())}))
    cut = log.run(cut_of(table, "v", True, Fraction(share.removesuffix("%")) / 100, "cut"))["cut"][0].as_py()
    assert [value for value in values if cut is not None and value >= cut] == inside
